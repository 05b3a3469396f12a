"""Projections in Fourier space: padded, filtered, measured from the rotation axis."""

from __future__ import annotations

from math import ceil
from typing import Any, Literal

import numpy as np
import scipy.fft
from numba import njit
from numpy.typing import NDArray

from daisy_kernel.numba_kernels.filters import FilterName, reconstruction_filter

Padding = Literal["zero", "edge"]

FFT_BATCH = 16
"""The number of transforms in a call of scipy.fft is always a multiple of this.

scipy.fft takes as many transforms at once as a vector register holds and does the rest one by one.
The rest may be rounded differently (fused multiply-add), so there must never be one: then the bits
of a row do not depend on which rows are transformed beside it.
"""


ANGLES_AT_ONCE = 32
"""Projections that are transformed together, a multiple of FFT_BATCH: enough to be fast, few enough
to stay in the cache. The bits of the result do not depend on it."""


def padded_length(n_col: int, centre: float) -> int:
    """Number of samples that keeps a filtered projection clear of its own periodic copies.

    Twice the detector, and twice the offset of the axis more, because the inscribed circle then
    sticks out of the detector. The offset counts in steps of an eighth of the detector, so that
    rows whose axis drifts a little still go through the same transforms.
    """
    offset = abs(centre - (n_col - 1) / 2)
    eighths = ceil(8 * offset / n_col - 1e-9)
    half = scipy.fft.next_fast_len(max(4, n_col + ceil(eighths * n_col / 8)), real=True)
    return 2 * int(half)


def longest_padded_length(n_col: int) -> int:
    """The most that `padded_length` gives for a centre on the detector."""
    return padded_length(n_col, 0.0)


def spectra_bytes(n_angle: int, n_row: int, n_sample: int) -> int:
    """Upper estimate of the memory that `projection_spectra` takes and returns."""
    n_transform = min(ANGLES_AT_ONCE, rounded_up(n_angle)) * n_row
    return n_transform * n_sample * (4 + 4 + 1)


def axis_response(
    filter_name: FilterName, n_sample: int, n_angle: int, centres: NDArray[np.float64]
) -> NDArray[np.complex64]:
    """Factors that filter the spectra of projections and move the rotation axis to sample 0.

    Parameters
    ----------
    filter_name
        See `reconstruction_filter`.
    n_sample
        Padded length of a projection, even.
    n_angle
        Number of projections; each counts pi / n_angle.
    centres : (n_row,) [column]
        Where the rotation axis projects.

    Returns
    -------
    response : (n_row, n_sample // 2 + 1)
        Including the 1 / n_sample of the inverse transform.
    """
    gain = reconstruction_filter(filter_name, n_sample) * (np.pi / n_angle / n_sample)
    frequency = np.arange(n_sample // 2 + 1) / n_sample
    phase = 2 * np.pi * centres[:, np.newaxis] * frequency
    return (gain * (np.cos(phase) + 1j * np.sin(phase))).astype(np.complex64)


def projection_spectra(
    projections: NDArray[Any], n_sample: int, padding: Padding
) -> NDArray[np.complex64]:
    """Spectra of projections along the detector, not yet filtered.

    Parameters
    ----------
    projections : (n_angle, n_row, n_col)
        Any real numbers.
    n_sample
        Padded length, even.
    padding
        What stands beyond the detector: "zero", or on each side the "edge" value of the row.

    Returns
    -------
    spectra : (n_angle rounded up to a multiple of FFT_BATCH, n_row, n_sample // 2 + 1)
        The surplus spectra are zero.
    """
    n_angle, n_row, n_col = projections.shape
    padded = np.zeros((rounded_up(n_angle), n_row, n_sample), np.float32)
    padded[:n_angle, :, :n_col] = projections
    if padding == "edge":
        middle = n_col + (n_sample - n_col) // 2
        padded[:n_angle, :, n_col:middle] = padded[:n_angle, :, n_col - 1 : n_col]
        padded[:n_angle, :, middle:] = padded[:n_angle, :, :1]
    return scipy.fft.rfft(padded, axis=2)


def rounded_up(n: int) -> int:
    """The next multiple of FFT_BATCH."""
    return -(-n // FFT_BATCH) * FFT_BATCH


@njit(nogil=True, cache=True)
def filter_spectra(spectra, response, out):
    """Multiply each spectrum by the response of its row; `out` may be `spectra`.

    Not by NumPy, whose complex product fuses operations in some elements and not in others.
    """
    n_angle, n_row, n_frequency = spectra.shape
    for angle in range(n_angle):
        for row in range(n_row):
            for k in range(n_frequency):
                out[angle, row, k] = spectra[angle, row, k] * response[row, k]
