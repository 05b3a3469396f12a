"""Projections of the sample without the fringes of propagation."""

from __future__ import annotations

from math import ceil, pi, sqrt
from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from daisy_kernel.numba_kernels.image_stack import image_stack
from daisy_kernel.numba_kernels.result_memory import results

HC_KEV_M = 12.398419843320026e-10
"""Photon energy times wavelength [keV m]."""

_DECAY_LENGTHS = 8  # exp(-8) of a pixel reaches beyond the padding


def retrieve_phase(
    transmission: NDArray[Any],
    *,
    delta_beta: float,
    energy_kev: float,
    distance_m: float,
    pixel_size_m: float,
    padding: int | None = None,
) -> NDArray[np.float32]:
    """Transmission that the sample would show without propagation, if it were of one material.

    Parameters
    ----------
    transmission : (n_angle, n_row, n_col) [1]
        Normalised projections at a distance from the sample; any real type. Each is treated alone.
    delta_beta : [1]
        Ratio delta / beta of the refractive index 1 - delta + i beta of the material.
    energy_kev, distance_m, pixel_size_m : [keV], [m], [m]
        Photon energy, from sample to detector (times 1 / magnification in a cone beam), and the
        edge of a pixel as seen at the sample.
    padding : [pixels]
        How far each projection is continued with the values of its edges; default, as far as the
        filter reaches, at most half the projection.

    Returns
    -------
    transmission : (n_angle, n_row, n_col) [1]
        exp(-mu thickness); its mean is that of the padded projection. A projection with a NaN is
        NaN altogether.

    Raises
    ------
    ValueError
        If a quantity is not positive.

    Notes
    -----
    D. Paganin, S. C. Mayo, T. E. Gureyev, P. R. Miller, S. W. Wilkins, "Simultaneous phase and
    amplitude extraction from a single defocused image of a homogeneous object", Journal of
    Microscopy 206, 33 (2002): every spatial frequency f [1/m] is divided by
    1 + pi lambda z (delta / beta) f^2. TomoPy divides by lambda z f^2 / (4 pi) + alpha and scales
    its largest factor to 1, so its alpha is 1 / (4 pi^2 delta_beta); its frequencies lie half a
    step beside those of the transform, which changes single pixels by up to 6e-4 (6e-5 rms).
    """
    transmission = image_stack("transmission", transmission, ("n_angle", "n_row", "n_col"))
    reach = phase_reach(
        delta_beta=delta_beta,
        energy_kev=energy_kev,
        distance_m=distance_m,
        pixel_size_m=pixel_size_m,
    )
    _, n_row, n_col = transmission.shape
    pad = _pad(n_row, n_col, reach, padding)
    shape = _padded(n_row, pad), _padded(n_col, pad)
    # reach^2 = lambda z (delta / beta) / (4 pi) in pixels, so pi lambda z (delta / beta) f^2 is
    # (2 pi reach)^2 times the square of the frequency in cycles per pixel.
    frequency_y = scipy.fft.fftfreq(shape[0])[:, np.newaxis]
    frequency_x = scipy.fft.rfftfreq(shape[1])
    response = 1 / (1 + (2 * pi * reach) ** 2 * (frequency_y**2 + frequency_x**2))
    return filter_frames(transmission, response.astype(np.float32), shape)


def phase_reach(
    *, delta_beta: float, energy_kev: float, distance_m: float, pixel_size_m: float
) -> float:
    """Length over which the filter of `retrieve_phase` falls to 1 / e [pixels].

    Raises
    ------
    ValueError
        If a quantity is not positive.
    """
    quantities = {
        "delta_beta": delta_beta,
        "energy [keV]": energy_kev,
        "distance [m]": distance_m,
        "pixel size [m]": pixel_size_m,
    }
    for name, value in quantities.items():
        if not 0 < value < np.inf:
            raise ValueError(
                f"{name} is {value}; it must be a positive number: check the unit and correct it."
            )
    wavelength_m = HC_KEV_M / energy_kev
    return sqrt(wavelength_m * distance_m * delta_beta / (4 * pi)) / pixel_size_m


def filter_frames(
    projections: NDArray[Any], response: NDArray[np.float32], shape: tuple[int, int]
) -> NDArray[np.float32]:
    """Projections whose spatial frequencies are multiplied with a response.

    Parameters
    ----------
    projections : (n_angle, n_row, n_col)
    response : (n_y, n_x // 2 + 1)
        Factor for each output of ``scipy.fft.rfft2`` of a padded projection.
    shape : (n_y, n_x)
        Size to which projections are padded with the values of their edges, equally at both sides.

    Returns
    -------
    projections : (n_angle, n_row, n_col)
    """
    _, n_row, n_col = projections.shape
    top, left = (shape[0] - n_row) // 2, (shape[1] - n_col) // 2
    widths = (top, shape[0] - n_row - top), (left, shape[1] - n_col - left)
    filtered = results.empty(*projections.shape)
    for frame, out in zip(projections, filtered, strict=True):
        # One at a time: a transform of several may round the last of them differently.
        padded = np.pad(np.asarray(frame, np.float32), widths, mode="edge")
        spectrum = scipy.fft.rfft2(padded)
        spectrum *= response
        out[:] = scipy.fft.irfft2(spectrum, shape)[top : top + n_row, left : left + n_col]
    return filtered


def phase_scratch_bytes(n_row: int, n_col: int, reach: float, padding: int | None = None) -> int:
    """Upper estimate of what `retrieve_phase` needs beside its input and output [bytes]."""
    pad = _pad(n_row, n_col, reach, padding)
    return 18 * _padded(n_row, pad) * (_padded(n_col, pad) + 2) + 2**20


def _pad(n_row: int, n_col: int, reach: float, padding: int | None) -> int:
    if padding is not None:
        return padding
    return min(ceil(_DECAY_LENGTHS * reach), max(n_row, n_col) // 2)


def _padded(n: int, pad: int) -> int:
    return int(scipy.fft.next_fast_len(n + 2 * pad, real=True))
