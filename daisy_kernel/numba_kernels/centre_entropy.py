"""The rotation axis by how clean the slice is."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import median_filter

from daisy_kernel.numba_kernels.centre import (
    Centre,
    checked_range,
    checked_sinogram,
    edge_refusal,
)
from daisy_kernel.numba_kernels.centre_mirror import COARSE_SIZE, FINE_SIZE
from daisy_kernel.numba_kernels.centre_trial import slice_entropies, tried_slices
from daisy_kernel.numba_kernels.centre_turns import checked_angles, one_per_direction
from daisy_kernel.numba_kernels.parallel_beam import ROWS_PER_GROUP

_SURROUNDINGS = 9
"""Candidates among which one must stand out."""
_BY_CHANCE = 1.3
"""By how much the deepest of many dips that come by chance is deeper than the next."""
_SCATTER = 2.5
"""Dip of the entropy [bit] that noise makes, times the number of columns."""


def find_centre_entropy(
    sinogram: NDArray[Any],
    angles_rad: ArrayLike,
    *,
    search_range: tuple[float, float] | None = None,
) -> Centre:
    """Column on which the axis projects: where the entropy of the slice has its deepest dip.

    Parameters
    ----------
    sinogram : (n_angle, n_col)
        One row of the scan; before or after `minus_log`.
    angles_rad : (n_angle,) [rad]
        In any order, spread evenly over half a turn or any number of half turns; also golden.
    search_range : [column]
        First and last column to consider; the middle half of the detector by default.

    Returns
    -------
    centre
        Column and confidence; the confidence says how much deeper this dip of the entropy is than
        the next: 0 for what noise does, towards 1 where it stands alone.

    Raises
    ------
    ValueError
        If the sinogram says nothing (as `find_centre_vo`), the search range is not on the
        detector, or the best column is at its edge.

    Notes
    -----
    T. Donath, F. Beckmann, A. Schreyer, "Automated determination of the center of rotation in
    tomography data", J. Opt. Soc. Am. A 23, 1048 (2006): a wrong centre smears every detail, so
    the histogram of the grey values in the slice loses its peaks. Searched on binned columns
    first; sixteen candidates share one reconstruction, as if they were detector rows.
    """
    sinogram = checked_sinogram(sinogram)
    n_angle, n_col = sinogram.shape
    angles = checked_angles(angles_rad, n_angle)
    first, last = checked_range(search_range, (n_col // 4, n_col - 1 - n_col // 4), n_col)
    order = one_per_direction(angles)
    sinogram, angles = sinogram[order], angles[order]
    factor = max(1, min(n_col // COARSE_SIZE, int((last - first) / 8)))
    columns = np.linspace(first, last, max(9, round((last - first) / factor) + 1))
    entropies = _entropies(sinogram, angles, factor, columns)
    # Not the lowest, but the deepest dip: far from the middle less of the slice is seen, and its
    # entropy falls or rises slowly.
    dips = median_filter(entropies, _SURROUNDINGS, mode="nearest") - entropies
    best = int(np.argmax(dips))
    if best in (0, len(columns) - 1) or dips[best] <= 0:
        raise edge_refusal(float(columns[best]), first, last)
    far = np.abs(np.arange(len(dips)) - best) > _SURROUNDINGS // 4
    # Of few pixels, or of noise alone, the entropy itself is not known any better.
    rival = max(_SCATTER / (n_col / factor), float(dips[far].max()) if far.any() else 0.0)
    confidence = max(0.0, 1 - _BY_CHANCE * rival / float(dips[best]))
    column, reach = float(columns[best]), float(columns[1] - columns[0])
    finest = max(1, min(factor, round(n_col / FINE_SIZE)))
    while True:
        factor = max(finest, factor // 2)
        columns = column + reach * np.linspace(-1, 1, ROWS_PER_GROUP)
        columns = columns[(columns >= first) & (columns <= last)]
        column = _lowest(columns, _entropies(sinogram, angles, factor, columns))
        if reach <= factor:
            break
        reach = max(reach / 4, 0.8 * factor)
    if column in (first, last):
        raise edge_refusal(column, first, last)
    return Centre(round(column, 3), confidence)


def _lowest(columns: NDArray[np.float64], entropies: NDArray[np.float64]) -> float:
    """The minimum of a parabola through the lowest values, smoother than the lowest itself."""
    best = int(np.argmin(entropies))
    near = slice(max(0, best - 3), best + 4)
    x, y = columns[near] - columns[best], entropies[near]
    if len(x) >= 5:
        bend, slope, _ = np.polyfit(x, y, 2)
        if bend > 0 and abs(slope / (2 * bend)) <= x[-1]:
            return float(columns[best] - slope / (2 * bend))
    return float(columns[best])


def _entropies(
    sinogram: NDArray[np.float32],
    angles: NDArray[np.float64],
    factor: int,
    columns: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Entropy of the grey values for every centre [bit]."""
    tried = tried_slices(sinogram, angles, columns, factor)
    return slice_entropies(tried, columns, sinogram.shape[1] // factor, factor)
