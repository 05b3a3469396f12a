"""What a slice viewer shows, without any widget: the object, the plane, the window of values."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.errors import AxesClash, DaisyError, InvalidParameter
from daisy_kernel.session.object_handle import Image
from daisy_widgets.plane_sources import PlaneSource, Region

Window = tuple[float, float]
"""Value drawn in the first colour, value drawn in the last colour."""

PREVIEW_SIZE = 512
"""Longest side of a plane while the slider moves [pixels]."""
_MARGIN = 4
"""A full plane is quantised over so many window widths on either side of the window: the window can
be moved without asking again, and the 65536 levels still give more than 7000 within it."""
_CACHED_PLANES = 16
_CACHED_BYTES = 64 << 20
_SAMPLED_VALUES = 1 << 20


class SliceModel:
    """A data object cut into planes, one of which is looked at.

    Parameters
    ----------
    source
        A two- or three-dimensional object. A plane keeps the storage order of the remaining axes:
        the first runs down (row 0 on top), the second to the right.

    Raises
    ------
    AxesClash
        If the object has another number of dimensions, or is empty.
    """

    def __init__(self, source: PlaneSource):
        self._planes: OrderedDict[tuple[Any, ...], Image] = OrderedDict()
        self._lock = threading.Lock()  # callbacks run beside the notebook's own cells
        self._look_at(source)
        self.axis, self.index = 0, self.count(0) // 2
        sampled = source.value_range(axis=0)
        self.window = _widened(sampled["percentile_1"], sampled["percentile_99"])
        self.window_limits = _limits(sampled, self.window)

    def _look_at(self, source: PlaneSource) -> None:
        shape = tuple(source.shape)
        if len(shape) not in (2, 3):
            raise AxesClash(
                f"{source.name!r} has shape {shape}: a slice viewer shows two or three "
                "dimensions; give a part of it, such as data[0]."
            )
        if 0 in shape:
            raise AxesClash(
                f"{source.name!r} has shape {shape}, which holds no value: look at an object "
                "that has been filled."
            )
        self.source, self.name, self.shape = source, source.name, shape
        self.dtype = str(getattr(source, "dtype", ""))
        self.axes = source.axes or tuple(f"axis {i}" for i in range(len(shape)))

    def renew(self, source: PlaneSource) -> None:
        """Look at the object as it is by now, at the same plane or the last one before it.

        Raises
        ------
        AxesClash
            If it has another number of dimensions, or is empty; nothing has changed then.
        """
        before, names = self.shape, self.axes
        if len(source.shape) != len(before):
            raise AxesClash(
                f"{source.name!r} had shape {before}, now {tuple(source.shape)}: make a new viewer."
            )
        self._look_at(source)
        self.axes = source.axes or names  # those that a viewer was given stay
        self.index = min(self.index, self.count(self.axis) - 1)
        self.forget()

    def count(self, axis: int) -> int:
        """How many planes there are along an axis; 1 for a two-dimensional object."""
        return self.shape[axis] if len(self.shape) == 3 else 1

    def move(self, *, axis: int | None = None, index: int | None = None) -> None:
        """Look at another plane.

        Parameters
        ----------
        axis
            Axis across which to cut; stays when not given.
        index
            Number of the plane, from 0. When not given, it stays if the axis has it, else the
            middle one is taken.

        Raises
        ------
        AxesClash
            If there is no such axis or plane; nothing has changed then.
        """
        axis = self.axis if axis is None else axis
        self.check(axis, 0)
        if index is None:
            index = self.index if self.index < self.count(axis) else self.count(axis) // 2
        self.check(axis, index)
        self.axis, self.index = axis, index

    def check(self, axis: int, index: int) -> None:
        """Raise AxesClash unless there is this plane."""
        if not 0 <= axis < len(self.shape) or (axis and len(self.shape) == 2):
            raise AxesClash(
                f"{self.name!r} has shape {self.shape}: it cannot be cut across axis {axis}; "
                f"choose {'0 to 2' if len(self.shape) == 3 else '0'}."
            )
        n = self.count(axis)
        if not 0 <= index < n:
            raise AxesClash(
                f"{self.name!r} has {n} planes across {self.axes[axis]!r}: there is no plane "
                f"{index}; choose 0 to {n - 1}."
            )

    def set_window(self, low: float, high: float) -> None:
        """Choose which values get the first and the last colour.

        Raises
        ------
        InvalidParameter
            If the two are not numbers in rising order; nothing has changed then.
        """
        self.check_window(low, high)
        self.window = (float(low), float(high))

    def check_window(self, low: float, high: float) -> None:
        """Raise InvalidParameter unless the two are numbers in rising order."""
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise InvalidParameter(
                f"A window from {low:g} to {high:g} was asked for: its lower end must be a number "
                "below its upper end."
            )

    def preview(
        self,
        *,
        axis: int | None = None,
        index: int | None = None,
        size: int = PREVIEW_SIZE,
        window: Window | None = None,
        bits: int = 8,
    ) -> Image:
        """A small plane for quick scrolling: its levels are all of them within the window.

        Parameters
        ----------
        axis, index
            Which plane; default, the one looked at.
        size
            Longest side [pixels], at most `PREVIEW_SIZE`.
        window
            Values of the first and last level; default, the window in force.
        bits
            8 for 256 levels, 16 for 65536: logarithmic colours pull small values apart.
        """
        place, size = self._chosen(axis, index), min(size, PREVIEW_SIZE)
        return self._plane(place, size, bits, window or self.window, None)

    def full(
        self,
        *,
        size: int,
        axis: int | None = None,
        index: int | None = None,
        window: Window | None = None,
        region: Region | None = None,
    ) -> Image:
        """A plane to be looked at: 65536 levels that reach beyond the window on both sides.

        Parameters
        ----------
        size
            Longest side [pixels]; a larger plane is binned.
        axis, index
            Which plane; default, the one looked at.
        window
            Values around which the levels lie; default, the window in force.
        region
            Rows and columns, [start, stop) each, that are wanted; default, all of it.
        """
        low, high = window or self.window
        reach = _MARGIN * (high - low)
        ends = (low - reach, high + reach)
        return self._plane(self._chosen(axis, index), size, 16, ends, region)

    def value(self, *, y: int, x: int, axis: int | None = None, index: int | None = None) -> Any:
        """One value of a plane, read from the full data.

        Parameters
        ----------
        y, x
            Row and column within the plane, from 0 [pixels].
        axis, index
            Which plane; default, the one looked at.
        """
        axis, index = self._chosen(axis, index)
        return self.source[self._key(axis, index, (y, x))].item()

    def auto_window(self, *, axis: int | None = None, index: int | None = None) -> Window:
        """1st and 99th percentile of one plane; other planes and NaN do not count."""
        return self._percentiles(axis, index, 1)

    def wide_window(self, *, axis: int | None = None, index: int | None = None) -> Window:
        """0.1th and 99.9th percentile of one plane; other planes and NaN do not count."""
        return self._percentiles(axis, index, 0.1)

    def full_window(self, *, axis: int | None = None, index: int | None = None) -> Window:
        """Smallest and largest value of one plane; other planes and NaN do not count."""
        values = self._finite(axis, index)
        return _widened(float(values.min()), float(values.max()))

    def forget(self) -> None:
        """Read planes anew from now on, because the data have changed."""
        with self._lock:
            self._planes = OrderedDict()  # a plane that is being read goes into the one before

    def _chosen(self, axis: int | None, index: int | None) -> tuple[int, int]:
        return self.axis if axis is None else axis, self.index if index is None else index

    def _key(self, axis: int, index: int, within: tuple[Any, Any]) -> tuple[Any, ...]:
        return within if len(self.shape) == 2 else (*within[:axis], index, *within[axis:])

    def _percentiles(self, axis: int | None, index: int | None, percent: float) -> Window:
        first, last = np.percentile(self._finite(axis, index), (percent, 100 - percent))
        return _widened(float(first), float(last))

    def _finite(self, axis: int | None, index: int | None) -> NDArray[Any]:
        axis, index = self._chosen(axis, index)
        plane = self.source[self._key(axis, index, (slice(None), slice(None)))]
        values = np.abs(plane) if np.iscomplexobj(plane) else np.asarray(plane)
        values = values[np.isfinite(values)]
        if not values.size:
            raise DaisyError(
                f"Plane {index} of {self.name!r} holds no finite value: choose another plane, or "
                "type the window."
            )
        step = -(-values.size // _SAMPLED_VALUES)
        if step == 1:
            return values.astype(np.float64)
        # A quarter of a second for 16 million values otherwise; the extremes are kept.
        ends = np.array([values.min(), values.max()])
        return np.concatenate([values[::step], ends]).astype(np.float64)

    def _plane(
        self, place: tuple[int, int], size: int, bits: int, ends: Window, region: Region | None
    ) -> Image:
        (axis, index), (low, high), size = place, ends, max(1, size)
        key = (place, size, bits, ends, region)
        with self._lock:
            planes = self._planes
            if key in planes:
                planes.move_to_end(key)
                return planes[key]
        # Outside the lock: a slow file holds up this plane only.
        image = self.source.image(
            axis=axis, index=index, max_size=size, bits=bits, low=low, high=high, region=region
        )
        with self._lock:
            planes[key] = image
            while len(planes) > 1 and (
                len(planes) > _CACHED_PLANES
                or sum(p.levels.nbytes for p in planes.values()) > _CACHED_BYTES
            ):
                planes.popitem(last=False)
        return image


def _widened(low: float, high: float) -> Window:
    """A window that is never empty: a constant image is drawn in the middle colour."""
    if high > low and math.isfinite(high - low):
        return low, high
    half = abs(low) / 2 or 0.5
    return low - half, low + half


def _limits(sampled: dict[str, float], window: Window) -> Window:
    """Ends of a slider for the window: the extremes, unless outliers would make it useless."""
    width = window[1] - window[0]
    return (
        max(min(sampled["low"], window[0]), window[0] - width),
        min(max(sampled["high"], window[1]), window[1] + width),
    )
