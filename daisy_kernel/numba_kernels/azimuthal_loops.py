"""The loops of the azimuthal integration: a tile of sixteen frames, then its bins.

A tile of pixels is turned into `values` (one vector per pixel, one frame per lane), which stays in
the first cache. Its entries are sorted by bin, so that a bin is added up in a register and goes to
memory once per tile. Within a tile sums are float32, across tiles float64: 1e5 pixels in a bin
do no harm.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from daisy_kernel.numba_kernels.azimuthal_tile import (
    add_to_doubles,
    bring_near,
    clear_lanes,
    invalid_bits,
    larger_of,
    turn_pixels,
    turn_pixels_exactly,
)
from daisy_kernel.numba_kernels.simd import (
    LANES,
    add,
    fma,
    load,
    splat,
    splat_at,
    store,
    subtract,
    zero,
)

TILE_ROWS, TILE_COLS = 8, 256
"""Tall tiles make the run of a bin longer, wide ones read longer pieces of memory: measured."""
TILE = TILE_ROWS * TILE_COLS
ENTRIES = 4
"""The entries of a run are padded to a multiple of this, with a pixel behind the tile that is 0."""
AHEAD = 64
"""Pixels by which memory is asked for before it is read: a third of the time without."""
LINE = 64
"""Bytes of a cache line."""


@njit(nogil=True, cache=True)
def add_up(
    frames,
    starts,
    first_run,
    run_bin,
    run_end,
    places,
    weights,
    squares,
    norms,
    is_used,
    darks,
    edges,
    invalid,
    is_exact,
    takes_variance,
    values,
    spreads,
    bits,
    sums,
    variances,
    lost,
    lost_entries,
):
    """Add sixteen frames to the bins of sixteen lanes.

    frames (n, row, col), each frame dense; starts (16,) bytes from the first frame to that of the
    lane. Run k of a tile adds the entries [run_end[k - 1], run_end[k]) to run_bin[k]; an entry is
    16 * place in its tile and a weight with its square (empty if all are 1). norms, darks
    (n_tile * TILE,), darks may be empty, norms are 0 for pixels in no bin; is_used (n_tile * TILE
    // 16,) is False for sixteen pixels of which none is in a bin. edges: see `turn_pixels`, useless
    if `is_exact`; invalid (dummy, delta, saturation) float32. values, spreads ((TILE + 1) * 16,)
    float32 and bits (TILE + 1,) int64 are scratch whose last vector is zero; all bits are 0, before
    and after.
    sums, variances (n_bin * 16,) float64; lost, lost_entries: what was missing in the lanes of sums
    of norms and of entries, because the pixel is invalid in that frame.
    """
    rows, cols = frames.shape[1], frames.shape[2]
    size = frames.itemsize
    across = (cols + TILE_COLS - 1) // TILE_COLS
    dummy, delta, saturation = splat(invalid[0]), splat(invalid[1]), splat(invalid[2])
    one = splat(np.float32(1))
    near_lines = max(1, AHEAD * size // LINE)
    has_weights, has_darks = len(weights) > 0, len(darks) > 0
    for tile in range(len(first_run) - 1):
        first, last = first_run[tile], first_run[tile + 1]
        if first == last:
            continue
        row, col = tile // across * TILE_ROWS, tile % across * TILE_COLS
        n_row, n_col = min(TILE_ROWS, rows - row), min(TILE_COLS, cols - col)
        start = (row * cols + col) * size
        tile_norms = norms[tile * TILE : (tile + 1) * TILE]
        is_odd = False
        for i in range(n_row):
            for j in range(0, n_col, LANES):
                place = i * TILE_COLS + j
                if not is_used[(tile * TILE + place) // LANES]:
                    continue
                offset = start + (i * cols + j) * size
                count = min(LANES, n_col - j)
                if (
                    is_exact
                    or count < LANES
                    or turn_pixels(
                        frames, starts, offset, AHEAD * size, edges, values, place * LANES
                    )
                ):
                    turn_pixels_exactly(frames, starts, offset, count, values, place * LANES)
                    is_odd |= _clear_invalid(
                        values, place, count, tile_norms, dummy, delta, saturation, bits
                    )
        if takes_variance:
            for place in range(n_row * TILE_COLS):
                value = larger_of(load(values, place * LANES), one)
                if is_odd:
                    value = clear_lanes(value, bits[place])
                store(spreads, place * LANES, value)
        if has_darks:
            for place in range(n_row * TILE_COLS):
                value = subtract(load(values, place * LANES), splat_at(darks, tile * TILE + place))
                if is_odd:
                    value = clear_lanes(value, bits[place])
                store(values, place * LANES, value)
        begin = run_end[first - 1] if first > 0 else 0
        if is_odd:
            _count_lost(
                *(first, last, begin, run_bin, run_end, places, weights),
                *(tile_norms, bits, lost, lost_entries),
            )
            bits[:] = 0
        row, col = (tile + 1) // across * TILE_ROWS, (tile + 1) % across * TILE_COLS
        start = (row * cols + col) * size
        near, all_near = 0, min(TILE_ROWS, rows - row) * near_lines
        for run in range(first, last):
            end = run_end[run]
            if near < all_near:
                offset = start + near // near_lines * cols * size + near % near_lines * LINE
                bring_near(frames, starts, offset)
                near += 1
            if has_weights:
                total = _weighted_sum(values, places, weights, begin, end)
            else:
                total = _plain_sum(values, places, begin, end)
            add_to_doubles(sums, run_bin[run] * LANES, total)
            if takes_variance:
                if has_weights:
                    total = _weighted_sum(spreads, places, squares, begin, end)
                else:
                    total = _plain_sum(spreads, places, begin, end)
                add_to_doubles(variances, run_bin[run] * LANES, total)
            begin = end


@njit(nogil=True, cache=True)
def _clear_invalid(values, place, count, norms, dummy, delta, saturation, bits):
    """Invalid pixels become 0 in their lanes; whether any of them is in a bin, see `bits`."""
    is_odd = False
    for pixel in range(place, place + count):
        value = load(values, pixel * LANES)
        bad = invalid_bits(value, dummy, delta, saturation)
        if bad != 0:
            store(values, pixel * LANES, clear_lanes(value, bad))
            if norms[pixel] != 0:
                bits[pixel] = bad
                is_odd = True
    return is_odd


@njit(nogil=True, cache=True, inline="always")
def _plain_sum(values, places, begin, end):
    """Of the entries of a run, whose number is a multiple of four: four chains of additions."""
    first, second, third, fourth = zero(), zero(), zero(), zero()
    for entry in range(np.uint64(begin), np.uint64(end), np.uint64(ENTRIES)):
        first = add(first, load(values, np.intp(places[entry])))
        second = add(second, load(values, np.intp(places[entry + np.uint64(1)])))
        third = add(third, load(values, np.intp(places[entry + np.uint64(2)])))
        fourth = add(fourth, load(values, np.intp(places[entry + np.uint64(3)])))
    return add(add(first, second), add(third, fourth))


@njit(nogil=True, cache=True, inline="always")
def _weighted_sum(values, places, weights, begin, end):
    """The same with a weight for every entry."""
    first, second, third, fourth = zero(), zero(), zero(), zero()
    for entry in range(np.uint64(begin), np.uint64(end), np.uint64(ENTRIES)):
        at = np.intp(entry)
        first = fma(splat_at(weights, at), load(values, np.intp(places[entry])), first)
        second = fma(
            splat_at(weights, at + 1), load(values, np.intp(places[entry + np.uint64(1)])), second
        )
        third = fma(
            splat_at(weights, at + 2), load(values, np.intp(places[entry + np.uint64(2)])), third
        )
        fourth = fma(
            splat_at(weights, at + 3), load(values, np.intp(places[entry + np.uint64(3)])), fourth
        )
    return add(add(first, second), add(third, fourth))


@njit(nogil=True, cache=True)
def _count_lost(
    first, last, begin, run_bin, run_end, places, weights, norms, bits, lost, lost_entries
):
    """What the invalid pixels of a tile would have added to the norms, in float64."""
    has_weights = len(weights) > 0
    for run in range(first, last):
        end = run_end[run]
        for entry in range(begin, end):
            place = np.intp(places[entry]) // LANES
            bad = bits[place]
            if bad != 0:
                norm = np.float64(norms[place])
                if has_weights:
                    norm *= np.float64(weights[entry])
                at = run_bin[run] * LANES
                for lane in range(LANES):
                    share = (bad >> lane) & 1
                    lost[at + lane] += share * norm
                    lost_entries[at + lane] += share
        begin = end
