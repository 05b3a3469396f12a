"""Sixteen complex Fourier transforms at once, each in its own lane of the vectors.

Library transforms work on one signal after the other, or on as many as fit a narrow register, and
round the last few differently. Here the transforms never meet: the bits of each are the same
whatever is transformed beside it, and the registers are full for every length.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

from daisy_kernel.numba_kernels.simd import (
    LANES,
    add,
    fma,
    fms,
    fnma,
    load,
    multiply,
    splat,
    splat_at,
    store,
    subtract,
)

POINT = 2 * LANES
"""Floats per point of a transform: the sixteen real parts, then the sixteen imaginary ones."""


@dataclass(frozen=True)
class TransformPlan:
    """What `transform` needs to know of a length."""

    radices: NDArray[np.int64]
    """Factors of the length, one per pass over the data."""
    twiddles: NDArray[np.float32]
    """Rotations between the passes: cosine, sine for each."""


@lru_cache(maxsize=32)
def transform_plan(n: int) -> TransformPlan:
    """The plan for transforms of length `n`, a product of 2, 3 and 5.

    Raises
    ------
    ValueError
        If the length has another prime factor.
    """
    radices, rest = [], n
    for radix in (5, 3, 4, 2):
        while rest % radix == 0:
            radices.append(radix)
            rest //= radix
    if rest != 1:
        raise ValueError(
            f"{n} samples cannot be transformed: only products of 2, 3 and 5 can; take the next "
            "length that scipy.fft.next_fast_len(n, real=True) knows."
        )
    twiddles = []
    length = n
    for radix in radices:
        block = np.arange(length // radix)[:, np.newaxis]
        angle = -2 * np.pi * block * np.arange(1, radix) / length
        twiddles.append(np.stack((np.cos(angle), np.sin(angle)), axis=2).ravel())
        length //= radix
    rotations = np.concatenate([*twiddles, np.zeros(1)]).astype(np.float32)
    return TransformPlan(np.array(radices, np.int64), rotations)


@njit(nogil=True, cache=True)
def transform(signal, other, radices, twiddles, n, inverse):
    """Transform `n` points of `signal`, using `other` as well; True if the result is in `other`.

    The points are flat, n * POINT floats. Without any factor in either direction. Stockham's
    algorithm (C. Van Loan, *Computational Frameworks for the Fast Fourier Transform*, 1992,
    section 1.7): every pass writes its results in order, so nothing has to be sorted at the end.
    """
    # An inverse transform is a forward one with real and imaginary parts exchanged.
    re, im = (LANES, 0) if inverse else (0, LANES)
    length, stride, first = n, 1, 0
    in_other = False
    for radix in radices:
        source, target = (other, signal) if in_other else (signal, other)
        count = length // radix
        if radix == 4:
            _pass_of_4(source, target, twiddles[first:], count, stride, re, im)
        elif radix == 2:
            _pass_of_2(source, target, twiddles[first:], count, stride, re, im)
        elif radix == 3:
            _pass_of_3(source, target, twiddles[first:], count, stride, re, im)
        else:
            _pass_of_5(source, target, twiddles[first:], count, stride, re, im)
        first += 2 * (radix - 1) * count
        length, stride = count, stride * radix
        in_other = not in_other
    return in_other


@njit(nogil=True, cache=True)
def _put(target, place, re, im, a, b, cosine, sine):
    """Write the complex product of (a, b) and a rotation."""
    store(target, place + re, fms(a, cosine, multiply(b, sine)))
    store(target, place + im, fma(a, sine, multiply(b, cosine)))


@njit(nogil=True, cache=True)
def _pass_of_2(source, target, twiddles, count, stride, re, im):
    for block in range(count):
        cos_1, sin_1 = splat_at(twiddles, 2 * block), splat_at(twiddles, 2 * block + 1)
        for i in range(stride):
            here = (i + stride * block) * POINT
            there = here + stride * count * POINT
            a, b = load(source, here + re), load(source, here + im)
            c, d = load(source, there + re), load(source, there + im)
            place = (i + stride * 2 * block) * POINT
            store(target, place + re, add(a, c))
            store(target, place + im, add(b, d))
            place += stride * POINT
            _put(target, place, re, im, subtract(a, c), subtract(b, d), cos_1, sin_1)


@njit(nogil=True, cache=True)
def _pass_of_3(source, target, twiddles, count, stride, re, im):
    half, root = splat(np.float32(0.5)), splat(np.float32(np.sqrt(0.75)))
    leap, hop = stride * count * POINT, stride * POINT
    for block in range(count):
        at = 4 * block
        cos_1, sin_1 = splat_at(twiddles, at), splat_at(twiddles, at + 1)
        cos_2, sin_2 = splat_at(twiddles, at + 2), splat_at(twiddles, at + 3)
        for i in range(stride):
            here = (i + stride * block) * POINT
            a, b = load(source, here + re), load(source, here + im)
            here += leap
            c, d = load(source, here + re), load(source, here + im)
            here += leap
            e, f = load(source, here + re), load(source, here + im)
            sum_re, sum_im = add(c, e), add(d, f)
            mean_re, mean_im = fnma(half, sum_re, a), fnma(half, sum_im, b)
            turn_re = multiply(root, subtract(d, f))
            turn_im = multiply(root, subtract(c, e))
            place = (i + stride * 3 * block) * POINT
            store(target, place + re, add(a, sum_re))
            store(target, place + im, add(b, sum_im))
            place += hop
            one_re, one_im = add(mean_re, turn_re), subtract(mean_im, turn_im)
            _put(target, place, re, im, one_re, one_im, cos_1, sin_1)
            place += hop
            two_re, two_im = subtract(mean_re, turn_re), add(mean_im, turn_im)
            _put(target, place, re, im, two_re, two_im, cos_2, sin_2)


@njit(nogil=True, cache=True)
def _pass_of_4(source, target, twiddles, count, stride, re, im):
    leap, hop = stride * count * POINT, stride * POINT
    for block in range(count):
        at = 6 * block
        cos_1, sin_1 = splat_at(twiddles, at), splat_at(twiddles, at + 1)
        cos_2, sin_2 = splat_at(twiddles, at + 2), splat_at(twiddles, at + 3)
        cos_3, sin_3 = splat_at(twiddles, at + 4), splat_at(twiddles, at + 5)
        for i in range(stride):
            here = (i + stride * block) * POINT
            a, b = load(source, here + re), load(source, here + im)
            here += leap
            c, d = load(source, here + re), load(source, here + im)
            here += leap
            e, f = load(source, here + re), load(source, here + im)
            here += leap
            g, h = load(source, here + re), load(source, here + im)
            even_re, even_im = add(a, e), add(b, f)
            odd_re, odd_im = add(c, g), add(d, h)
            rest_re, rest_im = subtract(a, e), subtract(b, f)
            turn_re, turn_im = subtract(d, h), subtract(c, g)
            place = (i + stride * 4 * block) * POINT
            store(target, place + re, add(even_re, odd_re))
            store(target, place + im, add(even_im, odd_im))
            place += hop
            one_re, one_im = add(rest_re, turn_re), subtract(rest_im, turn_im)
            two_re, two_im = subtract(even_re, odd_re), subtract(even_im, odd_im)
            three_re, three_im = subtract(rest_re, turn_re), add(rest_im, turn_im)
            _put(target, place, re, im, one_re, one_im, cos_1, sin_1)
            place += hop
            _put(target, place, re, im, two_re, two_im, cos_2, sin_2)
            place += hop
            _put(target, place, re, im, three_re, three_im, cos_3, sin_3)


@njit(nogil=True, cache=True)
def _pass_of_5(source, target, twiddles, count, stride, re, im):
    near_cos = splat(np.float32(np.cos(2 * np.pi / 5)))
    far_cos = splat(np.float32(np.cos(4 * np.pi / 5)))
    near_sin = splat(np.float32(np.sin(2 * np.pi / 5)))
    far_sin = splat(np.float32(np.sin(4 * np.pi / 5)))
    leap, hop = stride * count * POINT, stride * POINT
    for block in range(count):
        at = 8 * block
        for i in range(stride):
            here = (i + stride * block) * POINT
            a, b = load(source, here + re), load(source, here + im)
            here += leap
            c, d = load(source, here + re), load(source, here + im)
            here += leap
            e, f = load(source, here + re), load(source, here + im)
            here += leap
            g, h = load(source, here + re), load(source, here + im)
            here += leap
            k, m = load(source, here + re), load(source, here + im)
            outer_re, outer_im = add(c, k), add(d, m)
            inner_re, inner_im = add(e, g), add(f, h)
            place = (i + stride * 5 * block) * POINT
            store(target, place + re, add(a, add(outer_re, inner_re)))
            store(target, place + im, add(b, add(outer_im, inner_im)))
            apart_re, apart_im = subtract(c, k), subtract(d, m)
            close_re, close_im = subtract(e, g), subtract(f, h)
            near_re = fma(near_cos, outer_re, fma(far_cos, inner_re, a))
            near_im = fma(near_cos, outer_im, fma(far_cos, inner_im, b))
            far_re = fma(far_cos, outer_re, fma(near_cos, inner_re, a))
            far_im = fma(far_cos, outer_im, fma(near_cos, inner_im, b))
            # Sine parts, turned by a quarter: (re, im) becomes (im, -re).
            twist_re = fma(near_sin, apart_im, multiply(far_sin, close_im))
            twist_im = fma(near_sin, apart_re, multiply(far_sin, close_re))
            swing_re = fms(far_sin, apart_im, multiply(near_sin, close_im))
            swing_im = fms(far_sin, apart_re, multiply(near_sin, close_re))
            cosine, sine = splat_at(twiddles, at), splat_at(twiddles, at + 1)
            place += hop
            x, y = add(near_re, twist_re), subtract(near_im, twist_im)
            _put(target, place, re, im, x, y, cosine, sine)
            cosine, sine = splat_at(twiddles, at + 2), splat_at(twiddles, at + 3)
            place += hop
            x, y = add(far_re, swing_re), subtract(far_im, swing_im)
            _put(target, place, re, im, x, y, cosine, sine)
            cosine, sine = splat_at(twiddles, at + 4), splat_at(twiddles, at + 5)
            place += hop
            x, y = subtract(far_re, swing_re), add(far_im, swing_im)
            _put(target, place, re, im, x, y, cosine, sine)
            cosine, sine = splat_at(twiddles, at + 6), splat_at(twiddles, at + 7)
            place += hop
            x, y = subtract(near_re, twist_re), add(near_im, twist_im)
            _put(target, place, re, im, x, y, cosine, sine)
