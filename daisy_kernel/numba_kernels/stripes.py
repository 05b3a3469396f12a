"""Removal of stripes in sinograms, which would become rings in the slices."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from daisy_kernel.numba_kernels.image_stack import image_stack
from daisy_kernel.numba_kernels.result_memory import results


def remove_stripes_sorting(sinograms: NDArray[Any], *, size: int = 31) -> NDArray[np.float32]:
    """Sinograms without the stripes of pixels that respond a little too strongly or weakly.

    Parameters
    ----------
    sinograms : (n_angle, n_row, n_col) [1]
        Line integrals or transmissions; any real type. Each row is treated alone.
    size : [columns]
        Window of the median, odd: about three times the width of the widest stripe. Wider removes
        more stripes and more of the sample.

    Returns
    -------
    sinograms : (n_angle, n_row, n_col) [1]
        NaN where the input is NaN.

    Raises
    ------
    ValueError
        If `size` is even or not positive.

    Notes
    -----
    Algorithm 3 of N. T. Vo, R. C. Atwood, M. Drakopoulos, "Superior techniques for eliminating
    ring artifacts in X-ray micro-tomography", Optics Express 26, 28396 (2018): the values of each
    column are sorted, a running median over the columns is taken at each rank, and the results go
    back to where the values came from. At the edges the columns are mirrored. A NaN sorts as the
    largest value.
    """
    sinograms = image_stack("sinograms", sinograms, ("n_angle", "n_row", "n_col"))
    n_angle, n_row, n_col = sinograms.shape
    if size < 1 or size % 2 == 0:
        raise ValueError(
            f"The window is {size} columns; it must be odd and positive: give about three times "
            "the width of the widest stripe."
        )
    cleaned = results.empty(*sinograms.shape)
    values = np.empty((n_col, n_angle), np.float32)
    order = np.empty((n_col, n_angle), np.intp)
    for row in range(n_row):
        _sort_columns(sinograms[:, row], values, order)
        _median_over_columns(values, order, size, cleaned[:, row])
        cleaned[:, row][np.isnan(sinograms[:, row])] = np.nan
    return cleaned


def ranked_median(
    sinogram: NDArray[np.float32], size: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """What lies behind `remove_stripes_sorting`, for one sinogram.

    Parameters
    ----------
    sinogram : (n_angle, n_col)
        Finite values.
    size : [columns]
        Window of the median, odd.

    Returns
    -------
    ranked : (n_angle, n_col)
        The values of every column in ascending order.
    smooth : (n_angle, n_col)
        Their running median over the columns.
    back : (n_angle, n_col)
        The same, where the values came from.
    """
    n_angle, n_col = sinogram.shape
    values = np.empty((n_col, n_angle), np.float32)
    order = np.empty((n_col, n_angle), np.intp)
    back = np.empty((n_angle, n_col), np.float32)
    _sort_columns(sinogram, values, order)
    _median_over_columns(values, order, size, back)
    return values.T, np.take_along_axis(back, order.T, axis=0), back


def stripes_scratch_bytes(n_angle: int, n_row: int, n_col: int) -> int:
    """Upper estimate of what `remove_stripes_sorting` needs beside its input and output [bytes]."""
    return n_angle * n_col * (4 + np.dtype(np.intp).itemsize + 1) + 2**20


@njit(nogil=True, cache=True)
def _sort_columns(sinogram, values, order):
    """Values of each column in ascending order, and the angles they came from."""
    n_angle, n_col = sinogram.shape
    column = np.empty(n_angle, np.float32)
    for col in range(n_col):
        for angle in range(n_angle):
            value = np.float32(sinogram[angle, col])
            column[angle] = np.float32(np.inf) if np.isnan(value) else value
        # Stable, so that equal values keep their angles on every machine.
        order[col] = np.argsort(column, kind="mergesort")
        values[col] = column[order[col]]


@njit(nogil=True, cache=True)
def _median_over_columns(values, order, size, out):
    """Running median over the columns of sorted values (n_col, n_angle), sent back to its angle."""
    n_col, n_angle = values.shape
    half = size // 2
    window = np.empty(size, np.float32)
    for rank in range(n_angle):
        for i in range(size):
            _insert(values[_mirrored(i - half, n_col), rank], i, window)
        for col in range(n_col):
            out[order[col, rank], col] = window[half]
            if col + 1 < n_col:
                _remove(values[_mirrored(col - half, n_col), rank], size, window)
                _insert(values[_mirrored(col + 1 + half, n_col), rank], size - 1, window)


@njit(nogil=True, cache=True)
def _mirrored(col, n_col):
    """The column that stands in for one beyond the edge: ... 1 0 | 0 1 2 ..."""
    col %= 2 * n_col
    return col if col < n_col else 2 * n_col - 1 - col


@njit(nogil=True, cache=True)
def _insert(value, n, out):
    """Put a value into the first `n` sorted ones."""
    while n > 0 and out[n - 1] > value:
        out[n] = out[n - 1]
        n -= 1
    out[n] = value


@njit(nogil=True, cache=True)
def _remove(value, n, out):
    """Take one of `n` sorted values out."""
    low, high = 0, n - 1
    while low < high:
        middle = (low + high) // 2
        if out[middle] < value:
            low = middle + 1
        else:
            high = middle
    for i in range(low, n - 1):
        out[i] = out[i + 1]
