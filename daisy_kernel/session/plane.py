"""A plane of a data object, read in bands of rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.protocol_objects import MAX_READ_BYTES
from daisy_kernel.datastore import DataStore
from daisy_kernel.errors import AxesClash, OutOfBudget

_BAND_BYTES = 1 << 26


def plane_of(store: DataStore, name: str, axis: int, index: int, minus: str | None = None) -> Plane:
    """A plane of an object, or what it has more than the same plane of another one.

    Parameters
    ----------
    store
        The data objects.
    name
        One with two or more dimensions; of more than three, the leading ones count as one.
    axis, index
        Which plane of three dimensions: across which one, and where.
    minus
        An object of equal shape whose values are taken away.

    Raises
    ------
    AxesClash
        If there is no such plane, or the shapes differ.
    """
    plane = _plane_of_one(store, name, axis, index)
    if minus is None:
        return plane
    shapes = [store.object(each).spec.shape for each in (name, minus)]
    if shapes[0] != shapes[1]:
        raise AxesClash(
            f"{name!r} has shape {shapes[0]} and {minus!r} has shape {shapes[1]}: only objects "
            "of equal shape have a difference; crop or bin both the same way."
        )
    return plane.minus(_plane_of_one(store, minus, axis, index))


def _plane_of_one(store: DataStore, name: str, axis: int, index: int) -> Plane:
    held = store.object(name)
    shape = held.spec.shape
    if len(shape) == 2:
        return Plane(shape, lambda rows, columns: held.read((rows, columns)))
    if len(shape) < 3:
        raise AxesClash(f"{name!r} has shape {shape}: an image needs two or more dimensions.")
    is_across = 0 <= axis < 3 and (axis == 0 or len(shape) == 3)
    if not is_across or not 0 <= index < stacked(shape)[axis]:
        raise AxesClash(f"{name!r} has shape {shape}: there is no plane {index} along axis {axis}.")
    if len(shape) > 3:
        place = [slice(int(i), int(i) + 1) for i in np.unravel_index(index, shape[:-2])]

        def read_one(rows: slice, columns: slice) -> NDArray[Any]:
            part = held.read((*place, rows, columns))
            return part.reshape(part.shape[-2:])

        return Plane(shape[-2:], read_one)
    down, right = (i for i in range(3) if i != axis)

    def read(rows: slice, columns: slice) -> NDArray[Any]:
        selection = {axis: slice(index, index + 1), down: rows, right: columns}
        return held.read(tuple(selection[i] for i in range(3))).squeeze(axis)

    return Plane((shape[down], shape[right]), read)


def stacked(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """The shape with all dimensions but the last two as one: the planes of a sweep, counted."""
    return math.prod(shape[:-2]), shape[-2], shape[-1]


class Plane:
    """Rows and columns of numbers, read where they lie.

    Parameters
    ----------
    shape
        Rows and columns.
    read
        Takes rows and columns, as slices, and gives that part.
    """

    def __init__(self, shape: tuple[int, ...], read: Callable[[slice, slice], NDArray[Any]]):
        self.shape, self._read = shape, read

    def minus(self, other: Plane) -> Plane:
        """The difference to a plane of equal shape; of complex values, that of the magnitudes."""
        return Plane(
            self.shape,
            lambda rows, columns: difference(self._read(rows, columns), other._read(rows, columns)),
        )

    def part(self, rows: Sequence[int], columns: Sequence[int]) -> Plane:
        """Some rows and columns, [start, stop) each.

        Raises
        ------
        AxesClash
            If they are not within the plane.
        """
        bounds = [tuple(rows[:2]), tuple(columns[:2])]
        fit = all(0 <= lo < hi <= n for (lo, hi), n in zip(bounds, self.shape, strict=True))
        if not fit or len(rows) > 2 or len(columns) > 2:
            raise AxesClash(
                f"A plane of {self.shape} has no rows {list(rows)} and columns {list(columns)}: "
                "give [start, stop] within it."
            )
        (top, bottom), (left, right) = bounds
        return Plane(
            (bottom - top, right - left),
            lambda y, x: self._read(
                slice(top + y.start, top + y.stop), slice(left + x.start, left + x.stop)
            ),
        )

    def bands(self) -> Iterator[NDArray[Any]]:
        """All of it, in bands of bounded size; of complex values, the magnitudes."""
        rows, columns = self.shape
        height = max(1, _BAND_BYTES // max(1, 8 * columns))
        for lo in range(0, rows, height):
            band = self._read(slice(lo, min(lo + height, rows)), slice(0, columns))
            yield np.abs(band) if np.iscomplexobj(band) else band

    def binned(self, binning: int) -> NDArray[np.float32]:
        """Averages over squares; what does not fill a square is left out.

        Raises
        ------
        OutOfBudget
            If they are more than a reply may carry.
        """
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
            return _averaged(self._read(slice(0, n_y * y), slice(0, columns)), y, x)
        small = np.empty((n_y, columns // x), np.float32)
        for lo in range(0, n_y * y, band):
            hi = min(lo + band, n_y * y)
            small[lo // y : hi // y] = _averaged(self._read(slice(lo, hi), slice(0, columns)), y, x)
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
