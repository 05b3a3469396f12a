"""From counts to transmissions and on to line integrals, sixteen pixels at a time.

`flat_field`, `minus_log` and `line_integrals` all come here, so that two steps and one give the
same bits. Images may be of any real type and have any strides but the last, which is dense.
"""

from __future__ import annotations

from math import log

import numpy as np
from numba import njit

from daisy_kernel.numba_kernels.simd import (
    LANES,
    add,
    divide,
    fma,
    multiply,
    splat,
    split_exponent,
    subtract,
    where_less,
    zero,
)
from daisy_kernel.numba_kernels.simd_memory import load_pixels, store_pixels

_LOG_2 = np.float32(log(2))
_INFINITY = np.float32(np.inf)


@njit(nogil=True, cache=True)
def correct_counts(projections, dark, gain, places, neighbours, first_place, takes_log, floor, out):
    """Transmissions (I - D) / (F - D) with dead pixels replaced, or minus their logarithms.

    dark, gain = 1 / (F - D) (n_row, n_col) float32: dividing here would take a third of the time;
    places (n_dead, 2): row and column of each dead pixel, row
    after row; those of a row start at first_place[row]; neighbours (n_dead, n): see
    `_replace_dead`. out (n_angle, n_row, n_col).
    """
    n_angle, n_row, n_col = projections.shape
    flat_dark, flat_gain, flat_out = dark.reshape(-1), gain.reshape(-1), out.reshape(-1)
    whole = n_col // LANES * LANES
    lowest = splat(floor)
    for angle in range(n_angle):
        for row in range(n_row):
            source = angle * projections.strides[0] + row * projections.strides[1]
            frame, place = row * n_col, (angle * n_row + row) * n_col
            first, last = first_place[row], first_place[row + 1]
            # The logarithm at once is a fifth faster, but replacements are medians before it.
            at_once = takes_log and first == last
            for col in range(0, whole, LANES):
                pixels = source + col * projections.itemsize
                value = _transmission(projections, pixels, flat_dark, flat_gain, frame + col, LANES)
                if at_once:
                    value = _minus_log_of(value, lowest)
                store_pixels(flat_out, place + col, LANES, value)
            if whole < n_col:
                pixels, count = source + whole * projections.itemsize, n_col - whole
                value = _transmission(
                    projections, pixels, flat_dark, flat_gain, frame + whole, count
                )
                if at_once:
                    value = _minus_log_of(value, lowest)
                store_pixels(flat_out, place + whole, count, value)
            if first < last:
                _replace_dead(places[first:last, 1], neighbours[first:last], out[angle, row])
                if takes_log:
                    _minus_log_row(flat_out, 4 * place, n_col, floor, place, flat_out)


@njit(nogil=True, cache=True)
def _transmission(projections, source, dark, gain, pixel, count):
    """Of up to sixteen pixels; `source` in bytes, `pixel` in elements of the flat frames."""
    counts = load_pixels(projections, source, count)
    signal = subtract(counts, load_pixels(dark, 4 * pixel, count))
    return multiply(signal, load_pixels(gain, 4 * pixel, count))


@njit(nogil=True, cache=True)
def minus_logs(transmissions, floor, out):
    """Minus the logarithms of all transmissions; out (n_angle, n_row, n_col)."""
    n_angle, n_row, n_col = transmissions.shape
    flat_out = out.reshape(-1)
    for angle in range(n_angle):
        for row in range(n_row):
            source = angle * transmissions.strides[0] + row * transmissions.strides[1]
            place = (angle * n_row + row) * n_col
            _minus_log_row(transmissions, source, n_col, floor, place, flat_out)


@njit(nogil=True, cache=True)
def _minus_log_row(values, source, n_col, floor, place, out):
    """`source` in bytes, `place` in elements of the flat output."""
    lowest = splat(floor)
    whole = n_col // LANES * LANES
    for col in range(0, whole, LANES):
        value = load_pixels(values, source + col * values.itemsize, LANES)
        store_pixels(out, place + col, LANES, _minus_log_of(value, lowest))
    if whole < n_col:
        rest = n_col - whole
        value = load_pixels(values, source + whole * values.itemsize, rest)
        store_pixels(out, place + whole, rest, _minus_log_of(value, lowest))


@njit(nogil=True, cache=True)
def _minus_log_of(value, floor):
    """See the notes of `minus_log`. NaN and infinity go through at the end."""
    value = where_less(value, floor, floor, value)
    one = splat(np.float32(1))
    mantissa, exponent = split_exponent(value)
    s = divide(subtract(mantissa, one), add(mantissa, one))
    square = multiply(s, s)
    series = fma(square, splat(np.float32(1 / 9)), splat(np.float32(1 / 7)))
    series = fma(square, series, splat(np.float32(1 / 5)))
    series = fma(square, series, splat(np.float32(1 / 3)))
    series = multiply(add(s, s), fma(square, series, one))
    logarithm = fma(exponent, splat(_LOG_2), series)
    result = where_less(value, splat(_INFINITY), logarithm, value)
    return subtract(zero(), result)


@njit(nogil=True, cache=True)
def _replace_dead(columns, neighbours, out):
    """Medians over the live neighbours; NaN if one of them is NaN, as `numpy.median`.

    neighbours (n_dead, n): columns, -1 where there is none.
    """
    values = np.empty(neighbours.shape[1], np.float32)
    for i in range(len(columns)):
        n = 0
        is_known = True
        for col in neighbours[i]:
            if col >= 0:
                value = out[col]
                is_known = is_known and not np.isnan(value)
                place = n
                while place > 0 and values[place - 1] > value:
                    values[place] = values[place - 1]
                    place -= 1
                values[place] = value
                n += 1
        middle = np.float32(0.5) * (values[(n - 1) // 2] + values[n // 2])
        out[columns[i]] = middle if is_known else np.float32(np.nan)
