"""From the Fourier plane of one slice to its image: sixteen rows, or column pairs, at once."""

from __future__ import annotations

import numpy as np
from numba import njit

from daisy_kernel.numba_kernels.gridding import MARGIN, fold_columns
from daisy_kernel.numba_kernels.lane_fft import POINT, transform
from daisy_kernel.numba_kernels.plane_transform import crop_line, put_pair
from daisy_kernel.numba_kernels.simd import LANES, load, multiply, splat_at
from daisy_kernel.numba_kernels.simd_memory import (
    load_every_fourth,
    store_in_turn,
    store_pixels,
    transpose,
)


@njit(nogil=True, cache=True)
def rows_of_slice(plane, size, columns, n_col, radices, twiddles, lines, signal, other):
    """Inverse transforms along x; what the image needs replaces the start of each row."""
    row_floats = 2 * columns
    for row in range(MARGIN, MARGIN + size // 2 + 1, LANES):
        start = row * row_floats
        for i in range(0, row_floats, LANES):
            transpose(plane, start + i, row_floats, lines, i * LANES, LANES)
        fold_columns(lines, 0, size, signal)
        in_other = transform(signal, other, radices, twiddles, size, True)
        crop_line(other if in_other else signal, size, n_col, 0, lines)
        for i in range(0, 2 * n_col, LANES):
            transpose(lines, i * LANES, LANES, plane, start + i, row_floats)


@njit(nogil=True, cache=True)
def image_of_slice(plane, size, columns, n_col, radices, twiddles, correction, signal, other, out):
    """Inverse transforms along y, two columns in each; out flat."""
    turned = np.empty(2 * LANES, np.float32)
    for x in range(0, n_col, 2 * LANES):
        for k in range(size // 2 + 1):
            place = ((k + MARGIN) * columns + x) * 2
            a, b, c, d = load_every_fourth(plane, place)
            put_pair(a, b, c, d, k, size, signal)
        in_other = transform(signal, other, radices, twiddles, size, True)
        line = other if in_other else signal
        low, high = load(correction, x), load(correction, x + LANES)
        for y in range(n_col):
            source = ((y - n_col // 2) % size) * POINT
            store_in_turn(turned, 0, load(line, source), load(line, source + LANES))
            factor = splat_at(correction, y)
            left = multiply(load(turned, 0), multiply(factor, low))
            right = multiply(load(turned, LANES), multiply(factor, high))
            place = y * n_col + x
            store_pixels(out, place, min(n_col - x, LANES), left)
            if n_col - x > LANES:
                store_pixels(out, place + LANES, min(n_col - x - LANES, LANES), right)
