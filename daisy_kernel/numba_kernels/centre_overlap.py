"""The rotation axis of a whole turn, also where it projects near the edge of the detector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import scipy.fft
from numpy.typing import ArrayLike, NDArray

from daisy_kernel.numba_kernels.centre import (
    Centre,
    checked_range,
    checked_sinogram,
    edge_refusal,
    spread_angles,
)
from daisy_kernel.numba_kernels.centre_turns import checked_angles, opposite

_LEAST_OVERLAP = 8
"""Columns that both halves must share; fewer agree by chance."""
_DETAIL = 16
"""Columns over which the background is averaged that is taken away before the comparison."""
_MOST_ANGLES = 720
"""Pairs of projections from which on more do not help."""


@dataclass(frozen=True)
class Overlap(Centre):
    """Where the axis of a whole turn projects, and what both halves of the turn see."""

    width: float
    """Columns that projections from opposite sides share."""
    side: Literal["left", "right"]
    """Part of the detector on which the axis projects."""


def find_overlap_360(
    sinogram: NDArray[Any],
    angles_rad: ArrayLike,
    *,
    search_range: tuple[float, float] | None = None,
) -> Overlap:
    """Axis and overlap of a scan over 360 degrees, half-acquisition included.

    Parameters
    ----------
    sinogram : (n_angle, n_col)
        One row of the scan; before or after `minus_log`.
    angles_rad : (n_angle,) [rad]
        In any order, spread over a whole turn.
    search_range : [column]
        First and last column to consider; all of the detector by default.

    Returns
    -------
    overlap
        Column of the axis, width and side of the overlap. The confidence is the correlation of
        opposite projections, above what the other columns have.

    Raises
    ------
    ValueError
        If the angles leave a gap in the turn, the sinogram says nothing (as `find_centre_vo`), the
        search range is not on the detector, or the best column is at its edge.

    Notes
    -----
    After N. T. Vo, R. C. Atwood, M. Drakopoulos, T. Connolley, "Data processing methods and data
    acquisition for samples larger than the field of view in parallel-beam tomography", Optics
    Express 29, 17849 (2021): half a turn later, a projection is mirrored about the axis; the best
    overlap of both has the highest correlation. Here the correlation coefficient of all overlaps
    comes from transforms at once (D. Padfield, "Masked object registration in the Fourier domain",
    IEEE Trans. Image Process. 21, 2706 (2012)). What does not turn (stripes) and what is wider
    than a few columns (background) is taken away first.
    """
    sinogram = checked_sinogram(sinogram)
    n_angle, n_col = sinogram.shape
    ahead, behind = opposite(sinogram, checked_angles(angles_rad, n_angle))
    margin = (_LEAST_OVERLAP - 1) / 2
    first, last = checked_range(search_range, (margin, n_col - 1 - margin), n_col)
    ahead = _detail(spread_angles(ahead, _MOST_ANGLES))
    mirrored = _detail(spread_angles(behind, _MOST_ANGLES))[:, ::-1]
    shifts = np.arange(-(n_col - 1), n_col)
    # Shifted by s, column u of the mirrored half is column n_col - 1 - u + s of the detector.
    columns = (n_col - 1 + shifts) / 2
    overlaps = n_col - np.abs(shifts)
    correlation = _correlations(ahead, mirrored)
    searched = (columns >= first) & (columns <= last) & (overlaps >= _LEAST_OVERLAP)
    if not searched.any():
        raise ValueError(
            f"No overlap of {_LEAST_OVERLAP} columns lies within the search range {first:g} to "
            f"{last:g}; widen it."
        )
    # A small overlap correlates by chance: what noise would reach is taken off.
    significant = correlation - 3 / np.sqrt(len(ahead) * overlaps)
    candidates = np.flatnonzero(searched)
    best = int(candidates[np.argmax(significant[candidates])])
    if best in (candidates[0], candidates[-1]):
        raise edge_refusal(float(columns[best]), first, last)
    left, value, right = correlation[best - 1 : best + 2]
    column = float(columns[best])
    if 2 * value > left + right:
        column += 0.25 * float((right - left) / (2 * value - left - right))
    usual = float(np.median(correlation[candidates]))
    confidence = (float(significant[best]) - usual) / (1 - min(usual, 0.99))
    return Overlap(
        column=round(column, 3),
        confidence=min(1.0, max(0.0, confidence)),
        width=round(2 * min(column, n_col - 1 - column) + 1, 3),
        side="left" if column < (n_col - 1) / 2 else "right",
    )


def _detail(half: NDArray[np.float32]) -> NDArray[np.float32]:
    """What turns with the sample and is finer than the background."""
    turning = half - half.mean(axis=0)
    width = min(_DETAIL, half.shape[1] // 4)
    sums = np.cumsum(np.pad(turning, ((0, 0), (1, 0))), axis=1, dtype=np.float64)
    columns = np.arange(half.shape[1])
    lo = np.maximum(columns - width, 0)
    hi = np.minimum(columns + width + 1, half.shape[1])
    background = (sums[:, hi] - sums[:, lo]) / (hi - lo)
    return (turning - background).astype(np.float32)


def _correlations(fixed: NDArray[np.float32], moving: NDArray[np.float32]) -> NDArray[np.float64]:
    """Correlation coefficient for every shift of `moving` that leaves an overlap.

    Returns
    -------
    correlation : (2 n_col - 1,)
        For shifts from -(n_col - 1) to n_col - 1.
    """
    n_col = fixed.shape[1]
    n_sample = scipy.fft.next_fast_len(2 * n_col, real=True)
    spectra = scipy.fft.rfft(fixed, n_sample, axis=1)
    spectra *= np.conj(scipy.fft.rfft(moving, n_sample, axis=1))
    sums = scipy.fft.irfft(spectra.sum(axis=0, dtype=np.complex128), n_sample)
    products = np.concatenate((sums[n_sample - n_col + 1 :], sums[:n_col]))
    power = _overlap_sums((fixed.astype(np.float64) ** 2).sum(axis=0))
    other = _overlap_sums((moving.astype(np.float64) ** 2).sum(axis=0))[::-1]
    scale = np.sqrt(power * other)
    correlation = np.zeros(len(products))
    np.divide(products, scale, out=correlation, where=scale > 1e-12 * scale.max())
    return correlation


def _overlap_sums(profile: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums over the columns of the fixed image that overlap, for every shift of the other one."""
    n_col = len(profile)
    from_left = np.cumsum(profile)
    # Shifted to the left by n, the other image covers the first n_col - n columns.
    from_right = np.cumsum(profile[::-1])[::-1]
    return np.concatenate((from_left[:-1], from_right))
