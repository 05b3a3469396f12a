"""The sum of all jumps in an image, and its proximal step: noise goes, edges stay."""

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
def total_variation_step(noisy, n_col, weight, sweeps, non_negative, jumps_x, jumps_y, out):
    """Make `out` the images u that minimise |u - noisy|^2 / 2 + weight * TV(u), nearly.

    All (n_col, n_col, LANES), flat. TV is the sum of sqrt(dx^2 + dy^2) with differences to the next
    pixel. jumps_x, jumps_y: the dual of the problem, at most 1 long; zero at first. Kept from step
    to step, it makes a few sweeps enough.
    """
    # A. Chambolle, J. Math. Imaging Vision 20, 89 (2004), in the form of a projected gradient
    # (A. Beck and M. Teboulle, IEEE Trans. Image Process. 18, 2419 (2009), eq. 4.9).
    for _ in range(sweeps):
        for y in range(n_col):
            # Row y still needs the jumps of the row before as they were.
            _image_row(noisy, n_col, y, weight, non_negative, jumps_x, jumps_y, out)
            if y > 0 and weight > 0:
                _jump_row(out, n_col, y - 1, weight, jumps_x, jumps_y)
        if weight > 0:
            _jump_row(out, n_col, n_col - 1, weight, jumps_x, jumps_y)
    for y in range(n_col):
        _image_row(noisy, n_col, y, weight, non_negative, jumps_x, jumps_y, out)


@njit(nogil=True, cache=True)
def _image_row(noisy, n_col, y, weight, non_negative, jumps_x, jumps_y, out):
    line = n_col * _LANES
    factor = simd.splat(np.float32(weight))
    left = simd.zero()
    for i in range(y * line, (y + 1) * line, _LANES):
        above = simd.load(jumps_y, i - line) if y > 0 else simd.zero()
        here = simd.load(jumps_x, i)
        inflow = simd.add(simd.subtract(left, here), simd.subtract(above, simd.load(jumps_y, i)))
        value = simd.fnma(factor, inflow, simd.load(noisy, i))
        if non_negative:
            # A NaN is not less than zero, so it stays.
            value = simd.where_less(value, simd.zero(), simd.zero(), value)
        simd.store(out, i, value)
        left = here


@njit(nogil=True, cache=True)
def _jump_row(image, n_col, y, weight, jumps_x, jumps_y):
    """Follow the differences of the image, then cut the jumps to length 1."""
    line = n_col * _LANES
    first = y * line
    rate = simd.splat(np.float32(1 / (8 * weight)))
    one = simd.splat(np.float32(1))
    for i in range(first, first + line, _LANES):
        value = simd.load(image, i)
        along_x, along_y = simd.load(jumps_x, i), simd.load(jumps_y, i)
        # Beyond the last column and row the image goes on unchanged.
        if i + _LANES < first + line:
            rise = simd.subtract(simd.load(image, i + _LANES), value)
            along_x = simd.fma(rate, rise, along_x)
        if y + 1 < n_col:
            rise = simd.subtract(simd.load(image, i + line), value)
            along_y = simd.fma(rate, rise, along_y)
        square = simd.fma(along_x, along_x, simd.multiply(along_y, along_y))
        too_long = simd.divide(one, _square_root(square))
        scale = simd.where_less(one, square, too_long, one)
        simd.store(jumps_x, i, simd.multiply(scale, along_x))
        simd.store(jumps_y, i, simd.multiply(scale, along_y))
