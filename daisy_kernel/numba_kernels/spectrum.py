"""How projections are padded and what their spectra are multiplied by."""

from __future__ import annotations

from math import ceil
from typing import Literal

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from daisy_kernel.numba_kernels.filters import FilterName, reconstruction_filter

Padding = Literal["zero", "edge"]


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
