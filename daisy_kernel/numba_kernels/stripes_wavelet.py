"""Stripes as what is constant along the angles in the fine details of a sinogram."""

from __future__ import annotations

from math import ceil, log2
from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from daisy_kernel.numba_kernels.sinogram_rows import Sinogram, treat_rows
from daisy_kernel.numba_kernels.wavelets import daubechies, decompose, recompose

_TAPS = daubechies(9)
_SHIFTS = 4  # averaged, because where a stripe lies on the grid of the wavelets is chance


def remove_stripes_wavelet(
    sinograms: NDArray[Any], *, level: int = 3, sigma: float = 1.0
) -> NDArray[np.float32]:
    """Sinograms without what changes quickly along the columns and slowly with the angle.

    Parameters
    ----------
    sinograms : (n_angle, n_row, n_col) [1]
        Line integrals; any real type. Each row is treated alone.
    level
        Stripes up to about 2**level columns wide are removed, and what looks like them.
    sigma : [cycles per scan]
        Width of the band of slow changes with the angle that is damped, positive.

    Returns
    -------
    sinograms : (n_angle, n_row, n_col) [1]

    Raises
    ------
    ValueError
        If `level` or `sigma` is not positive.

    Notes
    -----
    B. Münch, P. Trtik, F. Marone, M. Stampanoni, "Stripe and ring artifact removal with combined
    wavelet-Fourier filtering", Optics Express 17, 8567 (2009), with Daubechies' wavelet of order
    9: on every level the coefficients that are fine along the columns only are transformed along
    the angle and multiplied with 1 - exp(-k^2 / (2 sigma^2)). The sinogram is mirrored at all
    sides, so that a stripe is constant over the whole period.
    """
    if level < 1 or not 0 < sigma < np.inf:
        raise ValueError(
            f"Got level={level} and sigma={sigma}; both must be positive: level 5 and sigma 2 are "
            "a good start."
        )

    def treat(sinogram: Sinogram) -> Sinogram:
        return _treat(sinogram, level, sigma)

    return treat_rows(sinograms, treat)


def wavelet_scratch_bytes(n_angle: int, n_row: int, n_col: int) -> int:
    """Upper estimate of what `remove_stripes_wavelet` needs beside input and output [bytes]."""
    return 6 * 4 * (2 * n_angle + 64) * (2 * n_col + 64) + 2**20


def _treat(sinogram: Sinogram, level: int, sigma: float) -> Sinogram:
    n_angle, n_col = sinogram.shape
    level = min(level, int(log2(n_col)))  # a coarser one would only mirror the mirror image
    beside = min(n_col // 2, len(_TAPS) * 2**level)
    shifts = [share * 2**level // _SHIFTS for share in range(_SHIFTS)]
    pad_col = _to_multiple(n_col + 2 * beside + shifts[-1], 2**level) - n_col
    pad_angle = _to_multiple(2 * n_angle, 2**level) - n_angle
    damping = sigma * (n_angle + pad_angle) / n_angle
    cleaned = np.zeros_like(sinogram)
    for shift in shifts:
        left = beside + shift
        widths = ((0, pad_angle), (left, pad_col - left))
        mirrored = np.pad(sinogram, widths, mode="symmetric")
        cleaned += _filtered(mirrored, level, damping)[:n_angle, left : left + n_col]
    return cleaned / np.float32(_SHIFTS)


def _filtered(image: NDArray[Any], level: int, sigma: float) -> NDArray[Any]:
    if level == 0:
        return image
    coarse, (stripes, fine_y, fine_xy) = decompose(image, _TAPS)
    details = _damped(stripes, sigma), fine_y, fine_xy
    return recompose(_filtered(coarse, level - 1, sigma), details, _TAPS)


def _to_multiple(n: int, unit: int) -> int:
    return ceil(n / unit) * unit


def _damped(stripes: NDArray[Any], sigma: float) -> NDArray[Any]:
    spectrum = scipy.fft.rfft(stripes, axis=0)
    frequency = np.arange(len(spectrum), dtype=np.float32)[:, np.newaxis]
    spectrum *= -np.expm1(-((frequency / np.float32(sigma)) ** 2) / 2)
    return scipy.fft.irfft(spectrum, len(stripes), axis=0)
