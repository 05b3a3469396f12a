"""Larger pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from daisy_kernel.numba_kernels.image_stack import image_stack
from daisy_kernel.numba_kernels.result_memory import results


def bin_projections(
    projections: NDArray[Any], *, rows: int = 2, columns: int = 2
) -> NDArray[np.float32]:
    """Projections with pixels of several rows and columns.

    Parameters
    ----------
    projections : (n_angle, n_row, n_col) [counts or 1]
        Any real type.
    rows, columns : [pixels]
        Size of a new pixel. What is left over at the end is dropped.

    Returns
    -------
    projections : (n_angle, n_row // rows, n_col // columns) [as given]
        Means; NaN where one of the values is.

    Raises
    ------
    ValueError
        If a size is not positive or larger than the detector.

    Notes
    -----
    Column u of the old pixels is (u + 1/2) / columns - 1/2 of the new ones.
    """
    projections = image_stack("projections", projections, ("n_angle", "n_row", "n_col"))
    n_angle, n_row, n_col = projections.shape
    shape = binned_pixels(n_row, n_col, rows=rows, columns=columns)
    binned = results.empty(n_angle, *shape)
    _bin(projections, rows, columns, binned)
    return binned


def binned_pixels(n_row: int, n_col: int, *, rows: int, columns: int) -> tuple[int, int]:
    """Rows and columns that `bin_projections` gives.

    Raises
    ------
    ValueError
        If a size is not positive or larger than the detector.
    """
    if not (1 <= rows <= n_row and 1 <= columns <= n_col):
        raise ValueError(
            f"Pixels of {rows} rows and {columns} columns cannot be made of a detector with "
            f"{n_row} and {n_col}: give 1 to that many."
        )
    return n_row // rows, n_col // columns


def moved_centre(centre: float, *, cropped: int = 0, binning: int = 1) -> float:
    """Column of the rotation axis after columns were cropped on the left, then binned.

    Parameters
    ----------
    centre : [column]
        Before; pixel centres are on integers.
    cropped : [columns]
        On the left.
    binning : [columns]
        Columns of a new pixel.
    """
    return (centre - cropped + 0.5) / binning - 0.5


@njit(nogil=True, cache=True)
def _bin(projections, rows, columns, out):
    n_angle, n_row, n_col = out.shape
    sums = np.empty(n_col)
    for angle in range(n_angle):
        for row in range(n_row):
            sums[:] = 0
            for i in range(rows):
                line = projections[angle, row * rows + i]
                for col in range(n_col):
                    for k in range(columns):
                        sums[col] += line[col * columns + k]
            for col in range(n_col):
                out[angle, row, col] = sums[col] / (rows * columns)
