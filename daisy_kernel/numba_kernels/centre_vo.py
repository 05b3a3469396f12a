"""The rotation axis from half a turn, by Vo's double wedge."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import scipy.fft
from numba import njit
from numpy.typing import NDArray

from daisy_kernel.numba_kernels.centre import (
    Centre,
    binned_columns,
    checked_range,
    checked_sinogram,
    spread_angles,
)
from daisy_kernel.numba_kernels.centre_mirror import (
    FINE_SIZE,
    Compare,
    Mirror,
    best_near,
    search_mirror,
    window_about,
)

_SAMPLE_RADIUS = 0.7
"""Assumed radius of the sample in half widths; only detail within it must cancel. It matters
little: a larger sample leaves a floor below the best, a smaller one less to compare."""
_LOWEST_HARMONICS = 2
"""Harmonics of the rotation that are left out: they see the drift of the beam."""
_CLEAR = 0.5
"""Stripes, which do not turn, have a best mirror column too, but never such a good one: below this
confidence only that of what turns counts."""


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
        Column and confidence; the confidence is 1 where the sinogram continues into its mirror
        image perfectly, 0 where they are unrelated.

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
    (harmonic > 2 pi frequency radius).

    Differences from the paper: mirroring is a conjugate and a phase in Fourier space, so any
    fraction of a pixel is tried without interpolation. Both halves are seen through a window
    around the candidate, so that samples wider than the detector do not disturb; frequencies
    count by their signal to noise ratio. Instead of the amplitude |A + M p| of the sum of the
    halves A and M, with the phase p of the candidate, its first order in A M* counts: relative to
    unrelated halves it is 1 + Re(A M* p*) / (|A|^2 + |M|^2). The sum over the harmonics is then
    the same for all candidates, which makes each of them nearly free.
    """
    sinogram = checked_sinogram(sinogram)
    n_angle, n_col = sinogram.shape
    first, last = checked_range(search_range, (n_col // 4, n_col - 1 - n_col // 4), n_col)

    found = search_mirror(_comparison(sinogram), n_col, first, last)
    if found is None:
        raise ValueError(
            f"With {n_angle} angles every centre fits equally well; about ten are the "
            "least: give the whole row of a scan."
        )
    column, confidence = found
    if confidence < _CLEAR:
        turning = sinogram - sinogram.mean(axis=0)
        factor = max(1, round(n_col / FINE_SIZE))
        _, without_stripes = best_near(
            _comparison(turning), factor, column, 0.5 * factor, (first, last)
        )
        confidence = min(confidence, without_stripes)
    return Centre(round(column, 3), min(1.0, max(0.0, confidence)))


def _comparison(sinogram: NDArray[np.float32]) -> Compare:
    @cache
    def smaller(factor: int, most_angles: int) -> NDArray[np.float32]:
        return binned_columns(spread_angles(sinogram, most_angles), factor)

    return lambda factor, most_angles, middle: _mirror(smaller(factor, most_angles), middle)


def _mirror(sinogram: NDArray[np.float32], middle: float) -> Mirror:
    """How the sinogram and its mirror image cancel outside the double wedge."""
    n_angle, n_col = sinogram.shape
    window = window_about(middle, n_col)
    spectra = window.spectra(sinogram)
    weights = window.weights(spectra)
    used = np.flatnonzero(weights)
    n_used = int(used[-1]) + 1 if used.size else 0
    cross = np.zeros(n_used, np.complex128)
    if n_used == 0:
        return window.mirror(cross, 0.0)
    ahead = scipy.fft.fft(spectra[:, :n_used], 2 * n_angle, axis=0)
    wedge = 2 * np.pi * _SAMPLE_RADIUS * window.half_width / window.n_sample
    total = _compare_outside(ahead, weights, wedge, cross)
    return window.mirror(-2 * cross, total)


@njit(nogil=True, cache=True)
def _compare_outside(ahead, weights, wedge, out):
    """Sums over the harmonics outside the wedge: of A M* / s into `out`, of s as the result.

    The mirrored half M comes half a turn later and is the conjugate at the opposite harmonic:
    M(m) = (-1)^m A(-m)*. Terms at m and -m are equal, so m > 0 is enough.
    """
    n_row, n_frequency = ahead.shape
    total = 0.0
    for row in range(_LOWEST_HARMONICS + 1, n_row // 2):
        sign = 1.0 if row % 2 == 0 else -1.0
        first_inside = int(np.ceil((row - _LOWEST_HARMONICS) / wedge))
        for k in range(min(n_frequency, first_inside)):
            a, b = ahead[row, k], ahead[n_row - row, k]
            power = a.real**2 + a.imag**2 + b.real**2 + b.imag**2
            if power > 0:
                amplitude = np.sqrt(power)
                out[k] += sign * weights[k] / amplitude * (a * b)
                total += weights[k] * amplitude
    return total
