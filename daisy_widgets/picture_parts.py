"""Parts of slices as small pictures: all of it averaged, or what shows most pixel by pixel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.session.object_handle import Image, ObjectHandle

PARTS = ("detail", "whole slice")
DETAIL = 160
"""Side of the part that is shown pixel by pixel: a smear of half a column is seen there."""
_LEVELS = 65535


def pictures_of(
    stack: ObjectHandle,
    planes: Sequence[int],
    part: str,
    size: int,
    put: Callable[[int, Image], bool],
) -> None:
    """Read small pictures of some planes, all of the same part and over the same values.

    Parameters
    ----------
    stack : (..., n_y, n_x)
        An object of a session.
    planes
        Numbers of the planes, all dimensions but the last two counted as one.
    part
        One of `PARTS`.
    size
        Of a picture of the whole slice [pixels].
    put
        Takes the number of a picture, from 0, and the picture; False: no more are wanted.
    """
    known = stack.value_range()
    low, high = known["low"], known["high"]
    cut = _detail(stack, planes[len(planes) // 2]) if part == PARTS[0] else None
    for number, plane in enumerate(planes):
        if cut is None:
            image = stack.image(index=plane, max_size=size, bits=16, low=low, high=high)
        else:
            place = tuple(int(i) for i in np.unravel_index(plane, stack.shape[:-2]))
            image = quantised(stack[(*place, *cut)], low, high)
        if not put(number, image):
            return


def _detail(stack: ObjectHandle, plane: int) -> tuple[slice, slice]:
    """Rows and columns of the part of a plane that shows most."""
    n_y, n_x = stack.shape[-2:]
    small = stack.image(index=plane, max_size=128, bits=16)
    side = min(DETAIL, n_y, n_x)
    top, left = most_detailed(small.levels, max(1, side // small.binning))
    top, left = min(top * small.binning, n_y - side), min(left * small.binning, n_x - side)
    return slice(top, top + side), slice(left, left + side)


def most_detailed(picture: NDArray[Any], side: int) -> tuple[int, int]:
    """First row and column of the square in a picture that shows most.

    Parameters
    ----------
    picture : (n_y, n_x)
    side
        Of the square [pixel].
    """
    values = picture.astype(np.float64)
    side = min(side, *values.shape)
    steps = np.zeros(values.shape)
    steps[:, 1:] += np.abs(np.diff(values, axis=1))
    steps[1:] += np.abs(np.diff(values, axis=0))
    n_y, n_x = values.shape
    # Outside of the circle that all projections see there are only streaks.
    y, x = np.ogrid[:n_y, :n_x]
    steps[np.hypot(y - (n_y - 1) / 2, x - (n_x - 1) / 2) > 0.47 * min(n_y, n_x)] = 0
    sums = np.pad(steps, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)
    squares = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    top, left = np.unravel_index(int(np.argmax(squares)), squares.shape)
    return int(top), int(left)


def quantised(crop: NDArray[np.float32], low: float, high: float) -> Image:
    """A part of a slice in 16 bits; NaN is drawn like the lowest value."""
    scale = _LEVELS / (high - low) if high > low else 0.0
    within = np.clip(np.nan_to_num(crop, nan=low), low, high)
    levels = np.rint((within - low) * scale).astype("<u2")
    n_y, n_x = crop.shape
    return Image(levels, low, high, (n_y, n_x), 1)
