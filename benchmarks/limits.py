"""What this machine can do at best: memory bandwidth and arithmetic, measured by small kernels."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

_BYTES = 96 * 2**20
"""Per thread: more than caches hold."""
_VECTORS = 12
"""Independent sums: an FMA takes four cycles and two are begun in each."""
_LANES = 16
_STEPS = 20_000_000


@dataclass(frozen=True)
class Limits:
    """Of so many threads together."""

    threads: int
    read: float
    """Bytes per second that can be read from memory."""
    copy: float
    """Bytes per second, read and written, when one array is copied over another."""
    flops: float
    """float32 operations per second; a fused multiply-add counts as two."""

    def as_json(self) -> dict[str, float]:
        """Plain numbers."""
        return asdict(self)


def measure_limits(threads: int, *, repeats: int = 5) -> Limits:
    """The best of some repeats, because a limit is what is possible."""
    blocks = [np.ones(_BYTES // 4, np.float32) for _ in range(threads)]
    copies = [np.zeros_like(block) for block in blocks]
    with ThreadPoolExecutor(threads) as pool:

        def best(work: Callable[[int], object]) -> float:
            times = []
            for _ in range(repeats + 1):
                began = time.perf_counter()
                list(pool.map(work, range(threads)))
                times.append(time.perf_counter() - began)
            return min(times[1:])

        read = best(lambda k: read_through(blocks[k].view(np.int64)))
        copy = best(lambda k: _copy(blocks[k], copies[k]))
        multiply_add = best(lambda k: _multiply_add(_STEPS))
    flop = 2 * _VECTORS * _LANES * _STEPS
    return Limits(
        threads=threads,
        read=threads * _BYTES / read,
        copy=2 * threads * _BYTES / copy,
        flops=threads * flop / multiply_add,
    )


@njit(nogil=True, cache=True)
def read_through(words):
    """The sum of int64 numbers: every byte is read, and no counts are too odd to be added fast."""
    total = np.int64(0)
    for k in range(words.size):
        total += words[k]
    return total


@njit(nogil=True, cache=True)
def _copy(values, out):
    for k in range(values.size):
        out[k] = values[k]


@njit(nogil=True, cache=True)
def _multiply_add(steps):
    return _fma_chains(steps, np.float32(0.999), np.float32(0.001))


@intrinsic
def _fma_chains(typing_context, steps, factor, summand):
    """Sums in registers, x = x * factor + summand, as often as told; their total."""
    signature = types.float32(types.int64, types.float32, types.float32)

    def generate(context, builder, signature, arguments):
        count, factor, summand = arguments
        vector = ir.VectorType(ir.FloatType(), _LANES)
        fma = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(vector, [vector] * 3), f"llvm.fma.v{_LANES}f32"
        )
        factors, summands = (_splat(builder, vector, value) for value in (factor, summand))
        # Stack slots of a fixed number become registers.
        sums = [
            cgutils.alloca_once_value(builder, ir.Constant(vector, [float(k)] * _LANES))
            for k in range(_VECTORS)
        ]
        with cgutils.for_range(builder, count):
            for slot in sums:
                value = builder.call(fma, [builder.load(slot), factors, summands])
                builder.store(value, slot)
        total = builder.load(sums[0])
        for slot in sums[1:]:
            total = builder.fadd(total, builder.load(slot))
        result = builder.extract_element(total, ir.IntType(32)(0))
        for lane in range(1, _LANES):
            result = builder.fadd(result, builder.extract_element(total, ir.IntType(32)(lane)))
        return result

    return signature, generate


def _splat(builder, vector, value):
    result = ir.Constant(vector, ir.Undefined)
    for lane in range(_LANES):
        result = builder.insert_element(result, value, ir.IntType(32)(lane))
    return result
