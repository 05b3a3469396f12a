"""Line integrals through sixteen slices, and their adjoint, tile by tile.

The slices lie side by side, (n_col, n_col, LANES), so that where a ray passes is computed once for
sixteen of them. A tile of pixels is copied to where it fits the cache, along x or turned, so that
every ray crosses its rows steeply and both neighbours of a sample are next to each other.

Positions are integers with 32 bits behind the point: the conversion of a float to an index was
measured to cost more than all the arithmetic on the slices.
"""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba import njit
from numba.core import types
from numba.extending import intrinsic

from daisy_kernel.numba_kernels import simd

TILE = 64
"""Pixels along each side of a tile, about: 300 kB in the second-level cache. From 32 to 96 the
speed is the same."""
ROWS_AT_ONCE = 8
"""Rows of a tile that a ray crosses between two visits of its detector pixel."""
MARGIN = ROWS_AT_ONCE // 2 + 1
"""Pixels beside a tile that a ray may touch which is inside it half-way through those rows."""
ANGLES_AT_ONCE = 4
"""Projections that are added between two visits of a pixel."""

_LANES = simd.LANES
_ONE = float(2**32)


@intrinsic
def _fraction(typing_context, position):
    """What stands behind the point of a position, in all lanes, times 2**31."""
    vector = ir.VectorType(ir.FloatType(), _LANES)
    integer = ir.IntType(32)
    integers = ir.VectorType(integer, _LANES)

    def generate(context, builder, signature, arguments):
        # A shift, because processors before AVX-512 convert signed integers only.
        bits = builder.lshr(builder.trunc(arguments[0], integer), integer(1))
        undefined = ir.Constant(integers, ir.Undefined)
        first = builder.insert_element(undefined, bits, integer(0))
        same = ir.Constant(ir.VectorType(integer, _LANES), [0] * _LANES)
        return builder.sitofp(builder.shuffle_vector(first, undefined, same), vector)

    return simd.lanes(types.int64), generate


_FRACTION_UNIT = np.float32(2.0**-31)


def tile_size(n_col: int) -> int:
    """Numbers that fit a tile of `project`, with its margins, or of `back_project`."""
    rows, width = _tile_rows(n_col), _tile_width(n_col + 2 * MARGIN, n_col)
    return int(rows * (width + 2 * MARGIN) * _LANES)


def window_size() -> int:
    """Numbers in the part of `ANGLES_AT_ONCE` projections that a tile can see."""
    return ANGLES_AT_ONCE * _WINDOW * _LANES


_WINDOW = int(np.sqrt(2) * TILE) + 5


@njit(nogil=True, cache=True)
def _tile_width(length, n_col):
    """Length cut into as many parts as there are tiles along a side."""
    n_tile = -(-n_col // TILE)
    return -(-length // n_tile)


@njit(nogil=True, cache=True)
def _tile_rows(n_col):
    rows = _tile_width(n_col, n_col)
    return -(-rows // ROWS_AT_ONCE) * ROWS_AT_ONCE


@njit(nogil=True, cache=True)
def project(slices, n_col, down, across, centre, tile, out):
    """Add the line integrals of the slices to the projections.

    slices (n_col, n_col, LANES), out (n_angle, n_col, LANES) and tile: flat. down, across (n, 3):
    number, cosine and sine of the projections whose rays cross the rows, or the columns, steeply;
    for the latter those of the turned slice.
    """
    rows = _tile_rows(n_col)
    # Rays that pass beside the slice by less than the margin may still touch it.
    width = _tile_width(n_col + 2 * MARGIN, n_col)
    for first_y in range(0, n_col, rows):
        for first_x in range(-MARGIN, n_col + MARGIN, width):
            if len(down):
                _copy_tile(slices, n_col, first_x, first_y, rows, width, False, tile)
                _project_tile(tile, n_col, first_x, first_y, rows, width, down, centre, out)
            if len(across):
                _copy_tile(slices, n_col, first_x, first_y, rows, width, True, tile)
                _project_tile(tile, n_col, first_x, first_y, rows, width, across, centre, out)


@njit(nogil=True, cache=True)
def _copy_tile(slices, n_col, first_x, first_y, rows, width, turned, out):
    """Pixels of a tile and of the margins beside it; zero outside the slice."""
    step_x, step_y = (n_col * _LANES, _LANES) if turned else (_LANES, n_col * _LANES)
    target = 0
    for y in range(first_y, first_y + rows):
        for x in range(first_x - MARGIN, first_x + width + MARGIN):
            if y < n_col and 0 <= x < n_col:
                simd.store(out, target, simd.load(slices, x * step_x + y * step_y))
            else:
                simd.store(out, target, simd.zero())
            target += _LANES


@njit(nogil=True, cache=True)
def _project_tile(tile, n_col, first_x, first_y, rows, width, rays, centre, out):
    """A ray belongs to the tile in which it is half-way through the rows that are done at once."""
    axis = (n_col - 1) / 2
    stride = width + 2 * MARGIN
    for row in range(0, rows, ROWS_AT_ONCE):
        y = first_y + row - axis
        middle = y + (ROWS_AT_ONCE - 1) / 2
        for ray in range(len(rays)):
            angle, cosine, sine = int(rays[ray, 0]), rays[ray, 1], rays[ray, 2]
            left = centre + (first_x - axis) * cosine - middle * sine
            right = centre + (first_x + width - axis) * cosine - middle * sine
            # From `left` on and before `right`, seen along x: each ray in exactly one tile.
            if cosine > 0:
                first_u, stop_u = int(np.ceil(left)), int(np.ceil(right))
            else:
                first_u, stop_u = int(np.floor(right)) + 1, int(np.floor(left)) + 1
            first_u, stop_u = max(first_u, 0), min(stop_u, n_col)
            if stop_u <= first_u:
                continue
            x = axis + (first_u - centre + y * sine) / cosine - first_x + MARGIN
            start = _position(x + row * stride)
            next_ray = _position(1 / cosine)
            next_row = _position(sine / cosine + stride)
            path = np.float32(1 / abs(cosine))
            whole, part = simd.splat(path), simd.splat(path * _FRACTION_UNIT)
            target = (angle * n_col + first_u) * _LANES
            for _ in range(first_u, stop_u):
                position = start
                samples, slopes = simd.zero(), simd.zero()
                for _ in range(ROWS_AT_ONCE):
                    source = (position >> 32) * _LANES
                    here = simd.load(tile, source)
                    rise = simd.subtract(simd.load(tile, source + _LANES), here)
                    samples = simd.add(samples, here)
                    slopes = simd.fma(_fraction(position), rise, slopes)
                    position += next_row
                total = simd.fma(samples, whole, simd.load(out, target))
                simd.store(out, target, simd.fma(slopes, part, total))
                start += next_ray
                target += _LANES


@njit(nogil=True, cache=True)
def back_project(projections, n_col, down, across, centre, tile, window, out):
    """Make slices by smearing the projections back: the adjoint of `project`.

    As there; window: what `window_size` says.
    """
    size = _tile_width(n_col, n_col)
    for first_y in range(0, n_col, size):
        rows = min(size, n_col - first_y)
        for first_x in range(0, n_col, size):
            width = min(size, n_col - first_x)
            tile[:] = 0
            _add_to_tile(
                projections, n_col, down, centre, first_x, first_y, rows, width, window, tile
            )
            _put_tile(tile, n_col, first_x, first_y, rows, width, out)
            if len(across):
                tile[:] = 0
                _add_to_tile(
                    projections, n_col, across, centre, first_y, first_x, width, rows, window, tile
                )
                _add_turned(tile, n_col, first_x, first_y, rows, width, out)


@njit(nogil=True, cache=True)
def _put_tile(tile, n_col, first_x, first_y, rows, width, out):
    source = 0
    for y in range(first_y, first_y + rows):
        for x in range(first_x, first_x + width):
            simd.store(out, (y * n_col + x) * _LANES, simd.load(tile, source))
            source += _LANES


@njit(nogil=True, cache=True)
def _add_turned(tile, n_col, first_x, first_y, rows, width, out):
    for y in range(rows):
        target = ((first_y + y) * n_col + first_x) * _LANES
        for x in range(width):
            turned = simd.load(tile, (x * rows + y) * _LANES)
            simd.store(out, target, simd.add(simd.load(out, target), turned))
            target += _LANES


@njit(nogil=True, cache=True)
def _add_to_tile(projections, n_col, rays, centre, first_x, first_y, rows, width, window, tile):
    """Add the projections to the tile, a few angles at a time."""
    axis = (n_col - 1) / 2
    x, y = first_x - axis, first_y - axis
    cosines, sines = np.empty(ANGLES_AT_ONCE), np.empty(ANGLES_AT_ONCE)
    starts = np.empty(ANGLES_AT_ONCE)
    for first in range(0, len(rays), ANGLES_AT_ONCE):
        for i in range(ANGLES_AT_ONCE):
            ray = min(first + i, len(rays) - 1)
            angle, cosine, sine = int(rays[ray, 0]), rays[ray, 1], rays[ray, 2]
            low = centre + min(x * cosine, (x + width - 1) * cosine)
            low -= max(y * sine, (y + rows - 1) * sine)
            first_u = int(np.floor(low)) - 1
            starts[i] = centre + x * cosine - y * sine - first_u + i * _WINDOW
            cosines[i], sines[i] = cosine, sine
            # Beyond the last angle the window is empty.
            path = 1 / abs(cosine) if first + i < len(rays) else 0.0
            _copy_window(projections, n_col, angle, first_u, np.float32(path), i, window)
        for row in range(rows):
            _add_four(window, starts, cosines, sines, row, width, tile)


@njit(nogil=True, cache=True)
def _copy_window(projections, n_col, angle, first_u, path, place, out):
    """What a tile can see of a projection, times the path of its rays through a row."""
    scale = simd.splat(path)
    target = place * _WINDOW * _LANES
    for u in range(first_u, first_u + _WINDOW):
        if 0 <= u < n_col:
            source = simd.load(projections, (angle * n_col + u) * _LANES)
            simd.store(out, target, simd.multiply(scale, source))
        else:
            simd.store(out, target, simd.zero())
        target += _LANES


@njit(nogil=True, cache=True)
def _add_four(window, starts, cosines, sines, row, width, tile):
    """Add four projections to one row of pixels: one visit of each pixel instead of four.

    The weight of a ray is that of the pixel in `project`: 1 - distance along x, not below 0. Rays
    are at least a pixel apart there, so that only the two beside the pixel have one.
    """
    u0, step0 = _position(starts[0] - row * sines[0]), _position(cosines[0])
    u1, step1 = _position(starts[1] - row * sines[1]), _position(cosines[1])
    u2, step2 = _position(starts[2] - row * sines[2]), _position(cosines[2])
    u3, step3 = _position(starts[3] - row * sines[3]), _position(cosines[3])
    slope0, rest0 = _ray_spacing(cosines[0])
    slope1, rest1 = _ray_spacing(cosines[1])
    slope2, rest2 = _ray_spacing(cosines[2])
    slope3, rest3 = _ray_spacing(cosines[3])
    target = row * width * _LANES
    for _ in range(width):
        one = simd.load(tile, target)
        one, two = _two_rays(window, u0, slope0, rest0, one, simd.zero())
        one, two = _two_rays(window, u1, slope1, rest1, one, two)
        one, two = _two_rays(window, u2, slope2, rest2, one, two)
        one, two = _two_rays(window, u3, slope3, rest3, one, two)
        simd.store(tile, target, simd.add(one, two))
        u0, u1, u2, u3 = u0 + step0, u1 + step1, u2 + step2, u3 + step3
        target += _LANES


@njit(nogil=True, cache=True)
def _position(number):
    """With 32 bits behind the point."""
    return np.int64(np.rint(number * _ONE))


@njit(nogil=True, cache=True)
def _ray_spacing(cosine):
    """Distance of two rays along x, per unit of `_fraction`, and 1 minus that distance."""
    spacing = 1 / abs(cosine)
    return simd.splat(np.float32(spacing) * _FRACTION_UNIT), simd.splat(np.float32(1 - spacing))


@njit(nogil=True, cache=True)
def _two_rays(window, u, slope, rest, one, two):
    """Add the rays on both sides of the position, with their weights, to `one` and `two`."""
    fraction = _fraction(u)
    source = (u >> 32) * _LANES
    below = _not_negative(simd.fnma(fraction, slope, simd.splat(np.float32(1))))
    above = _not_negative(simd.fma(fraction, slope, rest))
    one = simd.fma(below, simd.load(window, source), one)
    return one, simd.fma(above, simd.load(window, source + _LANES), two)


@njit(nogil=True, cache=True)
def _not_negative(weights):
    return simd.where_less(simd.zero(), weights, weights, simd.zero())
