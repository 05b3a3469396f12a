"""Pixels that do not measure: which they are, and what stands in for them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from daisy_kernel.numba_kernels.flat_field import dead_pixels
from daisy_kernel.numba_kernels.image_stack import image_stack
from daisy_kernel.numba_kernels.result_memory import results

_SIDE = 2  # good neighbours on each side that count


def mask_pixels(
    flats: NDArray[Any],
    darks: NDArray[Any],
    *,
    saturation: float | None = None,
    hot: float | None = None,
) -> NDArray[np.uint8]:
    """Which pixels cannot be used: 1 excludes a pixel, as in the masks of pyFAI.

    Parameters
    ----------
    flats : (n_flat, n_row, n_col) [counts]
        Images of the beam without the sample.
    darks : (n_dark, n_row, n_col) [counts]
        Images without the beam.
    saturation : [counts]
        A pixel that reaches this in a flat is excluded; None: no limit.
    hot : [counts]
        A pixel whose mean dark is above this is excluded; None: no limit.

    Returns
    -------
    mask : (n_row, n_col)
        1 also where the mean flat is not above the mean dark.

    Raises
    ------
    ValueError
        If the shapes differ or there is no flat.
    """
    mask = dead_pixels(flats, darks)
    if saturation is not None:
        mask |= (np.asarray(flats) >= saturation).any(axis=0)
    if hot is not None and len(darks):
        mask |= np.asarray(darks).sum(axis=0, dtype=np.float64) > hot * len(darks)
    return mask.astype(np.uint8)


def repair_pixels(
    projections: NDArray[Any],
    mask: NDArray[Any] | None = None,
    *,
    saturation: float | None = None,
) -> NDArray[np.float32]:
    """Projections in which bad pixels are replaced by the median of good neighbours.

    Parameters
    ----------
    projections : (n_angle, n_row, n_col) [counts or 1]
        Any real type.
    mask : (n_row, n_col) or None
        Not 0 where a pixel is bad in every projection.
    saturation : [as the projections]
        A value that reaches this is bad where and when it does; None: no limit.

    Returns
    -------
    projections : (n_angle, n_row, n_col) [as given]
        Bad values are the median of the nearest good ones of the same row and projection, two on
        the left and two on the right where there are so many. Neighbours that are NaN are no good.

    Raises
    ------
    ValueError
        If the mask has another shape, or a row of a projection has no good value at all.
    """
    projections = image_stack("projections", projections, ("n_angle", "n_row", "n_col"))
    shape = projections.shape[1:]
    if mask is None:
        mask = np.zeros(shape, np.uint8)
    if np.shape(mask) != shape:
        raise ValueError(
            f"The mask has shape {np.shape(mask)} but projections show {shape} pixels: make it "
            "from flats and darks of the same detector, cropped the same way."
        )
    repaired = results.empty(*projections.shape)
    limit = np.inf if saturation is None else float(saturation)
    angle, row = _repair(projections, np.asarray(mask) != 0, limit, repaired)
    if angle >= 0:
        raise ValueError(
            f"All values in row {row} of projection {angle} are masked or saturated, so there is "
            "nothing to replace them by: crop the row, drop the projection or raise the limit."
        )
    return repaired


@njit(nogil=True, cache=True)
def _repair(projections, mask, limit, out):
    """The first projection and row without a good value, else (-1, -1)."""
    n_angle, n_row, n_col = projections.shape
    bad = np.empty(n_col, np.bool_)
    values = np.empty(2 * _SIDE, np.float32)
    for angle in range(n_angle):
        for row in range(n_row):
            any_bad = False
            for col in range(n_col):
                value = projections[angle, row, col]
                out[angle, row, col] = value
                bad[col] = mask[row, col] or value >= limit
                any_bad |= bad[col]
            if not any_bad:
                continue
            for col in range(n_col):
                if bad[col]:
                    n = _good_neighbours(projections[angle, row], bad, col, values)
                    if n == 0:
                        return angle, row
                    ordered = np.sort(values[:n])
                    middle = ordered[(n - 1) // 2] + ordered[n // 2]
                    out[angle, row, col] = np.float32(0.5) * middle
    return -1, -1


@njit(nogil=True, cache=True)
def _good_neighbours(line, bad, col, values):
    n = 0
    for step in (-1, 1):
        found = 0
        other = col + step
        while 0 <= other < len(line) and found < _SIDE:
            if not bad[other] and line[other] == line[other]:
                values[n] = line[other]
                n += 1
                found += 1
            other += step
    return n
