"""What a slice viewer says of a line or a rectangle that was drawn on a plane."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.errors import InvalidParameter
from daisy_widgets.overlay_shapes import MEASURES
from daisy_widgets.plane_sources import PlaneSource

Place = Sequence[float]
"""(row, column) [pixels]; pixel centres on whole numbers."""


def measure(
    source: PlaneSource, *, kind: str, points: Sequence[Place], axis: int = 0, index: int = 0
) -> tuple[str, NDArray[np.float32] | None]:
    """A measure in words, and the values to draw as a curve, if there are any.

    Parameters
    ----------
    source
        What is looked at.
    kind
        One of `daisy_widgets.overlay_shapes.MEASURES`.
    points
        Two of them: the ends of a line, or opposite corners of a rectangle.
    axis, index
        Which plane.

    Raises
    ------
    InvalidParameter
        If this cannot be measured.
    """
    if kind not in MEASURES:
        raise InvalidParameter(
            f"{kind!r} was to be measured; there are {', '.join(MEASURES)}: reload the page."
        )
    ends = [tuple(float(at) for at in point) for point in points]
    if len(ends) != 2 or not all(len(end) == 2 and all(map(math.isfinite, end)) for end in ends):
        raise InvalidParameter(
            f"A {kind} between {list(points)} was to be measured: draw it between two points."
        )
    start, stop = ends
    unit = source.units.value
    if kind == "region":
        rows, columns = pixels_within(start, stop, _within(source.shape, axis))
        found = source.statistics(rows, columns, axis=axis, index=index)
        return _statistics_in_words(found, unit), None
    down, right = (abs(b - a) for a, b in zip(start, stop, strict=True))
    length, *sides = _lengths_in_words(source, axis, down, right)
    if kind == "distance":
        return f"{length}: {sides[0]} down, {sides[1]} across", None
    values = source.profile(start, stop, axis=axis, index=index)
    return f"{_range_in_words(values, unit)}; {length} long", values


def pixels_within(
    corner: Place, opposite: Place, lengths: Sequence[int]
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Rows and columns, [start, stop) each, whose centres lie in a rectangle; at least one pixel.

    Parameters
    ----------
    corner, opposite
        Two corners of the rectangle; what lies outside of the plane does not count.
    lengths
        Rows and columns of the plane.
    """
    bounds = []
    for ends, n in zip(zip(corner, opposite, strict=True), lengths, strict=True):
        low, high = sorted(min(max(end, 0.0), n - 1.0) for end in ends)
        first, last = math.ceil(low), math.floor(high)
        if last < first:  # between two centres: the nearest one
            first = last = round((low + high) / 2)
        bounds.append((first, last + 1))
    rows, columns = bounds
    return rows, columns


def metres_in_words(length_m: float) -> str:
    """A length in the unit in which its number is read most easily."""
    scales = ((1.0, "m"), (1e-3, "mm"), (1e-6, "µm"), (1e-9, "nm"))
    scale, unit = next(
        (s for s in scales if length_m >= s[0]), scales[-1] if length_m else scales[2]
    )
    return f"{length_m / scale:.4g} {unit}"


def _lengths_in_words(source: PlaneSource, axis: int, down: float, right: float) -> list[str]:
    """A line, how far it goes down, and how far across; in pixels where these have no size."""
    pixels = f"{math.hypot(down, right):.1f} pixels"
    steps_m = _within(source.units.steps_m, axis)
    if len(steps_m) != 2 or None in steps_m:
        return [pixels, f"{down:.1f}", f"{right:.1f}"]
    sides_m = [n * step_m for n, step_m in zip((down, right), steps_m, strict=True)]
    length = f"{metres_in_words(math.hypot(*sides_m))} ({pixels})"
    return [length, *map(metres_in_words, sides_m)]


def _within(of_dimensions: Sequence[Any], axis: int) -> list[Any]:
    """What holds for rows and columns of a plane, of what holds for every dimension."""
    return [each for i, each in enumerate(of_dimensions) if len(of_dimensions) == 2 or i != axis]


def _statistics_in_words(found: dict[str, Any], unit: str) -> str:
    count, missing = found["count"], found["missing"]
    pixels = f"{count + missing} pixels" + (f", {missing} without a value" if missing else "")
    if not count:
        return f"No value; {pixels}"
    mean, deviation, low, high, median = (
        f"{found[name]:.5g}" for name in ("mean", "deviation", "low", "high", "median")
    )
    values = f"{mean} ± {deviation}, from {low} to {high}, median {median}"
    return f"{values}{unit and f' [{unit}]'}; {pixels}"


def _range_in_words(values: NDArray[np.float32], unit: str) -> str:
    finite = values[np.isfinite(values)]
    if not finite.size:
        return "No value"
    return f"From {finite.min():.5g} to {finite.max():.5g} {unit}".rstrip()
