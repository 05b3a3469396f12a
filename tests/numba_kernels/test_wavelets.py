import numpy as np
import pytest

from daisy_kernel.numba_kernels.wavelets import daubechies, decompose, recompose


@pytest.mark.parametrize("order", [1, 2, 5, 9])
def test_the_filter_is_orthogonal_and_has_its_vanishing_moments(order):
    taps = np.array(daubechies(order))
    assert len(taps) == 2 * order
    for shift in range(order):
        product = np.dot(taps[2 * shift :], taps[: len(taps) - 2 * shift])
        assert abs(product - (shift == 0)) < 1e-7
    k = np.arange(len(taps))
    wavelet = (-1.0) ** k * taps[::-1]
    for moment in range(min(order, 4)):
        assert abs(np.sum((k / len(taps)) ** moment * wavelet)) < 1e-7


def test_the_filter_of_order_two_is_the_published_one():
    root = np.sqrt(3)
    published = np.array([1 + root, 3 + root, 3 - root, 1 - root]) / (4 * np.sqrt(2))
    taps = np.array(daubechies(2))
    assert min(np.abs(taps - published).max(), np.abs(taps[::-1] - published).max()) < 1e-12


def test_what_is_taken_apart_can_be_put_together():
    image = np.random.default_rng(1).random((24, 36)).astype(np.float32)
    taps = daubechies(5)
    coarse, details = decompose(image, taps)
    assert coarse.shape == (12, 18)
    np.testing.assert_allclose(recompose(coarse, details, taps), image, atol=2e-6)


def test_vertical_lines_are_fine_along_x_only():
    image = np.zeros((32, 32))
    image[:, 7] = 1
    _, (fine_x, fine_y, fine_xy) = decompose(image, daubechies(3))
    assert np.abs(fine_x).max() > 0.1
    assert np.abs(fine_y).max() < 1e-9
    assert np.abs(fine_xy).max() < 1e-9
