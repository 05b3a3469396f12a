"""Single values that no sample makes: hits of stray gamma rays, flickering pixels."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
from numba import njit
from numpy.typing import NDArray

from daisy_kernel.numba_kernels.image_stack import image_stack
from daisy_kernel.numba_kernels.result_memory import results

OutlierWindow = Literal["image", "angle"]
OutlierSign = Literal["bright", "dark", "both"]


def remove_outliers(
    projections: NDArray[Any],
    *,
    threshold: float,
    size: int = 3,
    window: OutlierWindow = "image",
    sign: OutlierSign = "bright",
) -> NDArray[np.float32]:
    """Projections in which single values far from the median around them are replaced by it.

    Parameters
    ----------
    projections : (n_angle, n_row, n_col) [counts or 1]
        Any real type.
    threshold : [as the projections]
        How far from the median a value may lie.
    size : [pixels or projections]
        Edge of the window of the median, odd.
    window
        "image": `size` by `size` pixels of the same projection. "angle": the same pixel in `size`
        projections, for steps so small that the sample hardly moves; keeps fine structures.
    sign
        Which outliers are replaced.

    Returns
    -------
    projections : (n_angle, n_row, n_col) [as given]
        All other values are unchanged (as float32). NaN stays where it is and does not count in
        the median.

    Raises
    ------
    ValueError
        If `threshold` is not positive, `size` is not odd, or a name is unknown.

    Notes
    -----
    At the edges the window is mirrored: ... 1 0 | 0 1 ...
    """
    projections = image_stack("projections", projections, ("n_angle", "n_row", "n_col"))
    if not threshold > 0:
        raise ValueError(
            f"The threshold is {threshold}; it must be positive: give the difference from the "
            "median that no sample and no noise makes."
        )
    if size < 1 or size % 2 == 0:
        raise ValueError(f"The window is {size} wide; it must be odd and positive: 3 is usual.")
    for what, name, known in (("window", window, OutlierWindow), ("sign", sign, OutlierSign)):
        if name not in get_args(known):
            raise ValueError(
                f"{what} is {name!r}; known are {', '.join(get_args(known))}: choose one."
            )
    half = size // 2
    reach = (0, half, half) if window == "image" else (half, 0, 0)
    cleaned = results.empty(*projections.shape)
    _replace_outliers(
        projections, np.float32(threshold), reach, sign != "dark", sign != "bright", cleaned
    )
    return cleaned


@njit(nogil=True, cache=True)
def _replace_outliers(projections, threshold, reach, bright, dark, out):
    n_angle, n_row, n_col = projections.shape
    over_angle, over_row, over_col = reach
    n_line = (2 * over_angle + 1) * (2 * over_row + 1)
    # The lines of the window side by side with mirrored ends: the counting loop then vectorises.
    lines = np.empty((n_line, n_col + 2 * over_col), np.float32)
    n_below, n_above = np.empty(n_col, np.int32), np.empty(n_col, np.int32)
    n_known = np.empty(n_col, np.int32)
    values = np.empty(n_line * (2 * over_col + 1), np.float32)
    for angle in range(n_angle):
        for row in range(n_row):
            _gather(projections, angle, row, reach, lines)
            n_below[:] = 0
            n_above[:] = 0
            n_known[:] = 0
            for col in range(n_col):
                out[angle, row, col] = projections[angle, row, col]
            for line in range(n_line):
                for shift in range(2 * over_col + 1):
                    for col in range(n_col):
                        value, here = lines[line, col + shift], out[angle, row, col]
                        n_below[col] += value < here - threshold
                        n_above[col] += value > here + threshold
                        n_known[col] += value == value
            for col in range(n_col):
                suspect = (bright and 2 * n_below[col] >= n_known[col]) or (
                    dark and 2 * n_above[col] >= n_known[col]
                )
                here = out[angle, row, col]
                if suspect and here == here:
                    median = _median(lines, col, over_col, values)
                    if (bright and median < here - threshold) or (
                        dark and median > here + threshold
                    ):
                        out[angle, row, col] = median


@njit(nogil=True, cache=True)
def _gather(projections, angle, row, reach, lines):
    """The lines of the window around a row."""
    n_angle, n_row, n_col = projections.shape
    over_angle, over_row, over_col = reach
    line = 0
    for other_angle in range(angle - over_angle, angle + over_angle + 1):
        for other_row in range(row - over_row, row + over_row + 1):
            source = projections[_mirrored(other_angle, n_angle), _mirrored(other_row, n_row)]
            for col in range(n_col):
                lines[line, over_col + col] = source[col]
            for beyond in range(1, over_col + 1):
                lines[line, over_col - beyond] = source[_mirrored(-beyond, n_col)]
                end = n_col - 1 + beyond
                lines[line, over_col + end] = source[_mirrored(end, n_col)]
            line += 1


@njit(nogil=True, cache=True)
def _mirrored(place, n):
    place %= 2 * n
    return place if place < n else 2 * n - 1 - place


@njit(nogil=True, cache=True)
def _median(lines, col, over_col, values):
    """Median of what is known in the window; there is something, because the middle is."""
    n = 0
    for line in range(len(lines)):
        for shift in range(2 * over_col + 1):
            value = lines[line, col + shift]
            if value == value:
                place = n
                while place > 0 and values[place - 1] > value:
                    values[place] = values[place - 1]
                    place -= 1
                values[place] = value
                n += 1
    return np.float32(0.5) * (values[(n - 1) // 2] + values[n // 2])
