"""The file of a sweep: axes, figures of merit, the best combinations."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.formats import Axis, write_entry, write_nxdata
from daisy_kernel.workflow.contact_sheet import draw_sheet

MERITS = {
    "entropy": "entropy of the grey values [bit], lowest where nothing is smeared",
    "negativity": "share of negative values, lowest without streaks; noise hides it",
}
"""Figures of merit, as `MeasureSlices` gives them; the lowest is best."""

CAUTION = (
    "Figures of merit compare rotation centres and other geometry. They do not tell which filter, "
    "regularisation or method is better: what is smoother has the lower entropy."
)
_TAKEN = ("data", "slice", "y", "x", *MERITS)


@dataclass(frozen=True)
class Swept:
    """What was swept, on which slices."""

    workflow: str
    parameters: Mapping[str, Sequence[Any]]
    slices: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """How many values every parameter has."""
        return tuple(len(values) for values in self.parameters.values())

    def axes(self) -> list[Axis]:
        """One per parameter, and the slice numbers; numbers as numbers, all else as texts."""
        axes = []
        for name, values in self.parameters.items():
            label = name.replace("/", "_")
            numeric = all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
            texts = np.array([str(v) for v in values], dtype=h5py.string_dtype())
            numbers = np.array(values) if numeric else texts
            axes.append(Axis(f"swept_{label}" if label in _TAKEN else label, numbers))
        return [*axes, Axis("slice", np.array(self.slices))]

    def values(self, place: Sequence[int]) -> dict[str, Any]:
        """The combination at a place."""
        return {n: v[i] for (n, v), i in zip(self.parameters.items(), place, strict=True)}


def describe(file: h5py.File, spec: Spec, swept: Swept) -> None:
    """Make the pictures plottable, with an axis for every parameter."""
    names = ", ".join(swept.parameters)
    write_entry(file, definition="NXroot", title=f"Sweep of {names} in {swept.workflow}")
    n_y, n_x = spec.shape[-2:]
    y, x = np.arange(n_y) - (n_y - 1) / 2, np.arange(n_x) - (n_x - 1) / 2
    write_nxdata(
        file["entry/data"],
        signal="data",
        unit="1/pixel",
        title=f"Slices for every combination of {names}",
        axes=[*swept.axes(), Axis("y", y, "pixel"), Axis("x", x, "pixel")],
    )
    file["entry/data/data"].attrs["interpretation"] = "image"


def describe_merit(file: h5py.File, spec: Spec, swept: Swept) -> None:
    """Make the figures of merit plottable; called for each of them."""
    group = file["entry/figures_of_merit"]
    first = next(iter(MERITS))
    write_nxdata(group, signal=first, title="Figures of merit, lowest is best", axes=swept.axes())
    others = [name for name in MERITS if name != first]
    group.attrs["auxiliary_signals"] = np.array(others, dtype=h5py.string_dtype())
    group.attrs["caution"] = CAUTION
    for name, meaning in MERITS.items():
        if name in group:
            group[name].attrs["long_name"] = meaning


def conclude(result: Path, picture: Path, swept: Swept) -> dict[str, Any]:
    """Draw the contact sheet and say which combination is best.

    Returns
    -------
    values
        ``best``: figure of merit -> the values of its best combination, by the mean over the
        slices, absent where all are the same; ``sweep``: parameter -> values; ``slices``;
        ``at_the_edge``: parameters whose best value is the first or last one, so that a better one
        may lie beyond; ``caution``: what figures of merit cannot tell.
    """
    with h5py.File(result, locking=False) as file:
        merits = {name: _mean(file[f"entry/figures_of_merit/{name}"][()]) for name in MERITS}
        places = {
            name: tuple(int(i) for i in np.unravel_index(np.nanargmin(mean), mean.shape))
            for name, mean in merits.items()
            if _tells_apart(mean)
        }
        draw_sheet(
            file["entry/data/data"],
            picture,
            workflow=swept.workflow,
            parameters=swept.parameters,
            slices=swept.slices,
            merits=merits,
            best=places,
        )
    best = {name: swept.values(place) for name, place in places.items()}
    edge = sorted(
        {
            name
            for place in places.values()
            for (name, values), i in zip(swept.parameters.items(), place, strict=True)
            if len(values) > 2 and i in (0, len(values) - 1) and _is_numeric(values)
        }
    )
    return {
        "best": best,
        "caution": CAUTION,
        "at_the_edge": edge,
        "sweep": {name: list(values) for name, values in swept.parameters.items()},
        "slices": list(swept.slices),
    }


def _mean(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Over the slices that have a value."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a combination without any stays NaN
        mean: NDArray[np.float64] = np.nanmean(values, axis=-1, dtype=np.float64)
    return mean


def _tells_apart(mean: NDArray[np.float64]) -> bool:
    known = mean[np.isfinite(mean)]
    return known.size > 0 and (mean.size == 1 or bool(known.min() < known.max()))


def _is_numeric(values: Sequence[Any]) -> bool:
    return all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
