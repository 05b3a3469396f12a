"""Arithmetic on arrays (..., LANES) whose lanes, one slice each, never meet.

Flat float32 arrays whose length is a multiple of LANES, and vectors of LANES numbers.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from daisy_kernel.numba_kernels import simd

_LANES = simd.LANES
_RUN = 256
"""Terms that are added in float32 before they go into a float64 sum: its error stays below 1e-6."""


@njit(nogil=True, cache=True)
def squared_norms(numbers):
    """(LANES,) sum of the squares in each lane, float64."""
    total = np.zeros(_LANES)
    part = np.zeros(_LANES, np.float32)
    for first in range(0, len(numbers), _RUN * _LANES):
        partial = simd.zero()
        for i in range(first, min(first + _RUN * _LANES, len(numbers)), _LANES):
            number = simd.load(numbers, i)
            partial = simd.fma(number, number, partial)
        simd.store(part, 0, partial)
        for lane in range(_LANES):
            total[lane] += part[lane]
    return total


@njit(nogil=True, cache=True)
def add_scaled(numbers, factors, out):
    """Add numbers times the factor of their lane, (LANES,) float32."""
    factor = simd.load(factors, 0)
    for i in range(0, len(out), _LANES):
        simd.store(out, i, simd.fma(factor, simd.load(numbers, i), simd.load(out, i)))


@njit(nogil=True, cache=True)
def scale_and_add(numbers, factors, out):
    """Make `out` numbers + out times the factor of the lane, (LANES,) float32."""
    factor = simd.load(factors, 0)
    for i in range(0, len(out), _LANES):
        simd.store(out, i, simd.fma(factor, simd.load(out, i), simd.load(numbers, i)))


@njit(nogil=True, cache=True)
def subtract_weighted(numbers, weights, out):
    """Make `out` weight * (numbers - out); one weight for all lanes."""
    for k in range(len(weights)):
        i = k * _LANES
        difference = simd.subtract(simd.load(numbers, i), simd.load(out, i))
        simd.store(out, i, simd.multiply(simd.splat(weights[k]), difference))


@njit(nogil=True, cache=True)
def add_weighted(numbers, weights, non_negative, out):
    """Add weight * numbers, one weight for all lanes; then negative ones become zero if wanted."""
    for k in range(len(weights)):
        i = k * _LANES
        value = simd.fma(simd.splat(weights[k]), simd.load(numbers, i), simd.load(out, i))
        if non_negative:
            # A NaN is not less than zero, so it stays.
            value = simd.where_less(value, simd.zero(), simd.zero(), value)
        simd.store(out, i, value)
