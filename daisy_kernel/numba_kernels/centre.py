"""Finding the rotation axis from a sinogram."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, isfinite
from typing import Any

import numpy as np
import scipy.fft
from numba import njit
from numpy.typing import NDArray

from daisy_kernel.numba_kernels.image_stack import image_stack

_COARSE_SIZE = 256
"""Columns and angles that are enough to find the centre to about a (larger) pixel."""
_TAPER = 0.3
"""Part of the half width over which the window falls to zero."""
_SAMPLE_RADIUS = 0.7
"""Assumed radius of the sample in half widths; only detail within it must cancel. It matters
little: a larger sample leaves a floor below the minimum, a smaller one less to compare."""
_LOWEST_HARMONICS = 2
"""Harmonics of the rotation that are left out: they see the drift of the beam."""
_NOISE_ABOVE = 0.35
"""Frequency from which on the spectrum is taken for noise [cycles per column]."""


@dataclass(frozen=True)
class Centre:
    """Where the rotation axis projects on the detector."""

    column: float
    """Pixel centres lie on integers; the first column is 0."""
    confidence: float
    """1 minus the mismatch that remains at this column: 1 where the sinogram continues into its
    mirror image perfectly, 0 where they have nothing to do with each other. Below about 0.1, look
    at the slices before believing it."""


def find_centre_vo(
    sinogram: NDArray[Any], *, search_range: tuple[float, float] | None = None
) -> Centre:
    """Column on which the rotation axis projects, to a fraction of a pixel.

    Parameters
    ----------
    sinogram : (n_angle, n_col)
        One row of the scan, with angles spread evenly over half a turn; before or after
        `minus_log`.
    search_range : [column]
        First and last column to consider; the middle half of the detector by default.

    Returns
    -------
    centre
        Column and confidence.

    Raises
    ------
    ValueError
        If the sinogram has fewer than 2 angles or 8 columns, too few angles to tell one centre
        from another, is constant or holds a NaN or infinity; if the search range is not on the
        detector, or the best column is at its edge, so that the true one may lie beyond.

    Notes
    -----
    N. T. Vo, M. Drakopoulos, R. C. Atwood, C. Reinhard, "Reliable method for calculating the
    center of rotation in parallel-beam tomography", Optics Express 22, 19078 (2014): a projection
    from the other side is a mirror image, so the sinogram and its mirror image about the right
    column make a full turn, whose Fourier transform vanishes outside a double wedge
    (harmonic > 2 pi frequency radius). The mismatch is the mean amplitude there, relative to what
    unrelated halves would give.

    Differences from the paper: mirroring is a conjugate and a phase in Fourier space, so any
    fraction of a pixel is tried without interpolation; both halves are seen through a window
    around the candidate, so that samples wider than the detector do not disturb; frequencies
    count by their signal to noise ratio.
    """
    sinogram = image_stack("sinogram", sinogram, ("n_angle", "n_col")).astype(np.float32)
    _require_content(sinogram)
    n_col = sinogram.shape[1]
    first, last = search_range or (n_col // 4, n_col - 1 - n_col // 4)
    if not (isfinite(first) and isfinite(last) and 0 <= first < last <= n_col - 1):
        raise ValueError(
            f"The search range is {first:g} to {last:g}; it must ascend within the columns 0 to "
            f"{n_col - 1}: give the first and the last column to consider."
        )
    factor = max(1, min(n_col // _COARSE_SIZE, int((last - first) / 8)))
    coarse = _binned(sinogram, factor)
    candidates = np.linspace(first, last, max(5, ceil((last - first) / factor) + 1))
    mismatches = [
        _mismatches(coarse, np.array([column]), column)[0]
        for column in (candidates + 0.5) / factor - 0.5
    ]
    if min(mismatches) == max(mismatches):
        raise ValueError(
            f"With {len(sinogram)} angles every centre fits equally well; about ten are the "
            "least: give the whole row of a scan."
        )
    best = int(np.argmin(mismatches))
    if best in (0, len(candidates) - 1):
        raise ValueError(
            f"The best rotation centre is {candidates[best]:g}, at the edge of the searched range "
            f"{first:g} to {last:g}, so the true one may lie outside: search a wider range, or "
            "check that the angles cover half a turn."
        )
    column = float(candidates[best])
    spacing = float(candidates[1] - candidates[0])
    for reach, step in ((spacing, spacing / 8), (0.5, 0.05), (0.25, 0.025)):
        # Around the new column each time, because the window must stand right for the last digit.
        columns = column + np.arange(-reach, reach + step / 2, step)
        columns = columns[(columns >= first) & (columns <= last)]
        fine = _mismatches(sinogram, columns, column)
        column = float(columns[np.argmin(fine)])
    return Centre(round(column, 3), max(0.0, 1 - float(fine.min())))


def _require_content(sinogram: NDArray[np.float32]) -> None:
    n_angle, n_col = sinogram.shape
    if n_angle < 2 or n_col < 8:
        raise ValueError(
            f"The sinogram has {n_angle} angles and {n_col} columns; the centre needs at least 2 "
            "and 8: give the whole row of a scan, as (n_angle, n_col)."
        )
    bad = np.count_nonzero(~np.isfinite(sinogram))
    if bad:
        raise ValueError(
            f"{bad} of {sinogram.size} pixels of the sinogram are not finite; all must be: correct "
            "dead pixels first, or choose another row."
        )
    if np.ptp(sinogram) == 0:
        raise ValueError(
            "The sinogram is constant, so that every centre fits it: choose a row that shows the "
            "sample."
        )


def _binned(sinogram: NDArray[np.float32], factor: int) -> NDArray[np.float32]:
    """Means over `factor` columns; of the angles at most as many as a coarse search needs."""
    n_angle, n_col = sinogram.shape
    angles = np.linspace(0, n_angle, min(n_angle, _COARSE_SIZE), endpoint=False).astype(int)
    whole = sinogram[angles, : n_col // factor * factor]
    return whole.reshape(len(angles), -1, factor).mean(axis=2)


def _mismatches(
    sinogram: NDArray[np.float32], columns: NDArray[np.float64], middle: float
) -> NDArray[np.float64]:
    """How badly the sinogram continues into its mirror image about each of the columns."""
    n_angle, n_col = sinogram.shape
    half_width = min(middle, n_col - 1 - middle) + 0.5
    n_sample = 2 * scipy.fft.next_fast_len(n_col, real=True)
    frequencies = np.arange(n_sample // 2 + 1) / n_sample
    spectra = scipy.fft.rfft(_windowed(sinogram, middle, half_width), n_sample, axis=1)
    weights = _signal_share(spectra, frequencies)
    weights[frequencies <= 1 / half_width] = 0
    ahead = scipy.fft.fft(spectra, 2 * n_angle, axis=0)
    # The mirrored half comes half a turn later: (-1)**harmonic.
    mirrored = scipy.fft.fft(np.conj(spectra), 2 * n_angle, axis=0)
    mirrored[1::2] *= -1
    wedge = 2 * np.pi * _SAMPLE_RADIUS * half_width / n_sample
    unrelated = _unrelated_sum(ahead, mirrored, weights, wedge)
    mismatches = np.ones(len(columns))
    for i, column in enumerate(columns):
        if unrelated > 0:
            phases = np.exp(-4j * np.pi * column * frequencies)
            outside = _outside_sum(ahead, mirrored, phases, weights, wedge)
            mismatches[i] = outside / unrelated
    return mismatches


def _windowed(
    sinogram: NDArray[np.float32], middle: float, half_width: float
) -> NDArray[np.float32]:
    """The sinogram above its mean, through a window that is symmetric about `middle`."""
    distance = np.abs(np.arange(sinogram.shape[1]) - middle)
    slope = np.clip((half_width - distance) / (_TAPER * half_width), 0, 1)
    window = np.sin(np.pi / 2 * slope) ** 2
    mean = (sinogram @ window).sum() / (window.sum() * len(sinogram))
    return ((sinogram - mean) * window).astype(np.float32)


def _signal_share(
    spectra: NDArray[np.complex64], frequencies: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Part of the power at each frequency that is not noise (a Wiener filter)."""
    power = (np.abs(spectra) ** 2).mean(axis=0, dtype=np.float64)
    noise = np.median(power[frequencies > _NOISE_ABOVE])
    share = np.zeros_like(power)
    np.divide(np.maximum(power - noise, 0), power, out=share, where=power > 0)
    return share


@njit(nogil=True, cache=True)
def _first_inside(row, n_row, wedge):
    """The first frequency index inside the double wedge, for the harmonic in this row."""
    harmonic = min(row, n_row - row)
    return int(np.ceil((harmonic - _LOWEST_HARMONICS) / wedge))


@njit(nogil=True, cache=True)
def _unrelated_sum(ahead, mirrored, weights, wedge):
    """Weighted amplitude outside the wedge that halves without any relation would give."""
    n_row, n_frequency = ahead.shape
    total = 0.0
    for row in range(n_row):
        for k in range(min(n_frequency, _first_inside(row, n_row, wedge))):
            power = abs(ahead[row, k]) ** 2 + abs(mirrored[row, k]) ** 2
            total += weights[k] * np.sqrt(power)
    return total


@njit(nogil=True, cache=True)
def _outside_sum(ahead, mirrored, phases, weights, wedge):
    """Weighted amplitude of the full turn outside the wedge."""
    n_row, n_frequency = ahead.shape
    total = 0.0
    for row in range(n_row):
        for k in range(min(n_frequency, _first_inside(row, n_row, wedge))):
            total += weights[k] * abs(ahead[row, k] + mirrored[row, k] * phases[k])
    return total
