"""Vectors of sixteen float32 inside compiled loops.

A loop over sixteen slices (or angles, rows, pixels) that the compiler is free to vectorise is often
not vectorised, or not over those sixteen. Here it is said outright: a `Lanes` value holds sixteen
numbers, an operation on it is one operation on each, and nothing depends on which lane a number
sits in. Products and sums are fused only where `fma` and its kin say so, so that every machine and
every arrangement of the lanes gives the same bits. LLVM splits the vectors on machines whose
registers are narrower.

The functions can be called only from compiled code. Arrays are flat, C-contiguous float32 unless
something else is said; offsets count elements and are not checked.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel import PrimitiveModel
from numba.extending import intrinsic, register_model

LANES = 16
"""Numbers in a vector: one register of AVX-512, two of AVX2, four of NEON."""

_FLOAT, _INT32 = ir.FloatType(), ir.IntType(32)
_VECTOR = ir.VectorType(_FLOAT, LANES)
_INTEGERS = ir.VectorType(_INT32, LANES)
_MASK = ir.VectorType(ir.IntType(1), LANES)


class Lanes(types.Type):
    """The numba type of sixteen float32."""

    def __init__(self) -> None:
        super().__init__(name="float32x16")


@register_model(Lanes)
class _LanesModel(PrimitiveModel):
    def __init__(self, manager: Any, numba_type: Any) -> None:
        super().__init__(manager, numba_type, _VECTOR)


lanes = Lanes()


def _address(context, builder, array_type, array, offset, bytewise=False):
    data = cgutils.create_struct_proxy(array_type)(context, builder, array).data
    if bytewise:
        data = builder.bitcast(data, ir.IntType(8).as_pointer())
    return builder.gep(data, [offset])


def _load(builder, address, vector=_VECTOR):
    loaded = builder.load(builder.bitcast(address, vector.as_pointer()))
    loaded.align = 1
    return loaded


def _store(builder, value, address):
    stored = builder.store(value, builder.bitcast(address, value.type.as_pointer()))
    stored.align = 1


def _splat(builder, number, vector):
    undefined = ir.Constant(vector, ir.Undefined)
    one = builder.insert_element(undefined, number, _INT32(0))
    return _shuffle(builder, one, undefined, [0] * LANES)


def _shuffle(builder, first, second, picks):
    return builder.shuffle_vector(
        first, second, ir.Constant(ir.VectorType(_INT32, len(picks)), list(picks))
    )


def _call(builder, name, result, *arguments):
    signature = ir.FunctionType(result, [argument.type for argument in arguments])
    function = cgutils.get_or_insert_function(builder.module, signature, name)
    return builder.call(function, arguments)


def _has(context, feature):
    """Whether the machine that code is generated for has this."""
    features = context.codegen().magic_tuple()[2]
    return f"+{feature}" in features.split(",")


@intrinsic
def load(typing_context, array, offset):
    """Sixteen numbers from array[offset:]."""

    def generate(context, builder, signature, arguments):
        return _load(builder, _address(context, builder, array, *arguments))

    return lanes(array, types.intp), generate


@intrinsic
def store(typing_context, array, offset, value):
    """Write sixteen numbers to array[offset:]."""

    def generate(context, builder, signature, arguments):
        _store(builder, arguments[2], _address(context, builder, array, *arguments[:2]))
        return context.get_dummy_value()

    return types.void(array, types.intp, lanes), generate


@intrinsic
def splat(typing_context, number):
    """The same number in all lanes."""

    def generate(context, builder, signature, arguments):
        return _splat(builder, arguments[0], _VECTOR)

    return lanes(types.float32), generate


@intrinsic
def splat_at(typing_context, array, offset):
    """array[offset] in all lanes."""

    def generate(context, builder, signature, arguments):
        number = builder.load(_address(context, builder, array, *arguments))
        return _splat(builder, number, _VECTOR)

    return lanes(array, types.intp), generate


@intrinsic
def zero(typing_context):
    """Zero in all lanes."""

    def generate(context, builder, signature, arguments):
        return ir.Constant(_VECTOR, [0.0] * LANES)

    return lanes(), generate


@intrinsic
def lane_numbers(typing_context):
    """0, 1, 2, ... 15."""

    def generate(context, builder, signature, arguments):
        return ir.Constant(_VECTOR, [float(lane) for lane in range(LANES)])

    return lanes(), generate


def _elementwise(operation: str, help_text: str) -> Any:
    def declare(typing_context, left, right):
        def generate(context, builder, signature, arguments):
            return getattr(builder, operation)(*arguments)

        return lanes(lanes, lanes), generate

    declare.__doc__ = help_text
    return intrinsic(declare)


add = _elementwise("fadd", "Left + right.")
subtract = _elementwise("fsub", "Left - right.")
multiply = _elementwise("fmul", "Left * right.")
divide = _elementwise("fdiv", "Left / right.")


@intrinsic
def fma(typing_context, left, right, addend):
    """Left * right + addend, rounded once."""

    def generate(context, builder, signature, arguments):
        return _call(builder, f"llvm.fma.v{LANES}f32", _VECTOR, *arguments)

    return lanes(lanes, lanes, lanes), generate


@intrinsic
def fnma(typing_context, left, right, addend):
    """Addend - left * right, rounded once."""

    def generate(context, builder, signature, arguments):
        left_value, right_value, addend_value = arguments
        negative = builder.fneg(left_value)
        return _call(builder, f"llvm.fma.v{LANES}f32", _VECTOR, negative, right_value, addend_value)

    return lanes(lanes, lanes, lanes), generate


@intrinsic
def fms(typing_context, left, right, subtrahend):
    """Left * right - subtrahend, rounded once."""

    def generate(context, builder, signature, arguments):
        left_value, right_value, subtrahend_value = arguments
        negative = builder.fneg(subtrahend_value)
        return _call(builder, f"llvm.fma.v{LANES}f32", _VECTOR, left_value, right_value, negative)

    return lanes(lanes, lanes, lanes), generate


@intrinsic
def where_less(typing_context, left, right, then, otherwise):
    """`then` in the lanes where left < right, elsewhere (also for NaN) `otherwise`."""

    def generate(context, builder, signature, arguments):
        less = builder.fcmp_ordered("<", arguments[0], arguments[1])
        return builder.select(less, arguments[2], arguments[3])

    return lanes(lanes, lanes, lanes, lanes), generate


@intrinsic
def alternate(typing_context, even, odd):
    """The even lanes of one vector and the odd lanes of another, each in its place."""

    def generate(context, builder, signature, arguments):
        picks = [lane + LANES * (lane % 2) for lane in range(LANES)]
        return _shuffle(builder, *arguments, picks)

    return lanes(lanes, lanes), generate


@intrinsic
def truncate(typing_context, value):
    """Without the part behind the point."""

    def generate(context, builder, signature, arguments):
        return _call(builder, f"llvm.trunc.v{LANES}f32", _VECTOR, *arguments)

    return lanes(lanes), generate


@intrinsic
def store_integers(typing_context, array, offset, value):
    """Write the numbers, which must be integers, to an int32 array[offset:]."""

    def generate(context, builder, signature, arguments):
        integers = builder.fptosi(arguments[2], _INTEGERS)
        _store(builder, integers, _address(context, builder, array, *arguments[:2]))
        return context.get_dummy_value()

    return types.void(array, types.intp, lanes), generate


@intrinsic
def split_exponent(typing_context, value):
    """(mantissa between sqrt(1/2) and sqrt(2), exponent): value = mantissa * 2**exponent.

    For normal positive numbers. A bitcast, because a view of the same memory as integers and as
    floats lets the compiler reorder what must not be reordered.
    """

    def generate(context, builder, signature, arguments):
        bits = builder.bitcast(arguments[0], _INTEGERS)
        shift = ir.Constant(_INTEGERS, [23] * LANES)
        # The bits of sqrt(1/2): from there on the exponent is the nearest to the number.
        offset = ir.Constant(_INTEGERS, [0x3F3504F3] * LANES)
        exponent = builder.ashr(builder.sub(bits, offset), shift)
        mantissa = builder.sub(bits, builder.shl(exponent, shift))
        pair = (builder.bitcast(mantissa, _VECTOR), builder.sitofp(exponent, _VECTOR))
        return context.make_tuple(builder, signature.return_type, pair)

    return types.UniTuple(lanes, 2)(lanes), generate
