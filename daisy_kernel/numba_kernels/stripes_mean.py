"""Stripes as constant offsets of columns, estimated from the mean over all angles."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solveh_banded
from scipy.ndimage import uniform_filter1d

from daisy_kernel.numba_kernels.sinogram_rows import Sinogram, treat_rows


def remove_stripes_titarenko(sinograms: NDArray[Any], *, alpha: float = 0.1) -> NDArray[np.float32]:
    """Sinograms whose columns differ as little from their neighbours as small offsets allow.

    Parameters
    ----------
    sinograms : (n_angle, n_row, n_col) [1]
        Line integrals; any real type. Each row is treated alone.
    alpha : [1]
        What an offset costs, positive. Structures in the mean over the angles that are narrower
        than about 2 pi / sqrt(alpha) columns are taken for stripes: smaller removes more.

    Returns
    -------
    sinograms : (n_angle, n_row, n_col) [1]

    Raises
    ------
    ValueError
        If `alpha` is not a positive number.

    Notes
    -----
    S. Titarenko, P. J. Withers, A. Yagola, "An analytical formula for ring artefact suppression in
    X-ray tomography", Applied Mathematics Letters 23, 1489 (2010): the offsets q minimise
    |D (p + q)|^2 + alpha |q|^2, where p is the mean over the angles and D takes differences of
    neighbouring columns. The tridiagonal system (D^T D + alpha) q = -D^T D p is solved instead of
    writing out its inverse, which overflows for wide detectors.
    """
    if not 0 < alpha < np.inf:
        raise ValueError(
            f"alpha is {alpha}; it must be a positive number: give 0.0005 against wide stripes "
            "to 0.05 against narrow ones."
        )

    def treat(sinogram: Sinogram) -> Sinogram:
        return _shifted(sinogram, _offsets(sinogram.mean(axis=0, dtype=np.float64), alpha))

    return treat_rows(sinograms, treat)


def remove_stripes_smoothing(sinograms: NDArray[Any], *, size: int = 21) -> NDArray[np.float32]:
    """Sinograms whose mean over the angles is smooth along the columns.

    Parameters
    ----------
    sinograms : (n_angle, n_row, n_col) [1]
        Line integrals; any real type. Each row is treated alone.
    size : [columns]
        Window of the running mean, odd: wider than the widest stripe.

    Returns
    -------
    sinograms : (n_angle, n_row, n_col) [1]

    Raises
    ------
    ValueError
        If `size` is even or not positive.

    Notes
    -----
    Each column gets the difference between the running mean of the means of all columns and its
    own mean, as in the tutorial of M. Rivers (1998). Edges of the sample that are tangential to
    the rotation are smoothed, too; the other methods know better.
    """
    if size < 1 or size % 2 == 0:
        raise ValueError(
            f"The window is {size} columns; it must be odd and positive: give a few times the "
            "width of the widest stripe."
        )

    def treat(sinogram: Sinogram) -> Sinogram:
        mean = sinogram.mean(axis=0, dtype=np.float64)
        return _shifted(sinogram, uniform_filter1d(mean, size, mode="nearest") - mean)

    return treat_rows(sinograms, treat)


def _shifted(sinogram: Sinogram, offsets: NDArray[np.float64]) -> Sinogram:
    sinogram += offsets.astype(np.float32)
    return sinogram


def _offsets(mean: NDArray[np.float64], alpha: float) -> NDArray[np.float64]:
    n_col = mean.size
    if n_col == 1:
        return np.zeros(1)
    curvature = np.zeros(n_col)  # D^T D p
    steps = np.diff(mean)
    curvature[:-1] -= steps
    curvature[1:] += steps
    bands = np.full((2, n_col), -1.0)
    bands[1] = 2 + alpha
    bands[1, [0, -1]] = 1 + alpha
    return -solveh_banded(bands, curvature)
