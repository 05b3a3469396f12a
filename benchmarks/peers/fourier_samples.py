"""What a non-uniform FFT needs to reconstruct: positions and values in the Fourier plane."""

from __future__ import annotations

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from benchmarks.peers.reconstructor import Geometry, Sinograms
from daisy_kernel.numba_kernels import reconstruction_filter

ACCURACY = 1e-3
"""Asked of the non-uniform FFT; as good as Daisy's gridding. The error that results stands in the
table."""


class FourierSamples:
    """The filtered spectra of pairs of projections, and where they lie.

    Two slices travel as real and imaginary part of one complex slice, so that nothing is computed
    twice: the strongest use of these libraries that we know. All that depends on the geometry
    alone is computed in advance.

    Attributes
    ----------
    y, x : (n_angle * n_sample,) [rad per pixel]
    """

    def __init__(self, geometry: Geometry):
        n, angles = geometry.n, geometry.angles_rad
        self._n_sample = 2 * scipy.fft.next_fast_len(n)
        frequency = scipy.fft.fftfreq(self._n_sample)
        cosine, sine = np.cos(angles)[:, np.newaxis], np.sin(angles)[:, np.newaxis]
        # The grids of these libraries count from pixel n // 2; the axis is at (n - 1) / 2.
        beside = n // 2 - (n - 1) / 2
        shift = geometry.centre + beside * (cosine - sine)
        half = reconstruction_filter("ramp", self._n_sample)
        gain = np.concatenate((half, half[-2:0:-1])) * (np.pi / len(angles) / self._n_sample)
        self._response = (gain * np.exp(2j * np.pi * frequency * shift)).astype(np.complex64)
        self.y = (-2 * np.pi * sine * frequency).ravel().astype(np.float32)
        self.x = (2 * np.pi * cosine * frequency).ravel().astype(np.float32)

    def values(self, sinograms: Sinograms) -> NDArray[np.complex64]:
        """(n_slice / 2, n_angle * n_sample) from an even number of sinograms."""
        n_angle, n_slice, n = sinograms.shape
        pairs = np.zeros((n_slice // 2, n_angle, self._n_sample), np.complex64)
        pairs.real[..., :n] = np.moveaxis(sinograms[:, 0::2], 1, 0)
        pairs.imag[..., :n] = np.moveaxis(sinograms[:, 1::2], 1, 0)
        spectra = scipy.fft.fft(pairs, axis=2, overwrite_x=True)
        spectra *= self._response
        return spectra.reshape(n_slice // 2, -1)


def slices_of_pairs(pairs: NDArray[np.complex64]) -> NDArray[np.float32]:
    """(n_slice, n, n) from complex slices (n_slice / 2, n, n)."""
    n_pair, n, _ = pairs.shape
    volume = np.empty((2 * n_pair, n, n), np.float32)
    volume[0::2], volume[1::2] = pairs.real, pairs.imag
    return volume
