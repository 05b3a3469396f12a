"""What is measured in a plane of a data object: values along a line, and within a rectangle."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.protocol_objects import (
    MAX_READ_BYTES,
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
        plane = plane_of(self._store, asked.name, asked.axis, asked.index).binned(1)
        start, stop = np.asarray(asked.start, np.float64), np.asarray(asked.stop, np.float64)
        length = float(np.hypot(*(stop - start)))
        if not math.isfinite(length):
            raise InvalidParameter(f"A line from {asked.start} to {asked.stop} has no length.")
        samples = asked.samples or min(MAX_SAMPLES, max(2, round(length) + 1))
        along = (stop - start) / length if length else np.zeros(2)
        across = np.array([-along[1], along[0]])
        points = start[:, None] + (stop - start)[:, None] * np.linspace(0, 1, samples)
        total = np.zeros(samples, np.float64)
        for line in range(asked.width):
            shifted = points + ((line - (asked.width - 1) / 2) * across)[:, None]
            total += _interpolated(plane, shifted)
        return Profile(samples, length), (as_buffer((total / asked.width).astype("<f4")),)

    def statistics(self, asked: SumUpRegion) -> Statistics:
        """Of the finite values of a rectangle, in double precision; of complex ones, magnitudes."""
        plane = plane_of(self._store, asked.name, asked.axis, asked.index, asked.minus)
        part = plane.part(asked.rows, asked.columns)
        n = math.prod(part.shape)
        if 8 * n > MAX_READ_BYTES:
            raise OutOfBudget(
                f"A rectangle of {part.shape} holds too many values at once: choose "
                f"one of at most {MAX_READ_BYTES // 8} pixels."
            )
        values = np.concatenate(
            [band[np.isfinite(band)].astype(np.float64) for band in part.bands()]
        )
        if not values.size:
            return Statistics(0, n, None, None, None, None, None)
        found = (values.mean(), values.std(), values.min(), values.max(), np.median(values))
        return Statistics(values.size, n - values.size, *map(float, found))


def _interpolated(plane: NDArray[np.float32], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Linear between pixel centres, NaN outside; a pixel of no weight, NaN say, has no say."""
    last = np.array(plane.shape)[:, None] - 1
    inside = ((points >= 0) & (points <= last)).all(axis=0)
    values = np.where(inside, 0.0, np.nan)
    corner = np.floor(np.where(inside, points, 0)).astype(np.int64)
    for offset in ((0, 0), (0, 1), (1, 0), (1, 1)):
        row, column = corner + np.array(offset)[:, None]
        weights = np.prod(1 - np.abs(points - (row, column)), axis=0)
        used = inside & (weights > 0)
        values[used] += weights[used] * plane[row[used], column[used]]
    return values
