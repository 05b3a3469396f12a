"""What the vectors do, number by number, against NumPy."""

import os
import subprocess
import sys

import numpy as np
import pytest
from numba import njit

from daisy_kernel.numba_kernels import simd, simd_memory

load, store = simd.load, simd.store


@pytest.fixture
def numbers():
    return np.random.default_rng(0).normal(size=(3, 16)).astype(np.float32)


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (simd.add, np.add),
        (simd.subtract, np.subtract),
        (simd.multiply, np.multiply),
        (simd.divide, np.divide),
    ],
)
def test_two_vectors_are_combined_lane_by_lane(operation, expected, numbers):
    @njit
    def call(a, b, out):
        store(out, 0, operation(load(a, 0), load(b, 0)))

    result = np.empty(16, np.float32)
    call(numbers[0], numbers[1], result)
    np.testing.assert_array_equal(result, expected(numbers[0], numbers[1]))


@pytest.mark.parametrize(
    ("operation", "signs"), [(simd.fma, (1, 1)), (simd.fnma, (-1, 1)), (simd.fms, (1, -1))]
)
def test_a_fused_product_and_sum_is_rounded_once(operation, signs, numbers):
    @njit
    def call(a, b, c, out):
        store(out, 0, operation(load(a, 0), load(b, 0), load(c, 0)))

    result = np.empty(16, np.float32)
    call(*numbers, result)
    a, b, c = numbers.astype(np.float64)  # the product of two float32 is exact there
    np.testing.assert_array_equal(result, (signs[0] * a * b + signs[1] * c).astype(np.float32))


def test_numbers_are_picked_from_a_table_of_32(numbers):
    @njit
    def call(table, index, out):
        low, high = simd_memory.neighbours(table, 5, load(index, 0))
        store(out, 0, low)
        store(out, 16, high)

    table = np.random.default_rng(1).random(40).astype(np.float32)
    for slope in (-1, -0.9, -0.3, 0, 0.2, 0.95, 1):
        for start in (15, 15.4, 15.99):
            index = np.floor(start + slope * np.arange(16)).astype(int).clip(0, 30)
            result = np.empty(32, np.float32)
            call(table, index.astype(np.float32), result)
            np.testing.assert_array_equal(result, np.r_[table[5 + index], table[6 + index]])


def test_truncation_selection_and_exponents(numbers):
    @njit
    def call(a, b, out):
        x, y = load(a, 0), load(b, 0)
        store(out, 0, simd.truncate(x))
        store(out, 16, simd.where_less(x, y, y, simd.zero()))
        store(out, 32, simd.alternate(x, y))
        mantissa, exponent = simd.split_exponent(simd.multiply(x, x))
        store(out, 48, mantissa)
        store(out, 64, exponent)

    a, b = 5 * numbers[0], numbers[1]
    a[3] = -b[5]
    result = np.empty((5, 16), np.float32)
    call(a, b, result.reshape(-1))
    np.testing.assert_array_equal(result[0], np.trunc(a))
    np.testing.assert_array_equal(result[1], np.where(a < b, b, 0))
    np.testing.assert_array_equal(result[2], np.where(np.arange(16) % 2, b, a))
    np.testing.assert_array_equal(result[3] * 2.0 ** result[4], a * a)
    assert np.all((result[3] >= 0.7071) & (result[3] <= 1.4143))


def test_sixteen_rows_become_columns():
    @njit
    def call(source, out):
        simd_memory.transpose(source, 3, 40, out, 5, 50)

    source = np.random.default_rng(0).random(1000).astype(np.float32)
    out = np.zeros(1000, np.float32)
    call(source, out)
    expected = np.zeros(1000, np.float32)
    for i in range(16):
        expected[5 + 50 * i : 21 + 50 * i] = source[3 + i : 3 + i + 16 * 40 : 40][:16]
    np.testing.assert_array_equal(out, expected)


def test_numbers_in_turn_are_taken_apart_and_put_together(numbers):
    @njit
    def call(source, out):
        a, b, c, d = simd_memory.load_every_fourth(source, 1)
        store(out, 0, a)
        store(out, 16, b)
        store(out, 32, c)
        store(out, 48, d)
        simd_memory.store_in_turn(out, 64, b, d)

    source = np.arange(70, dtype=np.float32)
    out = np.empty(96, np.float32)
    call(source, out)
    np.testing.assert_array_equal(out[:64].reshape(4, 16), source[1:65].reshape(16, 4).T)
    np.testing.assert_array_equal(out[64:], np.stack((out[16:32], out[48:64]), axis=1).ravel())


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8"])
@pytest.mark.parametrize("count", [16, 5, 0])
def test_pixels_of_any_type_are_read_and_no_more_than_asked_for(dtype, count):
    @njit
    def call(pixels, offset, count, out):
        simd_memory.store_pixels(out, 1, count, simd_memory.load_pixels(pixels, offset, count))

    low = 0 if dtype[0] == "u" else -100
    pixels = np.random.default_rng(0).integers(low, 100, 3 + count).astype(dtype)
    out = np.full(20, -7, np.float32)
    call(pixels, 3 * pixels.itemsize, count, out)
    np.testing.assert_array_equal(out, np.r_[-7, pixels[3:], np.full(19 - count, -7)])


CODE = """
import sys
import numpy as np
from daisy_kernel.numba_kernels import fbp_reconstruct, minus_log
sinograms = np.load(sys.argv[1])
slices = fbp_reconstruct(sinograms, np.arange(5) / 2, 9.3)
np.savez(sys.argv[2], slices=slices, logarithms=minus_log(sinograms))
"""


def test_a_machine_without_wide_registers_gives_the_same_bits(tmp_path):
    np.save(tmp_path / "in.npy", np.random.default_rng(0).random((5, 1, 21), np.float32))
    results = []
    for cpu in ({}, {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}):
        subprocess.run(
            [sys.executable, "-c", CODE, tmp_path / "in.npy", tmp_path / "out.npz"],
            env=os.environ | cpu,
            check=True,
        )
        with np.load(tmp_path / "out.npz") as out:
            results.append(dict(out))
    for name, values in results[0].items():
        np.testing.assert_array_equal(values, results[1][name])
