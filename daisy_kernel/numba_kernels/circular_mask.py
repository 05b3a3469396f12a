"""Slices without what lies outside of the field of view."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from daisy_kernel.numba_kernels.image_stack import image_stack
from daisy_kernel.numba_kernels.result_memory import results


def circular_mask(volume: NDArray[Any], *, ratio: float, value: float = 0.0) -> NDArray[Any]:
    """Slices in which everything outside of a circle around the rotation axis has one value.

    Parameters
    ----------
    volume : (n_slice, n_y, n_x) [any]
        Real numbers; NaN outside of the circle vanishes too, inside it stays.
    ratio : [1]
        Diameter of the circle as a share of the width n_x; 1 touches the edges, 1.42 leaves
        everything of a square slice.
    value : [as the volume]
        What is put outside.

    Returns
    -------
    masked : (n_slice, n_y, n_x) [as given]

    Raises
    ------
    ValueError
        If `ratio` is not positive or the type of the volume does not hold `value`.

    Notes
    -----
    A pixel is inside where (x - (n_x - 1) / 2)**2 + (y - (n_y - 1) / 2)**2 <= (ratio n_x / 2)**2.
    """
    volume = image_stack("volume", volume, ("n_slice", "n_y", "n_x"))
    if not (isfinite(ratio) and ratio > 0):
        raise ValueError(
            f"The diameter is {ratio} of the width; it must be positive: 1 touches the edges."
        )
    kind = volume.dtype
    if kind.kind in "iu" and not (
        value == int(value) and np.iinfo(kind).min <= value <= np.iinfo(kind).max
    ):
        raise ValueError(
            f"A volume of {kind} cannot hold {value} outside of the circle: give a whole "
            "number that it holds."
        )
    _, n_y, n_x = volume.shape
    # Twice the distances are whole numbers.
    chord = (ratio * n_x) ** 2 - (2.0 * np.arange(n_y) - (n_y - 1)) ** 2
    first = np.ceil((n_x - 1 - np.sqrt(np.maximum(chord, 0.0))) / 2).astype(np.int64)
    first = np.where(chord < 0, n_x, np.maximum(first, 0))
    masked = results.empty(*volume.shape) if kind == np.float32 else np.empty(volume.shape, kind)
    _copy_inside(volume, first, kind.type(value), masked)
    return masked


@njit(nogil=True, cache=True)
def _copy_inside(volume, first, outside, out):
    n_slice, n_y, n_x = volume.shape
    for i in range(n_slice):
        for y in range(n_y):
            lo = min(first[y], n_x)
            hi = max(n_x - first[y], lo)
            for x in range(lo):
                out[i, y, x] = outside
            for x in range(lo, hi):
                out[i, y, x] = volume[i, y, x]
            for x in range(hi, n_x):
                out[i, y, x] = outside
