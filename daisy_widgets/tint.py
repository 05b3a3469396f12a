"""Pixels that are tinted on a frame, as rectangles that the viewer draws."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Box = tuple[tuple[float, float], tuple[float, float]]
"""Two opposite corners, (row, column) each; pixel centres are on integers."""
_MOST = 3000
"""Rectangles that a browser draws without delay."""


def boxes_of(mask: NDArray[np.bool_]) -> list[Box]:
    """Rectangles that cover these pixels.

    Parameters
    ----------
    mask : (n_row, n_col)

    Returns
    -------
    boxes
        One for each run of pixels in a row. Where those would be too many, pixels are taken
        together in squares, and a square with any of them is covered.
    """
    size = 1
    while len(boxes := _runs(_binned(mask, size), size, mask.shape)) > _MOST:
        size *= 2
    return boxes


def _binned(mask: NDArray[np.bool_], size: int) -> NDArray[np.bool_]:
    starts = (np.arange(0, n, size) for n in mask.shape)
    for axis, start in enumerate(starts):
        mask = np.logical_or.reduceat(mask, start, axis=axis)
    return mask


def _runs(mask: NDArray[np.bool_], size: int, shape: tuple[int, ...]) -> list[Box]:
    padded = np.pad(mask, ((0, 0), (1, 1))).astype(np.int8)
    steps = np.diff(padded, axis=1)
    rows, starts = np.nonzero(steps == 1)
    _, stops = np.nonzero(steps == -1)
    tops, lefts = rows * size - 0.5, starts * size - 0.5
    bottoms = np.minimum(tops + size, shape[0] - 0.5)
    rights = np.minimum(stops * size - 0.5, shape[1] - 0.5)
    sides = (side.tolist() for side in (tops, lefts, bottoms, rights))
    return [((a, b), (c, d)) for a, b, c, d in zip(*sides, strict=True)]
