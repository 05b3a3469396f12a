"""What a viewer asks of planes of data objects: picture, range of values, histogram."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.protocol_objects import (
    MAX_IMAGE_SIDE,
    AskRange,
    CountValues,
    Histogram,
    Picture,
    ShowPlane,
    ValueRange,
)
from daisy_kernel.contracts.transport import Buffers
from daisy_kernel.datastore import DataStore
from daisy_kernel.errors import InvalidParameter, OutOfBudget
from daisy_kernel.session.objects import as_buffer
from daisy_kernel.session.plane import plane_of, stacked

_SAMPLED_PLANES = 5


class Planes:
    """What a viewer asks of objects with two or more dimensions.

    Of more than three, such as a sweep, all but the last two are counted as one, in C order.

    Parameters
    ----------
    store
        The data objects.
    """

    def __init__(self, store: DataStore):
        self._store = store

    def image(self, asked: ShowPlane) -> tuple[Picture, Buffers]:
        """A plane, display-sized, quantised over [low, high].

        Larger planes are averaged over squares of pixels (over all of a side that is shorter than
        the square). Level 0 stands for `low` and below, the highest level for `high` and above;
        without a range, that of the averaged plane.
        """
        plane = plane_of(self._store, asked.name, asked.axis, asked.index, asked.minus)
        seen = plane if asked.region is None else plane.part(*asked.region)
        longest = max(seen.shape)
        binning = asked.binning or max(1, -(-longest // asked.max_size))
        if longest // binning > MAX_IMAGE_SIDE:
            raise OutOfBudget(
                f"A picture of {asked.name!r} would have {longest // binning} pixels on a side, "
                f"more than {MAX_IMAGE_SIDE}: average larger squares."
            )
        small = seen.binned(binning)
        low, high = _finite_range(small, asked.low, asked.high)
        if not math.isfinite(low) or not math.isfinite(high):
            raise InvalidParameter(
                f"The range of an image cannot be {low} to {high}: give numbers."
            )
        levels = _quantised(small, low, high, asked.bits)
        picture = Picture(
            levels.shape, plane.shape, binning, asked.bits, low, high, asked.axis, asked.index
        )
        return picture, (as_buffer(np.ascontiguousarray(levels)),)

    def range(self, asked: AskRange) -> ValueRange:
        """Smallest and largest value, and the 1st and 99th percentile, of a few planes."""
        values = self._sampled(asked.name, asked.axis, 2, asked.minus)
        values = values[np.isfinite(values)]
        if not values.size:
            return ValueRange(0.0, 1.0, 0.0, 1.0)
        first, last = np.percentile(values, (1, 99))
        return ValueRange(float(values.min()), float(values.max()), float(first), float(last))

    def histogram(self, asked: CountValues) -> tuple[Histogram, Buffers]:
        """How often values occur in a plane; bins include their lower edge, the last one both."""
        if asked.index is None:
            values = self._sampled(asked.name, asked.axis, 1, asked.minus)
        else:
            plane = plane_of(self._store, asked.name, asked.axis, asked.index, asked.minus)
            values = plane.binned(1).ravel()
        low, high = _finite_range(values, asked.low, asked.high)
        if high == low and asked.high is None:
            high = low + max(1.0, abs(low))  # all values are alike: they fill the first bin
        if not low < high:
            raise InvalidParameter(
                f"A histogram cannot go from {low} to {high}: give a lower and a higher number."
            )
        # In double precision, or a bound that float32 cannot hold would move.
        counts, _ = np.histogram(values.astype(np.float64), asked.bins, (low, high))
        below, above = np.count_nonzero(values < low), np.count_nonzero(values > high)
        missing = np.count_nonzero(np.isnan(values))
        histogram = Histogram(asked.bins, low, high, int(below), int(above), int(missing))
        return histogram, (as_buffer(counts.astype("<u4")),)

    def _sampled(
        self, name: str, axis: int, binning: int, minus: str | None
    ) -> NDArray[np.float32]:
        """The values of a few planes spread over the object."""
        shape = self._store.object(name).spec.shape
        n = stacked(shape)[axis] if len(shape) >= 3 and 0 <= axis < 3 else 1
        indices = sorted({int((i + 0.5) * n / _SAMPLED_PLANES) for i in range(_SAMPLED_PLANES)})
        planes = (plane_of(self._store, name, axis, i, minus) for i in indices)
        return np.concatenate([plane.binned(binning).ravel() for plane in planes])


def _finite_range(
    values: NDArray[np.float32], low: float | None, high: float | None
) -> tuple[float, float]:
    """The given range, completed by the smallest and largest finite value."""
    finite = values[np.isfinite(values)] if low is None or high is None else values
    if low is None:
        low = float(finite.min()) if finite.size else 0.0
    if high is None:
        high = float(finite.max()) if finite.size else 1.0
    return low, high


def _quantised(image: NDArray[np.float32], low: float, high: float, bits: int) -> NDArray[Any]:
    """Levels 0 to 2**bits - 1 for low to high; NaN is level 0."""
    levels = 2**bits - 1
    scale = levels / (high - low) if high > low else 0.0
    scaled = (np.clip(np.nan_to_num(image, nan=low), low, high) - low) * scale
    return np.rint(scaled).astype(np.uint8 if bits == 8 else "<u2")
