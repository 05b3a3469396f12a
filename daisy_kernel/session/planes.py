"""Operations on planes of data objects: picture, range of values, histogram, profile."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.protocol_objects import (
    MAX_IMAGE_SIDE,
    MAX_READ_BYTES,
    MAX_SAMPLES,
    AskRange,
    CountValues,
    DrawProfile,
    Histogram,
    Picture,
    Profile,
    ShowPlane,
    ValueRange,
)
from daisy_kernel.contracts.transport import Buffers
from daisy_kernel.datastore import DataStore
from daisy_kernel.errors import AxesClash, InvalidParameter, OutOfBudget
from daisy_kernel.session.objects import as_buffer

_SAMPLED_PLANES = 5
_BAND_BYTES = 1 << 26


class Planes:
    """What a viewer asks of objects with two or three dimensions.

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
        plane = self._plane(asked.name, asked.axis, asked.index, asked.minus)
        longest = max(plane.shape)
        binning = asked.binning or max(1, -(-longest // asked.max_size))
        if longest // binning > MAX_IMAGE_SIDE:
            raise OutOfBudget(
                f"A picture of {asked.name!r} would have {longest // binning} pixels on a side, "
                f"more than {MAX_IMAGE_SIDE}: average larger squares."
            )
        small = plane.binned(binning)
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
            plane = self._plane(asked.name, asked.axis, asked.index, asked.minus)
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

    def profile(self, asked: DrawProfile) -> tuple[Profile, Buffers]:
        """Values along a line, interpolated linearly between pixel centres.

        With a `width`, the mean over parallel lines; NaN where one of them leaves the plane.
        """
        plane = self._plane(asked.name, asked.axis, asked.index).binned(1)
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

    def _sampled(
        self, name: str, axis: int, binning: int, minus: str | None
    ) -> NDArray[np.float32]:
        """The values of a few planes spread over the object."""
        shape = self._store.object(name).spec.shape
        n = shape[axis] if len(shape) == 3 and 0 <= axis < 3 else 1
        indices = sorted({int((i + 0.5) * n / _SAMPLED_PLANES) for i in range(_SAMPLED_PLANES)})
        planes = (self._plane(name, axis, i, minus) for i in indices)
        return np.concatenate([plane.binned(binning).ravel() for plane in planes])

    def _plane(self, name: str, axis: int, index: int, minus: str | None = None) -> _Plane:
        """A plane of an object, or what it has more than the same plane of another one."""
        plane = self._plane_of_one(name, axis, index)
        if minus is None:
            return plane
        shapes = [self._store.object(each).spec.shape for each in (name, minus)]
        if shapes[0] != shapes[1]:
            raise AxesClash(
                f"{name!r} has shape {shapes[0]} and {minus!r} has shape {shapes[1]}: only objects "
                "of equal shape have a difference; crop or bin both the same way."
            )
        return plane.minus(self._plane_of_one(minus, axis, index))

    def _plane_of_one(self, name: str, axis: int, index: int) -> _Plane:
        held = self._store.object(name)
        shape = held.spec.shape
        if len(shape) == 2:
            return _Plane(shape, lambda lo, hi: held.read((slice(lo, hi), slice(0, shape[1]))))
        if len(shape) != 3:
            raise AxesClash(f"{name!r} has shape {shape}: an image needs two or three dimensions.")
        if not 0 <= axis < 3 or not 0 <= index < shape[axis]:
            raise AxesClash(
                f"{name!r} has shape {shape}: there is no plane {index} along axis {axis}."
            )
        rows, columns = (i for i in range(3) if i != axis)

        def read(lo: int, hi: int) -> NDArray[Any]:
            selection = [slice(0, n) for n in shape]
            selection[axis], selection[rows] = slice(index, index + 1), slice(lo, hi)
            return held.read(tuple(selection)).squeeze(axis)

        return _Plane((shape[rows], shape[columns]), read)


class _Plane:
    """A plane that is read in bands of rows."""

    def __init__(self, shape: tuple[int, ...], read: Callable[[int, int], NDArray[Any]]):
        self.shape, self._read = shape, read

    def minus(self, other: _Plane) -> _Plane:
        """The difference to a plane of equal shape; of complex values, that of the magnitudes."""
        return _Plane(
            self.shape, lambda lo, hi: difference(self._read(lo, hi), other._read(lo, hi))
        )

    def binned(self, binning: int) -> NDArray[np.float32]:
        """Averages over squares; what does not fill a square is left out."""
        rows, columns = self.shape
        n_y = max(1, rows // binning) if rows else 0
        y = min(binning, rows) or 1
        x = min(binning, columns) or 1
        if 4 * n_y * (columns // x) > MAX_READ_BYTES:
            raise OutOfBudget(
                f"A plane of {self.shape} takes more than {MAX_READ_BYTES} bytes: average squares, "
                "or read a part."
            )
        band = max(1, _BAND_BYTES // max(1, 4 * columns * y)) * y
        if n_y * y <= band:
            return _averaged(self._read(0, n_y * y), y, x)
        small = np.empty((n_y, columns // x), np.float32)
        for lo in range(0, n_y * y, band):
            hi = min(lo + band, n_y * y)
            small[lo // y : hi // y] = _averaged(self._read(lo, hi), y, x)
        return small


def difference(values: NDArray[Any], taken_away: NDArray[Any]) -> NDArray[Any]:
    """`values` - `taken_away` in floating point, which does not wrap around.

    Of complex values, the difference of the magnitudes: that is what a viewer shows of them.
    """
    ours, others = (np.abs(v) if np.iscomplexobj(v) else v for v in (values, taken_away))
    # In double precision where float32 would lose digits: large integers may differ little.
    precise = np.result_type(ours.dtype, others.dtype, np.float32)
    with np.errstate(invalid="ignore"):  # infinities of one sign
        found: NDArray[Any] = np.subtract(ours, others, dtype=precise)
    return found


def _averaged(band: NDArray[Any], y: int, x: int) -> NDArray[np.float32]:
    image = (np.abs(band) if np.iscomplexobj(band) else band).astype(np.float32)
    if y == x == 1 or image.size == 0:
        return image
    n_y, n_x = image.shape[0] // y, image.shape[1] // x
    squares = image[: n_y * y, : n_x * x].reshape(n_y, y, n_x, x)
    with np.errstate(invalid="ignore"):  # infinities of both signs
        averaged: NDArray[np.float32] = squares.mean(axis=(1, 3))
    return averaged


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


def _quantised(image: NDArray[np.float32], low: float, high: float, bits: int) -> NDArray[Any]:
    """Levels 0 to 2**bits - 1 for low to high; NaN is level 0."""
    levels = 2**bits - 1
    scale = levels / (high - low) if high > low else 0.0
    scaled = (np.clip(np.nan_to_num(image, nan=low), low, high) - low) * scale
    return np.rint(scaled).astype(np.uint8 if bits == 8 else "<u2")
