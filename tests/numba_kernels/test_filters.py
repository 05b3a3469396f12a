from itertools import pairwise

import numpy as np
import pytest

from daisy_kernel.numba_kernels import reconstruction_filter

NAMES = ["ramp", "shepp", "cosine", "hamming", "hann", "parzen"]


@pytest.mark.parametrize("n", [1, 2, 3, 8, 15, 64])
def test_the_ramp_is_the_transform_of_the_band_limited_kernel(n):
    kernel = np.zeros(n)
    for i in range(n):
        distance = min(i, n - i)
        if distance % 2:
            kernel[i] = -1 / (np.pi * distance) ** 2
    kernel[0] = 0.25
    expected = [
        sum(kernel[i] * np.cos(2 * np.pi * i * k / n) for i in range(n)) for k in range(n // 2 + 1)
    ]
    np.testing.assert_allclose(reconstruction_filter("ramp", n), expected, atol=1e-12)


def test_the_ramp_is_the_frequency_but_keeps_the_mean():
    n = 1024
    ramp = reconstruction_filter("ramp", n)
    np.testing.assert_allclose(ramp, np.arange(n // 2 + 1) / n, atol=0.3 / n)
    assert 0 < ramp[0] < 0.3 / n


def test_each_filter_lets_less_through_than_the_one_before():
    responses = [reconstruction_filter(name, 256) for name in NAMES]
    for sharper, smoother in pairwise(responses):
        assert smoother.sum() < sharper.sum()
        assert np.all(smoother <= responses[0] + 1e-15)
        np.testing.assert_allclose(smoother[:4], responses[0][:4], rtol=1e-2)


@pytest.mark.parametrize(
    ("name", "at_quarter", "at_half"),
    [
        ("ramp", 1, 1),
        ("shepp", np.sqrt(8) / np.pi, 2 / np.pi),
        ("cosine", np.sqrt(0.5), 0),
        ("hamming", 0.54, 0.08),
        ("hann", 0.5, 0),
        ("parzen", 0.25, 0),
    ],
)
def test_windows_have_their_textbook_values(name, at_quarter, at_half):
    window = reconstruction_filter(name, 256) / reconstruction_filter("ramp", 256)
    np.testing.assert_allclose(window[[0, 64, 128]], [1, at_quarter, at_half], atol=1e-12)


def test_unknown_names_and_sizes_are_refused():
    with pytest.raises(ValueError, match="'ramlak'; known are ramp, shepp"):
        reconstruction_filter("ramlak", 8)
    with pytest.raises(ValueError, match="0 samples"):
        reconstruction_filter("ramp", 0)
