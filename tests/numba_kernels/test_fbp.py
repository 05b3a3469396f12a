"""Back-projection against the sum over all projections, pixel by pixel."""

import numpy as np
import pytest

from daisy_kernel.numba_kernels import fbp_reconstruct
from daisy_kernel.numba_kernels.scratch import scratch
from daisy_kernel.numba_kernels.spectrum import axis_response, padded_length


def plain(sinograms, angles, centre, filter_name):
    """The same in float64: filter, then interpolate between samples half a pixel apart if even."""
    n_angle, n_row, n_col = sinograms.shape
    n_sample = padded_length(n_col, centre)
    axis = (n_col - 1) / 2
    shift = axis % 1
    response = axis_response(filter_name, n_sample, n_angle, np.array([centre - shift]))[0]
    # NumPy divides by the length, as the response does already.
    spectra = np.fft.rfft(sinograms, n_sample, axis=2) * response * n_sample
    filtered = np.fft.irfft(spectra, n_sample, axis=2)
    y, x = np.mgrid[:n_col, :n_col] - axis
    volume = np.zeros((n_row, n_col, n_col))
    for projection, angle in zip(filtered, angles, strict=True):
        position = x * np.cos(angle) - y * np.sin(angle) + shift
        sample = np.floor(position).astype(int)
        part = position - sample
        low, high = projection[:, sample % n_sample], projection[:, (sample + 1) % n_sample]
        volume += low + part * (high - low)
    return volume


@pytest.mark.parametrize(
    ("n_angle", "n_col", "centre"),
    [(5, 7, 0.0), (20, 16, 7.2), (70, 33, 16.0), (90, 48, 30.3), (131, 65, 31.5), (5, 1, 0.0)],
)
@pytest.mark.parametrize("n_row", [1, 4, 17])
def test_every_pixel_agrees_with_the_plain_sum(n_angle, n_col, centre, n_row):
    rng = np.random.default_rng(n_col)
    sinograms = rng.normal(size=(n_angle, n_row, n_col))
    angles = np.r_[0, np.pi / 2, np.pi, -np.pi / 2, rng.uniform(-4, 8, n_angle - 4)]
    expected = plain(sinograms, angles, centre, "ramp")
    volume = fbp_reconstruct(sinograms, angles, centre, filter_name="ramp", padding="zero")
    # On the axes of the grid the position is a whole number up to rounding, where the slope jumps
    # but the value does not.
    assert np.abs(volume - expected).max() < 5e-6 * np.abs(expected).max()


def test_scratch_memory_is_reused_kept_aligned_and_given_back_when_large():
    first = scratch.floats("a test", 1000)
    assert first.ctypes.data % 64 == 0
    assert scratch.floats("a test", 500).ctypes.data == first.ctypes.data
    assert scratch.floats("a test", 2000).size == 2000
    scratch.trim()
    assert scratch.floats("a test", 10).base is not None
    scratch.floats("a large test", 2**28)
    scratch.trim()
    assert not scratch._arrays
