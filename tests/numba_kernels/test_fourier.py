"""Gridding against the sum that it approximates, term by term."""

import numpy as np
import pytest

from daisy_kernel.numba_kernels import fourier_reconstruct
from daisy_kernel.numba_kernels.spectrum import axis_response, padded_length


def exact_sum(sinograms, angles, centre, filter_name):
    """All frequencies of all projections at every pixel, in float64, zero beyond the detector."""
    n_angle, n_row, n_col = sinograms.shape
    n_sample = padded_length(n_col, centre)
    response = axis_response(filter_name, n_sample, n_angle, np.array([centre]))[0]
    # Negative frequencies by twice the real part: those at both ends exist only once.
    response = response * np.r_[1, np.full(n_sample // 2 - 1, 2), 1]
    frequency = np.arange(n_sample // 2 + 1) / n_sample
    y, x = np.mgrid[:n_col, :n_col] - (n_col - 1) / 2
    volume = np.zeros((n_row, n_col, n_col))
    for projection, angle in zip(sinograms, angles, strict=True):
        column = x * np.cos(angle) - y * np.sin(angle)
        waves = np.exp(2j * np.pi * column[..., np.newaxis] * frequency)
        spectra = np.fft.rfft(projection, n_sample, axis=1) * response
        volume += np.einsum("yxk,rk->ryx", waves, spectra).real
    return volume


@pytest.mark.parametrize(
    ("n_angle", "n_col", "centre"),
    [(12, 16, 7.2), (20, 33, 16.0), (40, 48, 30.3), (5, 7, 0.0), (30, 64, 31.5), (33, 81, 39.0)],
)
@pytest.mark.parametrize("filter_name", ["ramp", "shepp"])
def test_every_pixel_agrees_with_the_exact_sum(n_angle, n_col, centre, filter_name):
    rng = np.random.default_rng(n_col)
    sinograms = rng.normal(size=(n_angle, 2, n_col))
    # All four quadrants, and the rays that lie on the axes of the grid.
    angles = np.r_[0, np.pi / 2, np.pi, -np.pi / 2, rng.uniform(-4, 8, n_angle - 4)]
    exact = exact_sum(sinograms, angles, centre, filter_name)
    volume = fourier_reconstruct(sinograms, angles, centre, filter_name=filter_name, padding="zero")
    assert np.abs(volume - exact).max() < 7e-4 * np.abs(exact).max()
    assert np.sqrt(np.mean((volume - exact) ** 2)) < 3e-4 * np.sqrt(np.mean(exact**2))


@pytest.mark.parametrize(
    ("n_col", "centre"), [(1, 0.0), (2, 0.5), (64, 31.5), (64, 0.0), (65, 64.0), (640, 295.75)]
)
def test_the_padding_leaves_room_for_the_detector_and_the_offset_of_the_axis(n_col, centre):
    n_sample = padded_length(n_col, centre)
    assert n_sample % 2 == 0
    assert n_sample >= 2 * (n_col + abs(centre - (n_col - 1) / 2)) - 1e-6
