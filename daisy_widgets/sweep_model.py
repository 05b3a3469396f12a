"""What a contact sheet shows, without any widget: which parameters, which combination where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.errors import InvalidParameter
from daisy_widgets.form_fields import Field, parse

MOST_PARAMETERS = 3
MERITS = ("entropy", "negativity")
"""Figures of merit of a sweep, the more reliable one first; the lowest is best."""
MOST_TILES = 400
"""Combinations on one sheet; more are not looked at."""


def swept_fields(fields: Iterable[Field], paths: Iterable[str]) -> list[Field]:
    """Inputs of a workflow that can be varied: all but files.

    Parameters
    ----------
    fields
        Of the workflow's form.
    paths
        Names of the inputs that are files.
    """
    files = set(paths)
    return [field for field in fields if field.name not in files]


def usual_values(field: Field) -> str:
    """Values that suit a parameter, to begin with; "" where there is no telling."""
    if field.kind == "choice":
        return ", ".join(field.choices)
    if field.kind == "tick":
        return "false, true"
    return ""


def chosen_sweep(chosen: Sequence[tuple[Field, str]]) -> dict[str, Any]:
    """Parameter -> values as a session sweeps them.

    Parameters
    ----------
    chosen
        Fields and what was typed: "first:last:step" or "one, two, three".

    Raises
    ------
    InvalidParameter
        If nothing is chosen, a parameter is chosen twice, or a value is not one that it takes.
    """
    if not chosen:
        raise InvalidParameter("Still needed: a parameter to vary.")
    sweep: dict[str, Any] = {}
    for field, text in chosen:
        if field.name in sweep:
            raise InvalidParameter(f"{field.label} is chosen twice: vary another one, or none.")
        typed = text.strip()
        if not typed:
            raise InvalidParameter(
                f"Still needed: values of {field.label}, such as "
                f"{usual_values(field) or '1, 2, 5 or 0:10:2'}."
            )
        if field.kind == "number" and ":" in typed:
            sweep[field.name] = typed  # the kernel counts the steps
            continue
        parts = [part.strip() for part in typed.split(",")]
        if not all(parts):
            raise InvalidParameter(f"The values of {field.label}, {typed!r}, have a gap.")
        sweep[field.name] = [_value(field, part) for part in parts]
    return sweep


def _value(field: Field, text: str) -> Any:
    if field.kind == "tick":
        if text.lower() not in ("true", "false"):
            raise InvalidParameter(f"{field.label} cannot be {text!r}: give true or false.")
        return text.lower() == "true"
    return parse(field, text)


@dataclass(frozen=True)
class Axis:
    """One swept parameter."""

    name: str
    values: tuple[Any, ...]

    @property
    def labels(self) -> list[str]:
        """Headings: the name with each of the values."""
        return [f"{self.name} {shortly(value)}" for value in self.values]


@dataclass(frozen=True)
class Sheet:
    """The combinations of a sweep in a grid.

    The parameter with most values runs to the right, the next one down, the third one makes bands
    below each other. Tiles are counted along the rows, band by band.
    """

    parameters: Mapping[str, Sequence[Any]]
    """In the order of the result's dimensions."""
    slices: tuple[int, ...]
    scores: Mapping[str, NDArray[np.float64]]
    """Figure of merit -> (values of every parameter..., n_slice); lowest is best."""
    at_edge: tuple[str, ...] = ()
    """Parameters whose best value is the first or the last one that was tried."""
    caution: str = ""
    """What figures of merit cannot tell."""

    @property
    def axes(self) -> tuple[Axis, ...]:
        """Right, down, bands; those that there are."""
        order = sorted(self.parameters, key=lambda name: -len(self.parameters[name]))
        return tuple(Axis(name, tuple(self.parameters[name])) for name in order)

    @property
    def count(self) -> int:
        """Number of combinations."""
        return prod(len(values) for values in self.parameters.values())

    @property
    def is_of_geometry(self) -> bool:
        """Whether figures of merit tell which combination is best: not of filters or methods."""
        return set(self.parameters) == {"center"}

    def place(self, tile: int) -> tuple[int, ...]:
        """Where a tile lies along the dimensions of the result."""
        axes = self.axes
        lengths = [len(axis.values) for axis in reversed(axes)]
        found = np.unravel_index(tile, lengths)
        at = {a.name: int(i) for a, i in zip(reversed(axes), found, strict=True)}
        return tuple(at[name] for name in self.parameters)

    def values(self, tile: int) -> dict[str, Any]:
        """The combination that a tile shows."""
        pairs = zip(self.parameters.items(), self.place(tile), strict=True)
        return {name: values[i] for (name, values), i in pairs}

    def plane(self, tile: int, number: int = 0) -> int:
        """Number of a tile's plane among all planes of the result, for one of the slices."""
        lengths = [len(values) for values in self.parameters.values()]
        place = (*self.place(tile), number)
        return int(np.ravel_multi_index(place, (*lengths, len(self.slices))))

    def score(self, merit: str, tile: int, number: int = 0) -> float:
        """A figure of merit of a tile."""
        return float(self.scores[merit][(*self.place(tile), number)])

    def best(self, merit: str, number: int = 0) -> int | None:
        """The tile with the lowest figure of merit; None where they are all alike or unknown."""
        found = np.array([self.score(merit, tile, number) for tile in range(self.count)])
        known = found[np.isfinite(found)]
        if not known.size or known.min() == known.max():
            return None
        return int(np.nanargmin(found))

    def told(self, tile: int) -> str:
        """The combination in words: 'center 295.5, filter hann'."""
        return ", ".join(f"{name} {shortly(v)}" for name, v in self.values(tile).items())

    def told_in_all(self) -> str:
        """What the sweep has given, in a sentence or two."""
        count = f"{self.count} combination{'s' if self.count > 1 else ''}."
        if not self.at_edge:
            return count
        names = ", ".join(self.at_edge)
        return f"{count} The best {names} is the first or last value: a better one may lie beyond."


def shortly(value: Any) -> str:
    """A value as it is read."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
