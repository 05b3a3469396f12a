"""Descent on images whose jumps have a price: noise goes, edges stay."""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba import njit
from numba.core import cgutils
from numba.extending import intrinsic

from daisy_kernel.numba_kernels import simd

_LANES = simd.LANES


@intrinsic
def _square_root(typing_context, value):
    vector = ir.VectorType(ir.FloatType(), _LANES)

    def generate(context, builder, signature, arguments):
        kind = ir.FunctionType(vector, [vector])
        name = f"llvm.sqrt.v{_LANES}f32"
        return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), arguments)

    return simd.lanes(simd.lanes), generate


@njit(nogil=True, cache=True)
def descend(gradient, weights, n_col, price, rate, non_negative, jumps_x, jumps_y, best, ahead):
    """Move the images against the gradient and the pull of their jumps, then follow the jumps.

    All (n_col, n_col, LANES), flat, but weights (n_col * n_col,): the step of each pixel. `best`
    becomes the new images, `ahead` lies beyond them as far as they moved. jumps_x, jumps_y: the
    pull along the differences to the next pixel, in units of `price` and at most 1 long together;
    per step they grow by `rate` times the difference. No price, no pull.
    """
    for y in range(n_col):
        # Row y still needs the jumps of the row before as they were.
        _move_row(gradient, weights, n_col, y, price, non_negative, jumps_x, jumps_y, best, ahead)
        if y > 0 and price > 0:
            _follow_row(ahead, n_col, y - 1, rate, jumps_x, jumps_y)
    if price > 0:
        _follow_row(ahead, n_col, n_col - 1, rate, jumps_x, jumps_y)


@njit(nogil=True, cache=True)
def _move_row(gradient, weights, n_col, y, price, non_negative, jumps_x, jumps_y, best, ahead):
    line = n_col * _LANES
    factor, two = simd.splat(np.float32(price)), simd.splat(np.float32(2))
    left = simd.zero()
    for x in range(n_col):
        i = y * line + x * _LANES
        above = simd.load(jumps_y, i - line) if y > 0 else simd.zero()
        here = simd.load(jumps_x, i)
        pull = simd.add(simd.subtract(left, here), simd.subtract(above, simd.load(jumps_y, i)))
        slope = simd.fma(factor, pull, simd.load(gradient, i))
        old = simd.load(best, i)
        value = simd.fnma(simd.splat(weights[y * n_col + x]), slope, old)
        if non_negative:
            # A NaN is not less than zero, so it stays.
            value = simd.where_less(value, simd.zero(), simd.zero(), value)
        simd.store(best, i, value)
        simd.store(ahead, i, simd.fms(two, value, old))
        left = here


@njit(nogil=True, cache=True)
def _follow_row(image, n_col, y, rate, jumps_x, jumps_y):
    """Follow the differences of the image, then cut the jumps to length 1."""
    line = n_col * _LANES
    first = y * line
    factor = simd.splat(np.float32(rate))
    one = simd.splat(np.float32(1))
    for i in range(first, first + line, _LANES):
        value = simd.load(image, i)
        along_x, along_y = simd.load(jumps_x, i), simd.load(jumps_y, i)
        # Beyond the last column and row the image goes on unchanged.
        if i + _LANES < first + line:
            rise = simd.subtract(simd.load(image, i + _LANES), value)
            along_x = simd.fma(factor, rise, along_x)
        if y + 1 < n_col:
            rise = simd.subtract(simd.load(image, i + line), value)
            along_y = simd.fma(factor, rise, along_y)
        square = simd.fma(along_x, along_x, simd.multiply(along_y, along_y))
        too_long = simd.divide(one, _square_root(square))
        scale = simd.where_less(one, square, too_long, one)
        simd.store(jumps_x, i, simd.multiply(scale, along_x))
        simd.store(jumps_y, i, simd.multiply(scale, along_y))
