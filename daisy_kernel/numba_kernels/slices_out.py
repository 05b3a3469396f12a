"""Slices that share vectors, taken apart."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from daisy_kernel.numba_kernels.simd import LANES, load
from daisy_kernel.numba_kernels.simd_memory import store_pixels, transpose


def write_slices(slices: NDArray[np.float32], n_slice: int, out: NDArray[np.float32]) -> None:
    """Write flat slices, (n_col, n_col rounded up to whole vectors, n_slice), to a volume.

    `out` (n_row, n_col, n_col) with at most `n_slice` rows.
    """
    n_col = out.shape[2]
    if n_slice == 1:
        out[0] = slices.reshape(n_col, -1)[:, :n_col]
    else:
        tile = np.empty(LANES * LANES, np.float32)
        _write(slices, n_col, len(out), tile, out.reshape(-1))


@njit(nogil=True, cache=True)
def _write(slices, n_col, n_row, tile, out):
    width = -(-n_col // LANES) * LANES
    for y in range(n_col):
        for x in range(0, n_col, LANES):
            transpose(slices, (y * width + x) * LANES, LANES, tile, 0, LANES)
            for row in range(n_row):
                place = (row * n_col + y) * n_col + x
                store_pixels(out, place, min(LANES, n_col - x), load(tile, row * LANES))
