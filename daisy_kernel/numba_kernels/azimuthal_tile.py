"""Sixteen frames side by side: from detector memory to vectors with one frame per lane.

Frames lie one after the other in memory, but a bin wants the same pixel of all frames at once. So
sixteen pixels of sixteen frames are read, each frame a cache line, converted and turned. Only whole
lines are read and nothing is read twice: the stack streams through at the speed of memory.
"""

from __future__ import annotations

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from daisy_kernel.numba_kernels.simd import (
    _FLOAT,
    _INT32,
    _VECTOR,
    LANES,
    _address,
    _call,
    _has,
    _load,
    _shuffle,
    _store,
    lanes,
)
from daisy_kernel.numba_kernels.simd_memory import _mask, _suffix, _transposed

_TO_SECOND_CACHE = 2
_DOUBLES = ir.VectorType(ir.DoubleType(), LANES)


@intrinsic
def turn_pixels(typing_context, frames, starts, offset, ahead, edges, out, place):
    """out[place + 16 * pixel + lane] = pixel of frame; whether any is outside of the edges.

    Sixteen pixels from the byte `offset` of frames that begin at the bytes starts[lane]; what lies
    `ahead` bytes further is brought near. edges (2,): (lowest, highest - lowest) int32 for frames
    of integers, whose highest is below 2**31; (below, above) float32, both outside, for others.
    If the answer is yes then out is not to be used: `turn_pixels_exactly`.
    """

    def generate(context, builder, signature, arguments):
        frames_value, starts_value, offset, ahead, edges_value, out_value, place = arguments
        size = LANES if _has(context, "avx512f") else LANES // 2
        dtype = frames.dtype
        limits = [
            _splat_of(builder, _address(context, builder, edges, edges_value, _index(i)), size)
            for i in (0, 1)
        ]
        outside = None
        for first_lane in range(0, LANES, size):
            rows = []
            for lane in range(first_lane, first_lane + size):
                start = _address(context, builder, starts, starts_value, _index(lane))
                at = builder.add(builder.load(start), offset)
                rows.append(_address(context, builder, frames, frames_value, at, bytewise=True))
                _prefetch(builder, builder.gep(rows[-1], [ahead]))
            for pixel in range(0, LANES, size):
                values = []
                for row in rows:
                    vector = ir.VectorType(context.get_data_type(dtype), size)
                    step = _index(pixel * dtype.bitwidth // 8)
                    value, odd = _checked(
                        builder, _load(builder, builder.gep(row, [step]), vector), dtype, limits
                    )
                    values.append(value)
                    outside = odd if outside is None else _merge(builder, outside, odd)
                for k, value in enumerate(_transposed(builder, values)):
                    at = builder.add(place, _index((pixel + k) * LANES + first_lane))
                    _store(builder, value, _address(context, builder, out, out_value, at))
        if not isinstance(dtype, types.Float):
            outside = builder.icmp_unsigned(">", outside, limits[1])
        bits = builder.bitcast(outside, ir.IntType(size))
        return builder.icmp_unsigned("!=", bits, bits.type(0))

    return types.boolean(frames, starts, types.intp, types.intp, edges, out, types.intp), generate


@intrinsic
def bring_near(typing_context, frames, starts, offset):
    """Ask for the cache lines at the byte `offset` of the frames, which are wanted soon."""

    def generate(context, builder, signature, arguments):
        frames_value, starts_value, offset = arguments
        for lane in range(LANES):
            start = _address(context, builder, starts, starts_value, _index(lane))
            at = builder.add(builder.load(start), offset)
            _prefetch(builder, _address(context, builder, frames, frames_value, at, bytewise=True))
        return context.get_dummy_value()

    return types.void(frames, starts, types.intp), generate


@intrinsic
def turn_pixels_exactly(typing_context, frames, starts, offset, count, out, place):
    """As `turn_pixels` for any numbers, of the first `count` pixels; zero for the others."""

    def generate(context, builder, signature, arguments):
        frames_value, starts_value, offset, count, out_value, place = arguments
        dtype = frames.dtype
        vector = ir.VectorType(context.get_data_type(dtype), LANES)
        mask, zeros = _mask(builder, count), ir.Constant(vector, None)
        name = f"llvm.masked.load.{_suffix(dtype)}.p0"
        values = []
        for lane in range(LANES):
            start = _address(context, builder, starts, starts_value, _index(lane))
            at = builder.add(builder.load(start), offset)
            address = _address(context, builder, frames, frames_value, at, bytewise=True)
            address = builder.bitcast(address, vector.as_pointer())
            loaded = _call(builder, name, vector, address, _INT32(1), mask, zeros)
            values.append(_converted(builder, loaded, dtype))
        for pixel, value in enumerate(_transposed(builder, values)):
            at = builder.add(place, _index(pixel * LANES))
            _store(builder, value, _address(context, builder, out, out_value, at))
        return context.get_dummy_value()

    place = (types.intp, types.intp)
    return types.void(frames, starts, *place, out, types.intp), generate


@intrinsic
def invalid_bits(typing_context, value, dummy, delta, saturation):
    """One bit per lane: within `delta` of `dummy`, at least `saturation`, or not finite."""

    def generate(context, builder, signature, arguments):
        value, dummy, delta, saturation = arguments
        distance = builder.fsub(value, dummy)
        distance = _call(builder, f"llvm.fabs.v{LANES}f32", _VECTOR, distance)
        size = _call(builder, f"llvm.fabs.v{LANES}f32", _VECTOR, value)
        infinity = ir.Constant(_VECTOR, [float("inf")] * LANES)
        is_bad = builder.fcmp_ordered("<=", distance, delta)
        is_bad = builder.or_(is_bad, builder.fcmp_ordered(">=", value, saturation))
        is_bad = builder.or_(is_bad, builder.fcmp_unordered(">=", size, infinity))
        return builder.zext(builder.bitcast(is_bad, ir.IntType(LANES)), ir.IntType(64))

    return types.int64(lanes, lanes, lanes, lanes), generate


@intrinsic
def clear_lanes(typing_context, value, bits):
    """Zero in the lanes whose bit is set."""

    def generate(context, builder, signature, arguments):
        value, bits = arguments
        mask = builder.trunc(bits, ir.IntType(LANES))
        mask = builder.bitcast(mask, ir.VectorType(ir.IntType(1), LANES))
        return builder.select(mask, ir.Constant(_VECTOR, None), value)

    return lanes(lanes, types.int64), generate


@intrinsic
def add_to_doubles(typing_context, array, offset, value):
    """array[offset + lane] += value of the lane, for a float64 array."""

    def generate(context, builder, signature, arguments):
        address = _address(context, builder, array, *arguments[:2])
        addend = builder.fpext(arguments[2], _DOUBLES)
        total = builder.fadd(_load(builder, address, _DOUBLES), addend)
        _store(builder, total, address)
        return context.get_dummy_value()

    return types.void(array, types.intp, lanes), generate


@intrinsic
def larger_of(typing_context, left, right):
    """The larger of two numbers in each lane; the left one where that is not a number."""

    def generate(context, builder, signature, arguments):
        less = builder.fcmp_ordered("<", *arguments)
        return builder.select(less, arguments[1], arguments[0])

    return lanes(lanes, lanes), generate


def _index(number):
    return ir.IntType(64)(number)


def _splat_of(builder, address, size):
    value = builder.load(address)
    undefined = ir.Constant(ir.VectorType(value.type, size), ir.Undefined)
    one = builder.insert_element(undefined, value, _INT32(0))
    return _shuffle(builder, one, undefined, [0] * size)


def _prefetch(builder, address):
    arguments = (address, _INT32(0), _INT32(_TO_SECOND_CACHE), _INT32(1))
    _call(builder, "llvm.prefetch.p0", ir.VoidType(), *arguments)


def _checked(builder, loaded, dtype, limits):
    """(as float32, what tells whether it is outside of the limits)."""
    size = loaded.type.count
    if isinstance(dtype, types.Float):
        value = _converted(builder, loaded, dtype)
        inside = builder.and_(
            builder.fcmp_ordered(">", value, limits[0]), builder.fcmp_ordered("<", value, limits[1])
        )
        return value, builder.not_(inside)
    integers = ir.VectorType(_INT32, size)
    if dtype.bitwidth < 32:
        extend = builder.sext if dtype.signed else builder.zext
        loaded = extend(loaded, integers)
    # Below 2**31 the two conversions agree, and machines without AVX-512 have only the signed one.
    value = builder.sitofp(loaded, ir.VectorType(_FLOAT, size))
    return value, builder.sub(loaded, limits[0])


def _merge(builder, left, right):
    if left.type.element == ir.IntType(1):
        return builder.or_(left, right)
    size = left.type.count
    return _call(builder, f"llvm.umax.v{size}i32", left.type, left, right)


def _converted(builder, loaded, dtype):
    vector = ir.VectorType(_FLOAT, loaded.type.count)
    if isinstance(dtype, types.Float):
        return loaded if dtype.bitwidth == 32 else builder.fptrunc(loaded, vector)
    convert = builder.sitofp if dtype.signed else builder.uitofp
    return convert(loaded, vector)
