"""What a viewer can look at: a session's handle, or any array in its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.contracts.protocol_objects import MAX_READ_BYTES
from daisy_kernel.contracts.transport import Buffers
from daisy_kernel.errors import DaisyError
from daisy_kernel.session.handles import Image, ObjectHandle
from daisy_kernel.session.messages import Handler, as_json, carry_out
from daisy_kernel.session.objects import Objects, describe
from daisy_kernel.session.planes import Planes


class PlaneSource(Protocol):
    """The part of `daisy_kernel.session.handles.ObjectHandle` that a viewer needs."""

    name: str
    shape: tuple[int, ...]
    axes: tuple[str, ...] | None
    """One name per dimension; None when nobody has named them."""

    def image(
        self,
        *,
        axis: int = 0,
        index: int = 0,
        max_size: int = 512,
        bits: int = 8,
        low: float | None = None,
        high: float | None = None,
    ) -> Image:
        """A plane for display, quantised over [low, high]."""
        ...

    def value_range(self, *, axis: int = 0) -> dict[str, float]:
        """`low`, `high`, `percentile_1` and `percentile_99` of a few planes."""
        ...

    def __getitem__(self, key: Any) -> NDArray[Any]:
        """The selected part as an array."""
        ...


def plane_source(
    data: Any, *, name: str | None = None, axes: Sequence[str] | None = None
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

    Raises
    ------
    DaisyError
        If `data` is not made of numbers, or `axes` do not fit it.
    """
    if all(hasattr(data, method) for method in ("image", "value_range", "__getitem__")):
        return cast(PlaneSource, data)
    array = data if hasattr(data, "shape") and hasattr(data, "dtype") else np.asarray(data)
    name = name or "array"
    if np.dtype(array.dtype).kind not in "biufc":
        raise DaisyError(
            f"{type(data).__name__} holds {array.dtype}, not numbers: give an array, or an object "
            "of a session such as session['name']."
        )
    if axes is not None and len(axes) != len(array.shape):
        raise DaisyError(
            f"{name!r} has shape {tuple(array.shape)} but {len(axes)} axes {tuple(axes)}: name "
            "every dimension once."
        )
    return _LoneArray(array, tuple(axes) if axes else None).handle(name)


@dataclass(frozen=True)
class _LoneArray:
    """An array that needs no data store, behind the operations that a store's objects have.

    It is the store (`object`), its only object (`spec`, `read`, `kind`) and the transport (`call`),
    so that a plain array is cut, binned and quantised by the very code that serves sessions.
    """

    value: Any
    axes: tuple[str, ...] | None
    kind: str = "array"
    read_bytes: int = MAX_READ_BYTES

    @property
    def spec(self) -> Spec:
        return Spec(tuple(self.value.shape), np.dtype(self.value.dtype), self.axes)

    def object(self, name: str) -> _LoneArray:
        return self

    def read(self, selection: tuple[slice, ...] | None = None) -> NDArray[Any]:
        return np.asarray(self.value[... if selection is None else selection])

    def handle(self, name: str) -> ObjectHandle:
        return ObjectHandle(self, as_json(describe(name, cast(Any, self))))

    def call(
        self, operation: str, arguments: dict[str, Any], buffers: Buffers = ()
    ) -> tuple[dict[str, Any], Buffers]:
        planes = Planes(cast(Any, self))
        handlers: dict[str, Handler] = {
            "objects.read": Objects(cast(Any, self)).read,
            "objects.image": planes.image,
            "objects.range": planes.range,
        }
        return carry_out(handlers, operation, arguments, buffers)
