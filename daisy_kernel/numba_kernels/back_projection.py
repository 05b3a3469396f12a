"""Smearing filtered projections back over slices, with linear interpolation."""

from __future__ import annotations

import numpy as np
from numba import njit

from daisy_kernel.numba_kernels.simd import (
    LANES,
    add,
    fma,
    lane_numbers,
    load,
    splat,
    splat_at,
    store,
    store_integers,
    subtract,
    truncate,
)
from daisy_kernel.numba_kernels.simd_memory import neighbours

ANGLES_PER_VISIT = 16
"""Projections added before the next pixels are looked at: their part fits the fastest cache."""
ROWS_PER_TILE = 16
"""Lines of sixteen pixels that see the same part of the projections."""


@njit(nogil=True, cache=True)
def _starts(cosines, sines, first_angle, n_angle, middle, axis, x, y, samples, parts):
    """Where sixteen pixels from (x, y) on fall on each projection: sample, and way from there.

    The sample is the lowest that any of the pixels needs, so that float32 is enough for the rest.
    """
    for i in range(n_angle):
        cosine, sine = cosines[first_angle + i], sines[first_angle + i]
        position = middle + (x - axis) * cosine - (y - axis) * sine
        lowest = np.floor(min(position, position + (LANES - 1) * cosine))
        samples[i] = np.int32(lowest)
        parts[i] = np.float32(position - lowest)


@njit(nogil=True, cache=True)
def back_project_slices(projections, n_sample, n_angle, cosines, sines, middle, n_col, out):
    """Add projections to sixteen slices.

    projections: flat, n_sample * LANES floats for each, the slices innermost; the axis is at sample
    `middle`. out: flat, (n_col, width, LANES) with n_col rounded up to whole vectors.
    """
    axis = (n_col - 1) / 2
    width = -(-n_col // LANES) * LANES
    samples, parts = np.empty(ANGLES_PER_VISIT, np.int32), np.empty(ANGLES_PER_VISIT, np.float32)
    places = np.empty(ANGLES_PER_VISIT * LANES, np.int32)
    weights = np.empty(ANGLES_PER_VISIT * LANES, np.float32)
    for tile in range(0, n_col, ROWS_PER_TILE):
        for x in range(0, n_col, LANES):
            for first in range(0, n_angle, ANGLES_PER_VISIT):
                count = min(ANGLES_PER_VISIT, n_angle - first)
                for y in range(tile, min(tile + ROWS_PER_TILE, n_col)):
                    _starts(cosines, sines, first, count, middle, axis, x, y, samples, parts)
                    for i in range(count):
                        step = splat(np.float32(cosines[first + i]))
                        way = fma(lane_numbers(), step, splat_at(parts, i))
                        whole = truncate(way)
                        store(weights, i * LANES, subtract(way, whole))
                        start = np.float32(samples[i])
                        store_integers(places, i * LANES, add(whole, splat(start)))
                    _add_to_pixels(
                        projections, n_sample, first, count, places, weights, (y * width + x), out
                    )


@njit(nogil=True, cache=True)
def _add_to_pixels(projections, n_sample, first, count, places, weights, pixel, out):
    """Add some projections to a line of sixteen pixels, four of them at once.

    The sums of samples and of their weighted differences go into registers of their own: half
    the time is spent waiting for the previous sum otherwise.
    """
    for i in range(0, LANES, 4):
        place = (pixel + i) * LANES
        a, b = load(out, place), load(out, place + LANES)
        c, d = load(out, place + 2 * LANES), load(out, place + 3 * LANES)
        for angle in range(count):
            base = (first + angle) * n_sample
            at = angle * LANES + i
            a = _interpolated(projections, base + places[np.uint64(at)], weights, at, a)
            b = _interpolated(projections, base + places[np.uint64(at + 1)], weights, at + 1, b)
            c = _interpolated(projections, base + places[np.uint64(at + 2)], weights, at + 2, c)
            d = _interpolated(projections, base + places[np.uint64(at + 3)], weights, at + 3, d)
        store(out, place, a)
        store(out, place + LANES, b)
        store(out, place + 2 * LANES, c)
        store(out, place + 3 * LANES, d)


@njit(nogil=True, cache=True)
def _interpolated(projections, sample, weights, at, total):
    low = load(projections, sample * LANES)
    difference = subtract(load(projections, sample * LANES + LANES), low)
    return add(total, fma(splat_at(weights, at), difference, low))


@njit(nogil=True, cache=True)
def back_project_slice(projections, n_sample, n_angle, cosines, sines, middle, n_col, out):
    """The same for one slice; sixteen pixels share a vector.

    projections: flat, n_sample floats for each. out: flat, (n_col, n_col).
    """
    axis = (n_col - 1) / 2
    samples, parts = np.empty(n_angle, np.int32), np.empty(n_angle, np.float32)
    steps = cosines.astype(np.float32)
    width = -(-n_col // LANES) * LANES
    for tile in range(0, n_col, ROWS_PER_TILE):
        for x in range(0, n_col, LANES):
            for y in range(tile, min(tile + ROWS_PER_TILE, n_col)):
                _starts(cosines, sines, 0, n_angle, middle, axis, x, y, samples, parts)
                place = y * width + x
                total = load(out, place)
                for i in range(n_angle):
                    way = fma(lane_numbers(), splat_at(steps, i), splat_at(parts, i))
                    whole = truncate(way)
                    start = i * n_sample + samples[np.uint64(i)]
                    low, high = neighbours(projections, start, whole)
                    weight = subtract(way, whole)
                    total = add(total, fma(weight, subtract(high, low), low))
                store(out, place, total)
