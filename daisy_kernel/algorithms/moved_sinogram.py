"""Sinograms whose samples are moved by parts of a pixel, for back ends that cannot do it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def moved_sinogram(sinogram: NDArray[np.float32], by: ArrayLike) -> NDArray[np.float32]:
    """Every projection of a slice, moved towards higher columns.

    Parameters
    ----------
    sinogram : (n_angle, n_col)
    by : scalar or (n_angle,) [column]

    Returns
    -------
    sinogram : (n_angle, n_col)

    Notes
    -----
    In Fourier space, where no sharpness is lost. The line from the first to the last value is
    taken out before and moved apart, so that the two ends of a projection, which are neighbours
    there, do not ring.
    """
    n_col = sinogram.shape[1]
    shifts = np.reshape(by, (-1, 1)).astype(np.float64)
    first = sinogram[:, :1].astype(np.float64)
    slope = (sinogram[:, -1:] - first) / max(n_col - 1, 1)
    columns = np.arange(n_col)
    waves = np.fft.rfft(sinogram - (first + slope * columns))
    waves *= np.exp(-2j * np.pi * shifts * np.arange(waves.shape[1]) / n_col)
    moved = np.fft.irfft(waves, n_col) + first + slope * (columns - shifts)
    return moved.astype(np.float32)
