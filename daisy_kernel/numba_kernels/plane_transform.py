"""From the Fourier planes of sixteen slices to their images."""

from __future__ import annotations

import numpy as np
from numba import njit

from daisy_kernel.numba_kernels.gridding import MARGIN, fold_columns
from daisy_kernel.numba_kernels.lane_fft import POINT, transform
from daisy_kernel.numba_kernels.simd import (
    LANES,
    add,
    load,
    multiply,
    splat,
    store,
    subtract,
)
from daisy_kernel.numba_kernels.simd_memory import store_pixels, transpose


@njit(nogil=True, cache=True)
def rows_of_slices(plane, size, columns, n_col, radices, twiddles, signal, other):
    """Inverse transforms along x; what the images need replaces the start of each row."""
    for row in range(MARGIN, MARGIN + size // 2 + 1):
        start = row * columns * POINT
        fold_columns(plane, start, size, signal)
        in_other = transform(signal, other, radices, twiddles, size, True)
        crop_line(other if in_other else signal, size, n_col, start, plane)


@njit(nogil=True, cache=True)
def crop_line(line, size, n_col, start, out):
    """The pixels of an image from a periodic line that has the middle one at 0.

    An even number, because columns are transformed in pairs.
    """
    for x in range(n_col + n_col % 2):
        source, target = ((x - n_col // 2) % size) * POINT, start + x * POINT
        store(out, target, load(line, source))
        store(out, target + LANES, load(line, source + LANES))


@njit(nogil=True, cache=True)
def put_pair(a, b, c, d, k, size, out):
    """Frequency k of two real columns, (a, b) and (c, d), as those of first + i second."""
    here = k * POINT
    if 0 < k < size // 2:
        there = (size - k) * POINT
        store(out, here, subtract(a, d))
        store(out, here + LANES, add(b, c))
        store(out, there, add(a, d))
        store(out, there + LANES, subtract(c, b))
    else:
        # Its own negative, so that only the real parts can be there.
        store(out, here, a)
        store(out, here + LANES, c)


@njit(nogil=True, cache=True)
def images_of_slices(
    plane, size, columns, n_col, radices, twiddles, correction, signal, other, block, out
):
    """Inverse transforms along y, two columns in each; out (n_slice, n_col, n_col)."""
    for first_x in range(0, n_col, LANES):
        for x in range(first_x, min(first_x + LANES, n_col), 2):
            for k in range(size // 2 + 1):
                place = ((k + MARGIN) * columns + x) * POINT
                a, b = load(plane, place), load(plane, place + LANES)
                c, d = load(plane, place + POINT), load(plane, place + POINT + LANES)
                put_pair(a, b, c, d, k, size, signal)
            in_other = transform(signal, other, radices, twiddles, size, True)
            _fill_block(
                other if in_other else signal, size, n_col, correction, x, x - first_x, block
            )
        _write_block(block, n_col, first_x, out)


@njit(nogil=True, cache=True)
def _fill_block(line, size, n_col, correction, x, place, out):
    """Two columns of the images without the window, the slices in the lanes."""
    for y in range(n_col):
        source, target = ((y - n_col // 2) % size) * POINT, (y * LANES + place) * LANES
        left = splat(correction[y] * correction[x])
        right = splat(correction[y] * correction[x + 1])
        store(out, target, multiply(load(line, source), left))
        store(out, target + LANES, multiply(load(line, source + LANES), right))


@njit(nogil=True, cache=True)
def _write_block(block, n_col, first_x, out):
    """Sixteen columns, now with x innermost; out (n_slice, n_col, n_col)."""
    image = out.reshape(-1)
    count = min(LANES, n_col - first_x)
    tile = np.empty(LANES * LANES, np.float32)
    for y in range(n_col):
        transpose(block, y * LANES * LANES, LANES, tile, 0, LANES)
        for lane in range(len(out)):
            place = (lane * n_col + y) * n_col + first_x
            store_pixels(image, place, count, load(tile, lane * LANES))
