"""What a viewer can look at: a session's handle, or any array in its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.units import Units
from daisy_kernel.errors import AxesClash
from daisy_kernel.session.object_handle import Image, ObjectHandle
from daisy_kernel.session.plane import difference
from daisy_widgets.lone_arrays import LoneArrays, lone_array

Region = tuple[tuple[int, int], tuple[int, int]]
"""Rows and columns of a plane, [start, stop) each."""


class PlaneSource(Protocol):
    """The part of `daisy_kernel.session.object_handle.ObjectHandle` that a viewer needs."""

    name: str
    shape: tuple[int, ...]
    axes: tuple[str, ...] | None
    """One name per dimension; None when nobody has named them."""
    units: Units
    """What values and distances stand for, as far as it is known."""

    def image(
        self,
        *,
        axis: int = 0,
        index: int = 0,
        max_size: int = 512,
        bits: int = 8,
        low: float | None = None,
        high: float | None = None,
        region: Region | None = None,
    ) -> Image:
        """A plane for display, quantised over [low, high]; or some rows and columns of it."""
        ...

    def value_range(self, *, axis: int = 0) -> dict[str, float]:
        """`low`, `high`, `percentile_1` and `percentile_99` of a few planes."""
        ...

    def profile(
        self,
        start: Sequence[float],
        stop: Sequence[float],
        *,
        axis: int = 0,
        index: int = 0,
        width: int = 1,
    ) -> NDArray[np.float32]:
        """Values along a line between two (row, column), one per pixel of length; NaN outside."""
        ...

    def statistics(
        self,
        rows: tuple[int, int],
        columns: tuple[int, int],
        *,
        axis: int = 0,
        index: int = 0,
    ) -> dict[str, Any]:
        """`count`, `missing`, `mean`, `deviation`, `low`, `high` and `median` of a rectangle."""
        ...

    def __getitem__(self, key: Any) -> NDArray[Any]:
        """The selected part as an array."""
        ...


def plane_source(
    data: Any,
    *,
    name: str | None = None,
    axes: Sequence[str] | None = None,
    unit: str = "",
    steps_m: Sequence[float | None] = (),
) -> PlaneSource:
    """What was given, as something that hands out planes.

    Parameters
    ----------
    data
        A session's handle (or whatever has its methods) is used as it is. A NumPy array, a nested
        list, or anything else with `shape`, `dtype` and slicing, such as an open HDF5 dataset, is
        wrapped: only the planes looked at are read.
    name
        What an array is called; default "array".
    axes
        Names of an array's dimensions, in storage order.
    unit
        Of an array's values, such as "1/cm".
    steps_m
        From one element of an array to the next, for every dimension [m]; None where it is no
        length. With them, a viewer measures in lengths instead of pixels.

    Raises
    ------
    DaisyError
        If `data` is not made of numbers, or `axes` or `steps_m` do not fit it.

    Examples
    --------
    >>> SliceViewer(plane_source(volume, unit="1/cm", steps_m=3 * [2e-6]))  # doctest: +SKIP
    """
    if all(hasattr(data, method) for method in ("image", "value_range", "__getitem__")):
        return cast(PlaneSource, data)
    name = name or "array"
    return LoneArrays({name: lone_array(data, name, axes, Units(unit, tuple(steps_m)))}).handle(
        name
    )


class SampledOnce:
    """An object whose range of values is found once, for all who look at it together.

    Parameters
    ----------
    source
        The object.
    """

    def __init__(self, source: PlaneSource):
        self.name, self.shape, self.axes = source.name, tuple(source.shape), source.axes
        self.dtype, self.units = getattr(source, "dtype", ""), source.units
        self.image = source.image
        self.profile, self.statistics = source.profile, source.statistics
        self.transport = getattr(source, "transport", None)
        """By which the object is reached; None: it is not one of a session."""
        self._source = source
        self._ranges: dict[int, dict[str, float]] = {}

    def value_range(self, *, axis: int = 0) -> dict[str, float]:
        """`low`, `high`, `percentile_1` and `percentile_99` of a few planes, as first asked."""
        if axis not in self._ranges:
            self._ranges[axis] = self._source.value_range(axis=axis)
        return self._ranges[axis]

    def __getitem__(self, key: Any) -> NDArray[Any]:
        """The selected part as an array."""
        return self._source[key]


class Difference:
    """What one object has more than another one, as planes that are formed where the objects are.

    Objects of one session never leave it, but for the picture of their difference. Anything else
    (arrays, objects of two sessions) is subtracted here, plane by plane.

    Parameters
    ----------
    second, first
        Objects of equal shape; `first` is taken away.
    name
        What the difference is called.

    Raises
    ------
    AxesClash
        If the shapes differ.
    """

    def __init__(self, second: PlaneSource, first: PlaneSource, *, name: str):
        if tuple(second.shape) != tuple(first.shape):
            raise AxesClash(
                f"{first.name!r} has shape {tuple(first.shape)} and {second.name!r} has shape "
                f"{tuple(second.shape)}: only objects of equal shape can be compared; crop or bin "
                "both the same way."
            )
        self._second, self._first = _in_one_store(second, first)
        self.name, self.shape = name, tuple(second.shape)
        self.axes, self.units = second.axes or first.axes, second.units

    def image(
        self,
        *,
        axis: int = 0,
        index: int = 0,
        max_size: int = 512,
        bits: int = 8,
        low: float | None = None,
        high: float | None = None,
        region: Region | None = None,
    ) -> Image:
        """A plane for display, quantised over [low, high]; or some rows and columns of it."""
        where: dict[str, Any] = {"axis": axis, "index": index, "max_size": max_size, "bits": bits}
        return self._second.image(**where, low=low, high=high, region=region, minus=self._first)

    def value_range(self, *, axis: int = 0) -> dict[str, float]:
        """`low`, `high`, `percentile_1` and `percentile_99` of a few planes."""
        return self._second.value_range(axis=axis, minus=self._first)

    def profile(
        self,
        start: Sequence[float],
        stop: Sequence[float],
        *,
        axis: int = 0,
        index: int = 0,
        width: int = 1,
    ) -> NDArray[np.float32]:
        """Values along a line: interpolating is linear, so those of both may be subtracted."""
        where: dict[str, Any] = {"axis": axis, "index": index, "width": width}
        return self._second.profile(start, stop, **where) - self._first.profile(
            start, stop, **where
        )

    def statistics(
        self,
        rows: tuple[int, int],
        columns: tuple[int, int],
        *,
        axis: int = 0,
        index: int = 0,
    ) -> dict[str, Any]:
        """`count`, `missing`, `mean`, `deviation`, `low`, `high` and `median` of a rectangle."""
        where: dict[str, Any] = {"axis": axis, "index": index, "minus": self._first}
        return self._second.statistics(rows, columns, **where)

    def __getitem__(self, key: Any) -> NDArray[Any]:
        """The selected part; of complex values, the difference of the magnitudes."""
        return difference(self._second[key], self._first[key])


def _in_one_store(*sources: PlaneSource) -> tuple[ObjectHandle, ...]:
    """Handles of the same objects that one transport can subtract."""
    if all(isinstance(each, ObjectHandle) for each in sources):
        handles = cast(tuple[ObjectHandle, ...], sources)
        if all(each.is_beside(handles[0]) for each in handles):
            return handles
    names = [f"{number}. {each.name}" for number, each in enumerate(sources, 1)]
    arrays = LoneArrays({n: lone_array(s, s.name) for n, s in zip(names, sources, strict=True)})
    return tuple(arrays.handle(name) for name in names)
