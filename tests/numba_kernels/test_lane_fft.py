import numpy as np
import pytest

from daisy_kernel.numba_kernels.lane_fft import transform, transform_plan

LENGTHS = [1, 2, 3, 4, 5, 6, 8, 15, 30, 48, 75, 128, 540, 1280, 2048]


def in_lanes(numbers):
    """(n, 16) complex as the flat floats that `transform` reads."""
    return np.stack((numbers.real, numbers.imag), axis=1).astype(np.float32).ravel()


def transformed(numbers, inverse):
    n = len(numbers)
    plan = transform_plan(n)
    signal, other = in_lanes(numbers), np.full(32 * n, np.nan, np.float32)
    in_other = transform(signal, other, plan.radices, plan.twiddles, n, inverse)
    result = (other if in_other else signal).reshape(n, 2, 16)
    return result[:, 0] + 1j * result[:, 1]


def random_numbers(n):
    rng = np.random.default_rng(n)
    return (rng.normal(size=(n, 16)) + 1j * rng.normal(size=(n, 16))).astype(np.complex64)


@pytest.mark.parametrize("n", LENGTHS)
def test_every_point_of_every_lane_agrees_with_numpy(n):
    numbers = random_numbers(n)
    for inverse, numpy_transform in ((False, np.fft.fft), (True, np.fft.ifft)):
        expected = numpy_transform(numbers, axis=0, norm="forward" if inverse else "backward")
        error = np.abs(transformed(numbers, inverse) - expected).max()
        assert error < 1e-6 * np.abs(expected).max()


def test_the_bits_of_a_lane_depend_neither_on_its_place_nor_on_the_others():
    numbers = random_numbers(360)
    expected = transformed(numbers, inverse=False)
    order = np.random.default_rng(0).permutation(16)
    mixed = numbers[:, order]
    mixed[:, 3] = np.nan
    kept = np.arange(16) != 3
    result = transformed(mixed, inverse=False)
    np.testing.assert_array_equal(result[:, kept], expected[:, order[kept]])
    assert np.isnan(result[:, 3]).all()


def test_a_length_with_another_prime_factor_is_refused():
    with pytest.raises(ValueError, match="14 samples cannot be transformed: only products of 2"):
        transform_plan(14)
