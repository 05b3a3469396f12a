"""Where the rotation axis is, and what every way of finding it asks of a sinogram."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.numba_kernels.image_stack import image_stack

LEAST_CONFIDENCE = 0.1
"""Below it a centre is not to be believed. Rows of noise reach 0.04; an axis outside of what was
searched leaves 0.08; rows of a sample have 0.15 and more."""


@dataclass(frozen=True)
class Centre:
    """Where the rotation axis projects on the detector."""

    column: float
    """Pixel centres lie on integers; the first column is 0."""
    confidence: float
    """1 where the sinogram agrees with this column perfectly, 0 where they have nothing to do with
    each other. Not to be believed below `LEAST_CONFIDENCE`."""


def checked_sinogram(sinogram: NDArray[Any]) -> NDArray[np.float32]:
    """The sinogram in float32, if a centre can be looked for in it at all.

    Raises
    ------
    ValueError
        If it is not (n_angle, n_col), has fewer than 2 angles or 8 columns, is constant or holds a
        NaN or infinity.
    """
    sinogram = image_stack("sinogram", sinogram, ("n_angle", "n_col")).astype(np.float32)
    n_angle, n_col = sinogram.shape
    if n_angle < 2 or n_col < 8:
        raise ValueError(
            f"The sinogram has {n_angle} angles and {n_col} columns; the centre needs at least 2 "
            "and 8: give the whole row of a scan, as (n_angle, n_col)."
        )
    bad = np.count_nonzero(~np.isfinite(sinogram))
    if bad:
        raise ValueError(
            f"{bad} of {sinogram.size} pixels of the sinogram are not finite; all must be: correct "
            "dead pixels first, or choose another row."
        )
    if np.ptp(sinogram) == 0:
        raise ValueError(
            "The sinogram is constant, so that every centre fits it: choose a row that shows the "
            "sample."
        )
    return sinogram


def checked_range(
    search_range: tuple[float, float] | None, default: tuple[float, float], n_col: int
) -> tuple[float, float]:
    """First and last column to consider.

    Raises
    ------
    ValueError
        If they do not ascend or do not lie on the detector.
    """
    first, last = default if search_range is None else search_range
    if not (isfinite(first) and isfinite(last) and 0 <= first < last <= n_col - 1):
        raise ValueError(
            f"The search range is {first:g} to {last:g}; it must ascend within the columns 0 to "
            f"{n_col - 1}: give the first and the last column to consider."
        )
    return float(first), float(last)


def edge_refusal(column: float, first: float, last: float) -> ValueError:
    """The error for an optimum at the end of what was searched."""
    return ValueError(
        f"The best rotation centre is {column:g}, at the edge of the searched range {first:g} to "
        f"{last:g}, so the true one may lie outside: search a wider range, or check that the "
        "angles cover half a turn."
    )


def binned_columns(sinogram: NDArray[np.float32], factor: int) -> NDArray[np.float32]:
    """Means over `factor` columns; a last one that is not full is left out."""
    n_angle, n_col = sinogram.shape
    if factor == 1:
        return sinogram
    whole = sinogram[:, : n_col // factor * factor]
    return whole.reshape(n_angle, -1, factor).mean(axis=2)


def spread_angles(sinogram: NDArray[np.float32], most: int) -> NDArray[np.float32]:
    """At most so many projections, spread evenly."""
    n_angle = len(sinogram)
    if n_angle <= most:
        return sinogram
    return sinogram[np.linspace(0, n_angle, most, endpoint=False).astype(int)]
