"""Searching the column about which projections are mirror images of each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from daisy_kernel.numba_kernels.centre import edge_refusal

COARSE_SIZE = 256
"""Columns and angles that are enough to find the centre to about a (larger) pixel."""
FINE_SIZE = 1024
"""Columns and angles from which more do not help: they would only add noise and time."""
_WINDOWS = 16
"""Positions of the window in the coarse search, for a range of half the detector."""
_TAPER = 0.3
"""Part of the half width over which the window falls to zero."""
_NOISE_ABOVE = 0.35
"""Frequency from which on the spectrum is taken for noise [cycles per column]."""


@dataclass(frozen=True)
class Mirror:
    """How projections and mirrored projections agree, for columns near the middle of a window."""

    frequencies: NDArray[np.float64]
    """[cycles per column]"""
    cross: NDArray[np.complex128]
    """Sum of the products of their spectra, where mirrored about column 0."""
    total: float
    """What the real part would sum up to if they were the same."""

    def agreement(self, columns: NDArray[np.float64]) -> NDArray[np.float64]:
        """1 where they are mirror images about the column, 0 where they are unrelated."""
        if self.total == 0:
            return np.zeros(len(columns))
        turns = np.exp(4j * np.pi * np.multiply.outer(columns, self.frequencies))
        # Not by matrix product: the threads of a BLAS change the last bits.
        return (turns * self.cross).sum(axis=-1).real / self.total


Compare = Callable[[int, int, float], Mirror]
"""Makes the mirror for columns binned by a factor, so many angles at most, and a window about a
(binned) column."""


@dataclass(frozen=True)
class Window:
    """The part of the detector that is symmetric about a column.

    Samples that are wider than the detector would otherwise end where their mirror image does not.
    """

    first: int
    """Column of the detector at which it begins."""
    values: NDArray[np.float32]
    """Falls to zero at both ends."""
    half_width: float
    n_sample: int
    """Length of the transforms, long enough for the mirror image beside."""

    @property
    def frequencies(self) -> NDArray[np.float64]:
        """Of the spectra [cycles per column]."""
        return np.arange(self.n_sample // 2 + 1) / self.n_sample

    def spectra(self, projections: NDArray[np.float32]) -> NDArray[np.complex64]:
        """Spectra of the projections above their mean (n_angle, n_frequency)."""
        seen = projections[:, self.first : self.first + len(self.values)]
        windowed = seen * self.values
        mean = windowed.sum(dtype=np.float64) / (self.values.sum(dtype=np.float64) * len(seen))
        windowed -= np.float32(mean) * self.values
        return scipy.fft.rfft(windowed, self.n_sample, axis=1)

    def weights(self, *spectra: NDArray[np.complex64]) -> NDArray[np.float64]:
        """Part of the power at each frequency that is not noise (a Wiener filter)."""
        power = np.mean(
            [(s.real**2 + s.imag**2).mean(axis=0, dtype=np.float64) for s in spectra], axis=0
        )
        noise = np.median(power[self.frequencies > _NOISE_ABOVE])
        share = np.zeros_like(power)
        np.divide(np.maximum(power - noise, 0), power, out=share, where=power > 0)
        share[self.frequencies <= 1 / self.half_width] = 0
        return share

    def mirror(self, cross: NDArray[np.complex128], total: float) -> Mirror:
        """The mirror of a sum over the lowest frequencies, in columns of the detector."""
        frequencies = self.frequencies[: len(cross)]
        return Mirror(frequencies, cross * np.exp(-4j * np.pi * self.first * frequencies), total)


def window_about(middle: float, n_col: int) -> Window:
    """The widest window that is symmetric about a column."""
    half_width = min(middle, n_col - 1 - middle) + 0.5
    first = max(0, int(np.ceil(middle - half_width)))
    columns = np.arange(first, min(n_col - 1, int(middle + half_width)) + 1)
    slope = np.clip((half_width - np.abs(columns - middle)) / (_TAPER * half_width), 0, 1)
    values = (np.sin(np.pi / 2 * slope) ** 2).astype(np.float32)
    n_sample = scipy.fft.next_fast_len(2 * len(columns), real=True)
    return Window(first, values, half_width, n_sample)


def search_mirror(
    compare: Compare, n_col: int, first: float, last: float
) -> tuple[float, float] | None:
    """The column from `first` to `last` about which mirroring fits best, and how well.

    None where every column fits equally well.

    Raises
    ------
    ValueError
        If the best column is the first or the last.
    """
    factor = max(1, min(n_col // COARSE_SIZE, int((last - first) / 8)))
    n_window = max(1, round(_WINDOWS * (last - first) / (0.5 * n_col)))
    edges = np.linspace(first, last, n_window + 1)
    candidates, values = [], []
    for lo, hi in pairwise(edges):
        mirror = compare(factor, COARSE_SIZE, to_binned((lo + hi) / 2, factor))
        columns = np.linspace(lo, hi, max(4, round(4 * (hi - lo) / factor)) + 1)
        candidates.append(columns)
        values.append(mirror.agreement(to_binned(columns, factor)))
    columns, agreement = np.concatenate(candidates), np.concatenate(values)
    if agreement.max() == agreement.min():
        return None
    best = int(np.argmax(agreement))
    if best in (0, len(columns) - 1):
        raise edge_refusal(float(columns[best]), first, last)
    return refine_mirror(compare, n_col, factor, float(columns[best]), (first, last))


def refine_mirror(
    compare: Compare, n_col: int, factor: int, column: float, limits: tuple[float, float]
) -> tuple[float, float]:
    """The column to a fraction of a pixel, from one that is known to about `factor` columns.

    Raises
    ------
    ValueError
        If the best column is at the limits.
    """
    finest = max(1, min(factor, round(n_col / FINE_SIZE)))
    while factor > finest:
        factor = max(finest, factor // 2)
        column, _ = best_near(compare, factor, column, 3.0 * factor, limits)
    for reach in (1.5, 0.5):
        # Around the new column each time, because the window must stand right for the last digit.
        before = column
        column, agreement = best_near(compare, factor, column, reach * factor, limits)
        if abs(column - before) < 0.1 * factor:
            break
    if column in limits:
        raise edge_refusal(column, *limits)
    return column, agreement


def best_near(
    compare: Compare, factor: int, column: float, reach: float, limits: tuple[float, float]
) -> tuple[float, float]:
    """The best column within `reach` of a column, and how well it fits."""
    mirror = compare(factor, FINE_SIZE, to_binned(column, factor))
    columns = np.linspace(column - reach, column + reach, 61)
    columns = columns[(columns >= limits[0]) & (columns <= limits[1])]
    values = mirror.agreement(to_binned(columns, factor))
    best = int(np.argmax(values))
    if 0 < best < len(columns) - 1:
        left, value, right = values[best - 1 : best + 2]
        if 2 * value > left + right:
            shift = 0.5 * (right - left) / (2 * value - left - right)
            return float(columns[best] + shift * (columns[1] - columns[0])), float(value)
    return float(columns[best]), float(values[best])


def to_binned(column: Any, factor: int) -> Any:
    """The column on a detector binned by a factor."""
    return (column + 0.5) / factor - 0.5
