"""Real numbers as whole ones of a stated range."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from daisy_kernel.numba_kernels.image_stack import image_stack

_TYPES = {8: np.uint8, 16: np.uint16}


@dataclass(frozen=True)
class Outside:
    """How many values no code stands for."""

    below: int
    above: int
    nan: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.below + self.above + self.nan


def convert_range(
    volume: NDArray[Any], *, low: float, high: float, bits: int
) -> tuple[NDArray[Any], Outside]:
    """Codes of 8 or 16 bits for the values of a range.

    Parameters
    ----------
    volume : (n_slice, n_y, n_x) [any]
        Real numbers.
    low, high : [as the volume]
        What the codes 0 and 2**bits - 1 stand for. Values outside are clipped, NaN becomes 0.
    bits
        8 or 16.

    Returns
    -------
    codes : (n_slice, n_y, n_x) [1]
        uint8 or uint16.
    outside : Outside
        How many values were clipped or no numbers.

    Raises
    ------
    ValueError
        If `high` is not larger than `low`, or `bits` is something else.

    Notes
    -----
    code = floor((value - low) (2**bits - 1) / (high - low) + 1/2): the nearest one, ties up. Back:
    value = low + code (high - low) / (2**bits - 1), off by at most half a code.
    """
    volume = image_stack("volume", volume, ("n_slice", "n_y", "n_x"))
    if bits not in _TYPES:
        raise ValueError(f"Codes of {bits} bits are not known: choose 8 or 16.")
    require_range(low, high)
    codes = np.empty(volume.shape, _TYPES[bits])
    counts = np.zeros(3, np.int64)
    _convert(volume, low, high, float(2**bits - 1), codes, counts)
    return codes, Outside(*map(int, counts))


def count_outside(volume: NDArray[Any], *, low: float, high: float) -> Outside:
    """How many values `convert_range` would clip, and how many are no numbers.

    Raises
    ------
    ValueError
        If `high` is not larger than `low`.
    """
    volume = image_stack("volume", volume, ("n_slice", "n_y", "n_x"))
    require_range(low, high)
    counts = np.zeros(3, np.int64)
    _count(volume, low, high, counts)
    return Outside(*map(int, counts))


def require_range(low: float, high: float) -> None:
    """Refuse what is no range."""
    if not (low < high and isfinite(high - low) and isfinite(1 / (high - low))):
        raise ValueError(
            f"the range is {low:g} to {high:g}: give finite numbers, the second one larger"
        )


@njit(nogil=True, cache=True)
def _convert(volume, low, high, top, out, counts):
    n_slice, n_y, n_x = volume.shape
    scale = top / (high - low)
    for i in range(n_slice):
        for y in range(n_y):
            below = above = nan = 0
            for x in range(n_x):
                value = np.float64(volume[i, y, x])
                below += value < low
                above += value > high
                nan += value != value
                code = (value - low) * scale + 0.5
                code = code if code > 0.0 else 0.0  # NaN, too
                code = code if code < top else top
                out[i, y, x] = np.int32(code)
            counts[0] += below
            counts[1] += above
            counts[2] += nan


@njit(nogil=True, cache=True)
def _count(volume, low, high, counts):
    n_slice, n_y, n_x = volume.shape
    for i in range(n_slice):
        for y in range(n_y):
            below = above = nan = 0
            for x in range(n_x):
                value = volume[i, y, x]
                below += value < low
                above += value > high
                nan += value != value
            counts[0] += below
            counts[1] += above
            counts[2] += nan
