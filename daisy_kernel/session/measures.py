"""What is measured in a plane of a data object: values along a line, and within a rectangle."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.protocol_objects import (
    MAX_SAMPLES,
    DrawProfile,
    Profile,
    Statistics,
    SumUpRegion,
)
from daisy_kernel.contracts.transport import Buffers
from daisy_kernel.datastore import DataStore
from daisy_kernel.errors import InvalidParameter, OutOfBudget
from daisy_kernel.session.objects import as_buffer
from daisy_kernel.session.plane import plane_of

MOST_PIXELS = 1 << 26
"""Of a rectangle: three arrays in double precision are held at most, 1.5 GiB."""
_SLACK = 1e-6
"""Two ways to reach a point differ by rounding [pixels]."""


class Measures:
    """Measures planes of objects with two or three dimensions.

    Parameters
    ----------
    store
        The data objects.
    """

    def __init__(self, store: DataStore):
        self._store = store

    def profile(self, asked: DrawProfile) -> tuple[Profile, Buffers]:
        """Values along a line, interpolated linearly between pixel centres.

        With a `width`, the mean over parallel lines; NaN where one of them leaves the plane.
        """
        plane = plane_of(self._store, asked.name, asked.axis, asked.index)
        start, stop = np.asarray(asked.start, np.float64), np.asarray(asked.stop, np.float64)
        length = float(np.hypot(*(stop - start)))
        if not math.isfinite(length):
            raise InvalidParameter(f"A line from {asked.start} to {asked.stop} has no length.")
        samples = asked.samples or min(MAX_SAMPLES, max(2, round(length) + 1))
        along = (stop - start) / length if length else np.zeros(2)
        across = np.array([-along[1], along[0]])
        points = start[:, None] + (stop - start)[:, None] * np.linspace(0, 1, samples)
        offsets = np.arange(asked.width) - (asked.width - 1) / 2
        corners = np.stack([start, stop])[:, None] + offsets[:, None] * across
        box = _box(corners.reshape(-1, 2), plane.shape)
        total = np.full(samples, np.nan)
        if box is not None:  # else the lines pass by the plane
            total[:] = 0
            part, origin = plane.part(*box).binned(1), np.array([lo for lo, _ in box])
            for offset in offsets:
                shifted = points + (offset * across)[:, None]
                total += _interpolated(part, shifted, origin, plane.shape)
        return Profile(samples, length), (as_buffer((total / asked.width).astype("<f4")),)

    def statistics(self, asked: SumUpRegion) -> Statistics:
        """Of the finite values of a rectangle, in double precision; of complex ones, magnitudes."""
        plane = plane_of(self._store, asked.name, asked.axis, asked.index, asked.minus)
        part = plane.part(asked.rows, asked.columns)
        n = math.prod(part.shape)
        if n > MOST_PIXELS:
            raise OutOfBudget(
                f"A rectangle of {part.shape} holds too many values at once: choose "
                f"one of at most {MOST_PIXELS} pixels."
            )
        values, count = np.empty(n, np.float64), 0
        for band in part.bands():
            finite = band[np.isfinite(band)]
            values[count : count + finite.size] = finite
            count += finite.size
        values = values[:count]
        if not values.size:
            return Statistics(0, n, None, None, None, None, None)
        found = [values.mean(), values.std(), values.min(), values.max()]
        found.append(np.median(values, overwrite_input=True))  # last: it sorts the values
        return Statistics(values.size, n - values.size, *map(float, found))


def _box(
    corners: NDArray[np.float64], shape: tuple[int, ...]
) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Rows and columns, [start, stop) each, between which values are interpolated."""
    low = np.clip(np.floor(corners.min(axis=0) - _SLACK), 0, shape).astype(np.int64)
    high = np.clip(np.floor(corners.max(axis=0) + _SLACK) + 2, 0, shape).astype(np.int64)
    if (low >= high).any():
        return None
    return (int(low[0]), int(high[0])), (int(low[1]), int(high[1]))


def _interpolated(
    part: NDArray[np.float32],
    points: NDArray[np.float64],
    origin: NDArray[np.int64],
    shape: tuple[int, ...],
) -> NDArray[np.float64]:
    """Linear between pixel centres, NaN outside; a pixel of no weight, NaN say, has no say.

    `part` begins at `origin` of a plane of this `shape` and holds all pixels about the points.
    """
    last = np.array(shape)[:, None] - 1
    inside = ((points >= 0) & (points <= last)).all(axis=0)
    values = np.where(inside, 0.0, np.nan)
    corner = np.floor(np.where(inside, points, origin[:, None])).astype(np.int64)
    for offset in ((0, 0), (0, 1), (1, 0), (1, 1)):
        row, column = corner + np.array(offset)[:, None]
        weights = np.prod(1 - np.abs(points - (row, column)), axis=0)
        used = inside & (weights > 0)
        values[used] += weights[used] * part[row[used] - origin[0], column[used] - origin[1]]
    return values
