"""The rotation axis from projections that look at the sample from opposite sides."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

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
    search_mirror,
    to_binned,
    window_about,
)
from daisy_kernel.numba_kernels.centre_turns import checked_angles, pairs_by_gap

_APART = 0.02
"""Part of the detector by which the centres of neighbouring pairs may differ."""
_LEAST_PAIRS = 8
"""Pairs from which on what does not turn (stripes) is known well enough to be taken away."""


def find_centre_phase_correlation(
    sinogram: NDArray[Any],
    angles_rad: ArrayLike,
    *,
    search_range: tuple[float, float] | None = None,
) -> Centre:
    """Column on which the axis projects, from projections half a turn apart.

    Parameters
    ----------
    sinogram : (n_angle, n_col)
        One row of the scan; before or after `minus_log`.
    angles_rad : (n_angle,) [rad]
        In any order, with at least one pair within 5 degrees of half a turn; all pairs count where
        the scan goes on beyond half a turn.
    search_range : [column]
        First and last column to consider; the middle half of the detector by default.

    Returns
    -------
    centre
        Column and confidence; the confidence is 1 where opposite projections are mirror images, 0
        where they are unrelated. For few pairs, chance reaches further than for a whole scan.

    Raises
    ------
    ValueError
        If no two projections are opposite, the sinogram says nothing (as `find_centre_vo`), the
        search range is not on the detector, or the best column is at its edge.

    Notes
    -----
    C. D. Kuglin, D. C. Hines, "The phase correlation image alignment method", Proc. IEEE Conf.
    Cybernetics and Society, 163 (1975), of a projection and its mirrored opposite, to a fraction
    of a pixel because each phase is a straight line. Differences: frequencies count by amplitude
    and by signal to noise ratio instead of equally, and both are seen through a window about the
    candidate. A scan that ends a step short of half a turn has no opposite projections; the
    centres of pairs that lack one step, two and three are then extrapolated to none.
    """
    sinogram = checked_sinogram(sinogram)
    n_angle, n_col = sinogram.shape
    first, last = checked_range(search_range, (n_col // 4, n_col - 1 - n_col // 4), n_col)
    found: dict[float, Centre] = {}
    counts = []
    for gap, (one, other) in pairs_by_gap(checked_angles(angles_rad, n_angle)).items():
        compare = pair_comparison(sinogram[one], sinogram[other])
        best = search_mirror(compare, n_col, first, last)
        if best is not None:
            found[gap] = Centre(best[0], without_rival(compare, *best, (first, last), n_col))
            counts.append(len(one))
    if not found:
        raise ValueError(
            "Opposite projections show no detail that could be compared: choose a row that shows "
            "the sample."
        )
    columns = [centre.column for centre in found.values()]
    column, confidence = columns[0], max(centre.confidence for centre in found.values())
    # Pairs that a step or two part differ by little; found far apart, they were found by chance.
    if np.ptp(columns) > _APART * n_col:
        confidence = 0.0
    elif len(found) > 1:
        line = np.polynomial.Polynomial.fit(list(found), columns, 1, w=np.sqrt(counts))
        column = min(max(float(line(0.0)), first), last)
    return Centre(round(column, 3), confidence)


def without_rival(
    compare: Compare, column: float, agreement: float, limits: tuple[float, float], n_col: int
) -> float:
    """The confidence in a column: its agreement, less what the best other column has, too.

    What counts as another column is at least a few pixels and beyond where the agreement falls.
    """
    factor = max(1, round(n_col / FINE_SIZE))
    mirror = compare(factor, FINE_SIZE, to_binned(column, factor))
    columns = np.arange(limits[0], limits[1] + 0.5, 0.5)
    values = mirror.agreement(to_binned(columns, factor))
    far = np.abs(columns - column) > max(4.0, _APART * n_col)
    rival = max(0.0, float(values[far].max())) if far.any() else 0.0
    alone = max(0.0, agreement - rival) / max(1e-3, 1 - rival)
    return min(1.0, max(0.0, agreement) * alone)


def pair_comparison(ahead: NDArray[np.float32], behind: NDArray[np.float32]) -> Compare:
    """Compares projections with those from the other side, which are not mirrored yet.

    Parameters
    ----------
    ahead, behind : (n_pair, n_col)
    """
    if len(ahead) >= _LEAST_PAIRS:
        ahead, behind = ahead - ahead.mean(axis=0), behind - behind.mean(axis=0)

    @cache
    def smaller(factor: int, most: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        return (
            binned_columns(spread_angles(ahead, most), factor),
            binned_columns(spread_angles(behind, most), factor),
        )

    return lambda factor, most_angles, middle: _mirror(*smaller(factor, most_angles), middle)


def _mirror(ahead: NDArray[np.float32], behind: NDArray[np.float32], middle: float) -> Mirror:
    """Mirroring a projection is the conjugate of its spectrum and a phase."""
    window = window_about(middle, ahead.shape[1])
    spectra, others = window.spectra(ahead), window.spectra(behind)
    weights = window.weights(spectra, others)
    amplitudes = np.sqrt((spectra.real**2 + spectra.imag**2 + others.real**2 + others.imag**2) / 2)
    products = np.zeros_like(spectra)
    np.divide(spectra * others, amplitudes, out=products, where=amplitudes > 0)
    cross = weights * products.sum(axis=0, dtype=np.complex128)
    total = float((weights * amplitudes.sum(axis=0, dtype=np.float64)).sum())
    return window.mirror(cross, total)
