"""The rotation axis of a whole turn, also where it projects near the edge of the detector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import scipy.fft
from numpy.typing import ArrayLike, NDArray

from daisy_kernel.numba_kernels.centre import (
    Centre,
    binned_columns,
    checked_range,
    checked_sinogram,
    edge_refusal,
)
from daisy_kernel.numba_kernels.centre_mirror import COARSE_SIZE, refine_mirror
from daisy_kernel.numba_kernels.centre_pairs import pair_comparison
from daisy_kernel.numba_kernels.centre_turns import checked_angles, opposite

_LEAST_OVERLAP = 8
"""Columns that both halves must share; fewer agree by chance."""
_DETAIL = 16
"""Columns over which the background is averaged that is taken away before the comparison."""
_LEAST_POWER = 0.02
"""Part of the usual power of the detail below which columns are hardly compared."""


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
    factor = max(1, n_col // COARSE_SIZE)
    margin = (_LEAST_OVERLAP * factor - 1) / 2
    first, last = checked_range(search_range, (margin, n_col - 1 - margin), n_col)
    column, correlation = _coarse(ahead, behind, factor, first, last)
    compare = pair_comparison(ahead, behind)
    column, _ = refine_mirror(compare, n_col, factor, column, (first, last))
    return Overlap(
        column=round(column, 3),
        confidence=min(1.0, max(0.0, correlation)),
        width=round(2 * min(column, n_col - 1 - column) + 1, 3),
        side="left" if column < (n_col - 1) / 2 else "right",
    )


def _coarse(
    ahead: NDArray[np.float32],
    behind: NDArray[np.float32],
    factor: int,
    first: float,
    last: float,
) -> tuple[float, float]:
    """The column to about `factor` columns, and the correlation above the usual."""
    fixed = _detail(binned_columns(_mean_pairs(ahead), factor))
    moving = _detail(binned_columns(_mean_pairs(behind), factor))[:, ::-1]
    n_col = fixed.shape[1]
    shifts = np.arange(-(n_col - 1), n_col)
    # Shifted by s, column u of the mirrored half is column n_col - 1 - u + s of the detector.
    columns = factor * ((n_col - 1 + shifts) / 2 + 0.5) - 0.5
    overlaps = n_col - np.abs(shifts)
    searched = (columns >= first) & (columns <= last) & (overlaps >= _LEAST_OVERLAP)
    candidates = np.flatnonzero(searched)
    if len(candidates) < 3:
        raise ValueError(
            f"Within the search range {first:g} to {last:g} there are no overlaps of at least "
            f"{_LEAST_OVERLAP * factor} columns to compare; widen it."
        )
    # A small overlap correlates by chance: what noise would reach is taken off.
    correlation = _correlations(fixed, moving) - 3 / np.sqrt(len(fixed) * overlaps)
    best = int(candidates[np.argmax(correlation[candidates])])
    if best in (candidates[0], candidates[-1]):
        raise edge_refusal(float(columns[best]), first, last)
    usual = max(0.0, float(np.median(correlation[candidates])))
    return float(columns[best]), (float(correlation[best]) - usual) / max(1e-3, 1 - usual)


def _mean_pairs(half: NDArray[np.float32]) -> NDArray[np.float32]:
    """Means over neighbouring projections, so that no more are left than a coarse search needs."""
    count = max(1, len(half) // COARSE_SIZE)
    whole = half[: len(half) // count * count]
    return whole.reshape(-1, count, half.shape[1]).mean(axis=1)


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
    # Air beside the sample agrees with air by chance: there must be something to correlate.
    usual = scale.max() / n_col * (n_col - np.abs(np.arange(-(n_col - 1), n_col)))
    scale += _LEAST_POWER * usual
    np.divide(products, scale, out=correlation, where=scale > 0)
    return correlation


def _overlap_sums(profile: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums over the columns of the fixed image that overlap, for every shift of the other one."""
    from_left = np.cumsum(profile)
    # Shifted to the left by n, the other image covers the first n_col - n columns.
    from_right = np.cumsum(profile[::-1])[::-1]
    return np.concatenate((from_left[:-1], from_right))
