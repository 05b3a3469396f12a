"""Sixteen numbers at a time between memory and vectors, in other orders and types; see `simd`."""

from __future__ import annotations

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from daisy_kernel.numba_kernels.simd import (
    _FLOAT,
    _INT32,
    _INTEGERS,
    _VECTOR,
    LANES,
    _address,
    _call,
    _has,
    _load,
    _shuffle,
    _splat,
    _store,
    lanes,
)


@intrinsic
def transpose(typing_context, source, offset, stride, out, out_offset, out_stride):
    """out[out_offset + i * out_stride + j] = source[offset + j * stride + i], i and j below 16."""

    def generate(context, builder, signature, arguments):
        offset, stride, out_offset, out_stride = (arguments[i] for i in (1, 2, 4, 5))
        start = _address(context, builder, source, arguments[0], offset)
        end = _address(context, builder, out, arguments[3], out_offset)
        rows = []
        for row in range(LANES):
            step = builder.mul(stride, ir.Constant(stride.type, row))
            rows.append(_load(builder, builder.gep(start, [step])))
        for column, values in enumerate(_transposed(builder, rows)):
            step = builder.mul(out_stride, ir.Constant(out_stride.type, column))
            _store(builder, values, builder.gep(end, [step]))
        return context.get_dummy_value()

    place = (types.intp, types.intp)
    return types.void(source, *place, out, *place), generate


def _transposed(builder, rows):
    """As many vectors as each has lanes, 16 or 8, the other way round.

    Rounds bring together what is 8 and 4 rows apart: after a round with distance d, the bit of the
    row number with weight d and that of the column number have changed places. What remains are
    squares of four, which machines turn by interleaving twice.
    """
    distance = len(rows)
    while distance > 4:
        distance //= 2
        rows = _exchanged(builder, rows, distance)
    for _ in range(2):
        rows = _interleaved(builder, rows)
    return rows


def _exchanged(builder, rows, distance):
    size = len(rows)
    blocks = range(0, size, 2 * distance)
    low_picks, high_picks = [], []
    for block in blocks:
        low_picks += [block + i for i in range(distance)]
        low_picks += [size + block + i for i in range(distance)]
        high_picks += [block + distance + i for i in range(distance)]
        high_picks += [size + block + distance + i for i in range(distance)]
    swapped = list(rows)
    for row in [block + i for block in blocks for i in range(distance)]:
        pair = rows[row], rows[row + distance]
        swapped[row] = _shuffle(builder, *pair, low_picks)
        swapped[row + distance] = _shuffle(builder, *pair, high_picks)
    return swapped


def _interleaved(builder, rows):
    """Rows k and k + 2 of each four become 2 k and 2 k + 1, in turn within each four lanes."""
    size = len(rows)
    low = [4 * (i // 4) + i % 4 // 2 + size * (i % 2) for i in range(size)]
    high = [pick + 2 for pick in low]
    result = []
    for block in range(0, size, 4):
        for row in (block, block + 1):
            pair = rows[row], rows[row + 2]
            result += [_shuffle(builder, *pair, low), _shuffle(builder, *pair, high)]
    return result


@intrinsic
def load_every_fourth(typing_context, array, offset):
    """Four vectors: array[offset + k::4] for k = 0, 1, 2, 3."""

    def generate(context, builder, signature, arguments):
        address = _address(context, builder, array, *arguments)
        parts = [_load(builder, builder.gep(address, [_INT32(part * LANES)])) for part in range(4)]
        halves = [
            _shuffle(builder, *parts[i : i + 2], list(range(start, 2 * LANES, 2)))
            for start in (0, 1)
            for i in (0, 2)
        ]
        even, odd = halves[:2], halves[2:]
        quarters = [
            _shuffle(builder, *pair, list(range(start, 2 * LANES, 2)))
            for start in (0, 1)
            for pair in (even, odd)
        ]
        return context.make_tuple(builder, signature.return_type, quarters)

    return types.UniTuple(lanes, 4)(array, types.intp), generate


@intrinsic
def store_in_turn(typing_context, array, offset, first, second):
    """Write first[0], second[0], first[1], ... to array[offset:], 32 numbers."""

    def generate(context, builder, signature, arguments):
        address = _address(context, builder, array, *arguments[:2])
        for part in (0, 1):
            start = part * LANES // 2
            picks = [start + i // 2 + LANES * (i % 2) for i in range(LANES)]
            values = _shuffle(builder, *arguments[2:], picks)
            _store(builder, values, builder.gep(address, [_INT32(part * LANES)]))
        return context.get_dummy_value()

    return types.void(array, types.intp, lanes, lanes), generate


@intrinsic
def load_pixels(typing_context, images, offset, count):
    """Up to sixteen pixels of any real type, `offset` in bytes, as float32.

    With `count` below 16 the other lanes are zero and their memory is not touched.
    """

    def generate(context, builder, signature, arguments):
        address = _address(context, builder, images, *arguments[:2], bytewise=True)
        element = context.get_data_type(images.dtype)
        vector = ir.VectorType(element, LANES)
        address = builder.bitcast(address, vector.as_pointer())
        zeros = ir.Constant(vector, None)
        name = f"llvm.masked.load.{_suffix(images.dtype)}.p0"
        align = _INT32(1)
        loaded = _call(builder, name, vector, address, align, _mask(builder, arguments[2]), zeros)
        if isinstance(images.dtype, types.Float):
            if images.dtype.bitwidth == 32:
                return loaded
            return builder.fptrunc(loaded, _VECTOR)
        convert = builder.sitofp if images.dtype.signed else builder.uitofp
        return convert(loaded, _VECTOR)

    return lanes(images, types.intp, types.intp), generate


@intrinsic
def store_pixels(typing_context, array, offset, count, value):
    """Write the first `count` lanes to array[offset:], `offset` in elements."""

    def generate(context, builder, signature, arguments):
        array_value, offset_value, count_value, value = arguments
        address = _address(context, builder, array, array_value, offset_value)
        address = builder.bitcast(address, _VECTOR.as_pointer())
        mask = _mask(builder, count_value)
        name = f"llvm.masked.store.v{LANES}f32.p0"
        _call(builder, name, ir.VoidType(), value, address, _INT32(1), mask)
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp, lanes), generate


def _suffix(dtype):
    kind = "f" if isinstance(dtype, types.Float) else "i"
    return f"v{LANES}{kind}{dtype.bitwidth}"


def _mask(builder, count):
    """Lanes below `count`."""
    integers = ir.VectorType(count.type, LANES)
    undefined = ir.Constant(integers, ir.Undefined)
    one = builder.insert_element(undefined, count, _INT32(0))
    counts = _shuffle(builder, one, undefined, [0] * LANES)
    numbers = ir.Constant(integers, list(range(LANES)))
    return builder.icmp_signed("<", numbers, counts)


@intrinsic
def neighbours(typing_context, array, offset, index):
    """(array[offset + index], array[offset + index + 1]) for integers 0 <= index <= 30.

    From lane to lane the index grows by at most one, or falls by at most one, throughout. Reads
    array[offset:offset + 32] whatever the index.
    """

    def generate(context, builder, signature, arguments):
        address = _address(context, builder, array, *arguments[:2])
        first = builder.fptosi(arguments[2], _INTEGERS)
        one = ir.Constant(_INTEGERS, [1] * LANES)
        # Picking from registers is much faster than gathering from memory.
        if _has(context, "avx512f"):
            low = builder.bitcast(_load(builder, address), _VECTOR)
            high = _load(builder, builder.gep(address, [_INT32(LANES)]))
            name = "llvm.x86.avx512.vpermi2var.ps.512"
            indices = (first, builder.add(first, one))
            pair = [_call(builder, name, _VECTOR, low, i, high) for i in indices]
        elif _has(context, "avx2"):
            halves = [_half_neighbours(builder, address, first, half) for half in (0, 8)]
            pair = [_shuffle(builder, *both, range(LANES)) for both in zip(*halves, strict=True)]
        else:
            pair = [_gather(builder, address, i) for i in (first, builder.add(first, one))]
        return context.make_tuple(builder, signature.return_type, pair)

    return types.UniTuple(lanes, 2)(array, types.intp, lanes), generate


def _half_neighbours(builder, address, index, start):
    """Those of eight lanes, which lie within eight numbers from the lowest on."""
    ends = [builder.extract_element(index, _INT32(start + lane)) for lane in (0, 7)]
    lowest = builder.select(builder.icmp_signed("<", *ends), *ends)
    picks = _shuffle(builder, index, index, range(start, start + 8))
    base = _shuffle(builder, _splat(builder, lowest, _INTEGERS), index, range(8))
    picks = builder.sub(picks, base)
    eight = ir.VectorType(_FLOAT, 8)
    found = []
    for away in (0, 1):
        place = builder.gep(address, [builder.add(lowest, _INT32(away))])
        numbers = _load(builder, place, eight)
        found.append(_call(builder, "llvm.x86.avx2.permps", eight, numbers, picks))
    return found


def _gather(builder, address, index):
    result = ir.Constant(_VECTOR, ir.Undefined)
    for lane in range(LANES):
        place = builder.gep(address, [builder.extract_element(index, _INT32(lane))])
        result = builder.insert_element(result, builder.load(place), _INT32(lane))
    return result
