"""Stripes of every kind, one kind after the other."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, median_filter, uniform_filter1d

from daisy_kernel.numba_kernels.sinogram_rows import Sinogram, treat_rows
from daisy_kernel.numba_kernels.stripes import ranked_median, remove_stripes_sorting

_SMOOTH_ANGLES = 10
_DROPPED = 0.05  # share of the smallest and of the largest values of a column that do not count
_FEWEST_COLUMNS = 16  # fewer do not show what is usual


def remove_stripes_all(
    sinograms: NDArray[Any], *, size: int = 21, large_size: int = 61, snr: float = 3.0
) -> NDArray[np.float32]:
    """Sinograms without unresponsive, fluctuating, wide and narrow stripes.

    Parameters
    ----------
    sinograms : (n_angle, n_row, n_col) [1]
        Line integrals or transmissions; any real type. Each row is treated alone.
    size : [columns]
        Window against narrow stripes, odd; see `remove_stripes_sorting`.
    large_size : [columns]
        Window against wide ones, odd: about three times the width of the widest.
    snr
        How far a column must stand out from the usual spread to count as a stripe, at least 1;
        larger finds fewer.

    Returns
    -------
    sinograms : (n_angle, n_row, n_col) [1]

    Raises
    ------
    ValueError
        If a window is even or not positive, or `snr` less than 1.

    Notes
    -----
    Algorithms 6, 5, 4 and 3 of N. T. Vo, R. C. Atwood, M. Drakopoulos, "Superior techniques for
    eliminating ring artifacts in X-ray micro-tomography", Optics Express 26, 28396 (2018): columns
    that fluctuate too much or too little are interpolated between their neighbours; those that are
    too bright or dark in the mean get the running median of the ranked values; narrow stripes are
    left to `remove_stripes_sorting`. Different from the paper, the fluctuation of a column is the
    median of its changes, not their sum, so that an edge of the sample does not look like a stripe.
    """
    for name, window in (("window", size), ("large window", large_size)):
        if window < 1 or window % 2 == 0:
            raise ValueError(
                f"The {name} is {window} columns; it must be odd and positive: give about three "
                "times the width of the stripes."
            )
    if not snr >= 1:
        raise ValueError(f"snr is {snr}; it must be at least 1: 3 is a good start.")

    def treat(sinogram: Sinogram) -> Sinogram:
        _mend_fluctuating(sinogram, large_size, snr)
        _mend_wide(sinogram, large_size, snr)
        return remove_stripes_sorting(sinogram[:, np.newaxis], size=size)[:, 0]

    return treat_rows(sinograms, treat)


def all_stripes_scratch_bytes(n_angle: int, n_row: int, n_col: int) -> int:
    """Upper estimate of what `remove_stripes_all` needs beside its input and output [bytes]."""
    return n_angle * n_col * 40 + 2**20


def _mend_fluctuating(sinogram: Sinogram, size: int, snr: float) -> None:
    """Interpolate what changes from angle to angle unlike its neighbours: dead or unstable."""
    n_col = sinogram.shape[1]
    sharp = np.abs(sinogram - uniform_filter1d(sinogram, _SMOOTH_ANGLES, axis=0))
    change = np.median(sharp, axis=0).astype(np.float64)
    usual = median_filter(change, size)
    usual[usual == 0] = np.abs(usual).mean()
    if not usual.all():
        return
    stripes = _standing_out(change / usual, snr)
    stripes[:2] = stripes[-2:] = False
    if not 0 < np.count_nonzero(stripes) < n_col // 3:
        return
    columns, good = np.flatnonzero(stripes), np.flatnonzero(~stripes)
    place = np.searchsorted(good, columns)
    left, right = good[place - 1], good[place]
    share = ((columns - left) / (right - left)).astype(np.float32)
    sinogram[:, columns] = (1 - share) * sinogram[:, left] + share * sinogram[:, right]


def _mend_wide(sinogram: Sinogram, size: int, snr: float) -> None:
    """Replace what is too bright or dark in the mean by the median of the ranked values."""
    n_angle = len(sinogram)
    ranked, smooth, back = ranked_median(sinogram, size)
    dropped = int(_DROPPED * n_angle)
    middle = slice(dropped, n_angle - dropped)
    mean, usual = (s[middle].mean(axis=0, dtype=np.float64) for s in (ranked, smooth))
    factor = np.divide(mean, usual, out=np.ones_like(mean), where=usual != 0)
    stripes = _standing_out(factor, snr)
    sinogram /= np.where(factor > 0, factor, 1).astype(np.float32)
    sinogram[:, stripes] = back[:, stripes]


def _standing_out(values: NDArray[np.float64], snr: float) -> NDArray[np.bool_]:
    """Columns whose value is not of the usual spread, and their neighbours.

    The sorted values of ordinary columns lie on a line; its rise is the usual spread.
    """
    n_col = values.size
    if n_col < _FEWEST_COLUMNS:
        return np.zeros(n_col, bool)
    ordered, quarter = np.sort(values), n_col // 4
    rank = np.arange(n_col)
    slope, lowest = np.polyfit(
        rank[quarter : n_col - quarter], ordered[quarter : n_col - quarter], 1
    )
    highest = lowest + slope * (n_col - 1)
    spread = max(highest - lowest, 1e-6)
    stripes = np.zeros(n_col, bool)
    if ordered[-1] - highest >= snr * spread:
        stripes |= values > highest + spread * snr / 2
    if lowest - ordered[0] >= snr * spread:
        stripes |= values <= lowest - spread * snr / 2
    return np.asarray(binary_dilation(stripes)) if stripes.any() else stripes
