"""One plane of a sweep's result at a time, as a viewer looks at it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.units import Units
from daisy_kernel.session.object_handle import Image, ObjectHandle
from daisy_widgets.plane_sources import Region


class SweptPlanes:
    """A result with more than three dimensions as a single plane; which one, can change.

    Parameters
    ----------
    result : (values of every parameter..., n_slice, n_y, n_x)
    """

    def __init__(self, result: ObjectHandle):
        self._result = result
        self.name, self.dtype = result.name, result.dtype
        self.shape = result.shape[-2:]
        self.axes: tuple[str, ...] | None = ("y", "x")
        self.units = Units(result.units.value, result.units.steps_m[-2:])
        self.index = 0
        """Of the plane among all of them, in C order."""

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
        """The plane for display; axis and index are those of the viewer, which knows but one."""
        return self._result.image(
            index=self.index, max_size=max_size, bits=bits, low=low, high=high, region=region
        )

    def profile(
        self,
        start: Sequence[float],
        stop: Sequence[float],
        *,
        axis: int = 0,
        index: int = 0,
        width: int = 1,
    ) -> NDArray[np.float32]:
        """Values along a line in the plane."""
        return self._result.profile(start, stop, index=self.index, width=width)

    def statistics(
        self,
        rows: tuple[int, int],
        columns: tuple[int, int],
        *,
        axis: int = 0,
        index: int = 0,
    ) -> dict[str, Any]:
        """Of a rectangle in the plane."""
        return self._result.statistics(rows, columns, index=self.index)

    def value_range(self, *, axis: int = 0) -> dict[str, float]:
        """Of a few planes of the result: the window suits all of them."""
        return self._result.value_range()

    def __getitem__(self, key: Any) -> NDArray[Any]:
        """Part of the plane."""
        place = tuple(int(i) for i in np.unravel_index(self.index, self._result.shape[:-2]))
        return self._result[(*place, *key)]
