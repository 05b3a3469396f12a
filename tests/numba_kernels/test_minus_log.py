import numpy as np
import pytest

from daisy_kernel.numba_kernels import minus_log


def stack(values):
    return np.asarray(values).reshape(1, 1, -1)


def test_every_float_between_floor_and_twice_the_beam_is_right_to_a_millionth():
    bits = np.arange(*np.array([1e-6, 2], np.float32).view(np.int32), 97, dtype=np.int32)
    transmission = bits.view(np.float32)
    exact = -np.log(transmission.astype(np.float64))
    error = np.abs(minus_log(stack(transmission))[0, 0] - exact)
    assert np.all(error <= 1e-6 * np.maximum(1, np.abs(exact)))


@pytest.mark.parametrize("value", [1.2e-38, 3e-20, 0.70710677, 0.7071068, 1, 1.4142135, 7e30])
def test_extremes_are_right_too(value):
    exact = -np.log(np.float64(np.float32(value)))
    result = minus_log(stack([value]), floor=1.2e-38)[0, 0, 0]
    assert abs(result - exact) <= 1e-6 * max(1, abs(exact))


def test_every_kind_of_float_is_treated_right():
    bits = np.arange(0, 2**32, 1021, dtype=np.uint64).astype(np.uint32)
    transmission = np.r_[bits.view(np.float32), 0, -0.0, np.inf, -np.inf, np.nan].astype("f4")
    result = minus_log(stack(transmission), floor=1.2e-38)[0, 0]
    with np.errstate(invalid="ignore"):
        exact = -np.log(np.maximum(transmission.astype(np.float64), np.float32(1.2e-38)))
    finite = np.isfinite(exact)
    np.testing.assert_array_equal(result[~finite], exact[~finite])
    error = np.abs(result[finite] - exact[finite])
    assert np.all(error <= 1e-6 * np.maximum(1, np.abs(exact[finite])))


def test_what_is_below_the_floor_counts_as_the_floor():
    result = minus_log(stack([-np.inf, -1, -0.0, 0, 1e-9, 1e-3, 0.5]), floor=1e-3)[0, 0]
    np.testing.assert_allclose(result, [np.log(1000)] * 6 + [np.log(2)], rtol=1e-6)


def test_nan_stays_nan_and_infinite_light_is_minus_infinity():
    result = minus_log(stack([np.nan, np.inf, 1]))[0, 0]
    assert np.isnan(result[0])
    assert result[1:].tolist() == [-np.inf, 0]


@pytest.mark.parametrize("dtype", ["f4", ">f4", "f8", "u2", "i8", "?"])
def test_any_real_type_is_accepted(dtype):
    transmission = np.ones((2, 3, 4), dtype)
    transmission[1] = 0
    result = minus_log(transmission)
    assert result.dtype == np.float32
    assert np.all(result[0] == 0)
    np.testing.assert_allclose(result[1], -np.log(1e-6), rtol=1e-6)


def test_the_bits_do_not_depend_on_the_place_in_the_block():
    transmission = np.random.default_rng(0).random((3, 5, 37)).astype(np.float32)
    whole = minus_log(transmission)
    for start in range(37):
        part = minus_log(transmission[1:, 2:4, start:])
        np.testing.assert_array_equal(part, whole[1:, 2:4, start:])


@pytest.mark.parametrize("floor", [0, -1, np.nan, np.inf, 1e-60])
def test_a_floor_that_is_no_positive_float_is_refused(floor):
    with pytest.raises(ValueError, match="floor is"):
        minus_log(stack([1.0]), floor=floor)


def test_the_tooth_agrees_with_tomopy(tomopy_tooth):
    np.testing.assert_allclose(
        minus_log(tomopy_tooth("normalize")), tomopy_tooth("minus_log"), atol=2e-6
    )
