"""Arrays that need no data store, behind the operations that a store's objects have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.contracts.protocol_objects import MAX_READ_BYTES
from daisy_kernel.contracts.transport import Buffers
from daisy_kernel.contracts.units import NOTHING_KNOWN, Units
from daisy_kernel.errors import DaisyError
from daisy_kernel.session.measures import Measures
from daisy_kernel.session.messages import Handler, as_json, carry_out
from daisy_kernel.session.object_handle import ObjectHandle
from daisy_kernel.session.objects import Objects, describe
from daisy_kernel.session.planes import Planes


@dataclass(frozen=True)
class LoneArray:
    """An array as an object of a data store."""

    value: Any
    axes: tuple[str, ...] | None = None
    units: Units = NOTHING_KNOWN
    kind: str = "array"

    @property
    def spec(self) -> Spec:
        """Shape, type and axes."""
        return Spec(tuple(self.value.shape), np.dtype(self.value.dtype), self.axes)

    def read(self, selection: tuple[slice, ...] | None = None) -> NDArray[Any]:
        """The selected part; everything when nothing is selected."""
        return np.asarray(self.value[... if selection is None else selection])


@dataclass(frozen=True)
class LoneArrays:
    """The store (`object`) and the transport (`call`) of some arrays.

    So plain arrays are cut, binned and quantised by the very code that serves sessions.
    """

    arrays: Mapping[str, LoneArray]
    read_bytes: int = MAX_READ_BYTES

    def object(self, name: str) -> LoneArray:
        """One of them."""
        return self.arrays[name]

    def handle(self, name: str) -> ObjectHandle:
        """One of them, as a session has it."""
        return ObjectHandle(self, as_json(describe(name, cast(Any, self.object(name)))))

    def call(
        self, operation: str, arguments: dict[str, Any], buffers: Buffers = ()
    ) -> tuple[dict[str, Any], Buffers]:
        """Carry out an operation at once."""
        planes, measures = Planes(cast(Any, self)), Measures(cast(Any, self))
        handlers: dict[str, Handler] = {
            "objects.read": Objects(cast(Any, self)).read,
            "objects.image": planes.image,
            "objects.range": planes.range,
            "objects.profile": measures.profile,
            "objects.statistics": measures.statistics,
        }
        return carry_out(handlers, operation, arguments, buffers)


def lone_array(
    data: Any, name: str, axes: Sequence[str] | None = None, units: Units = NOTHING_KNOWN
) -> LoneArray:
    """An array, or what can be made one.

    Parameters
    ----------
    data
        A list, or anything with `shape`, `dtype` and slicing.
    name
        What errors call it.
    axes
        Names of its dimensions, in storage order.
    units
        Of its values and places.

    Raises
    ------
    DaisyError
        If it is not made of numbers, or what is said of its dimensions does not fit them.
    """
    array = data if hasattr(data, "shape") and hasattr(data, "dtype") else np.asarray(data)
    if np.dtype(array.dtype).kind not in "biufc":
        raise DaisyError(
            f"{type(data).__name__} holds {array.dtype}, not numbers: give an array, or an object "
            "of a session such as session['name']."
        )
    shape, steps_m = tuple(array.shape), units.steps_m
    if axes is not None and len(axes) != len(shape):
        raise DaisyError(
            f"{name!r} has shape {shape} but {len(axes)} axes {tuple(axes)}: name every dimension "
            "once."
        )
    if steps_m and len(steps_m) != len(shape):
        raise DaisyError(
            f"{name!r} has shape {shape} but {len(steps_m)} steps {steps_m}: give one for every "
            "dimension, or None."
        )
    return LoneArray(array, tuple(axes) if axes else None, units)
