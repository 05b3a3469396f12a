"""Operations on data objects: list, describe, read a hyperslab, put, delete."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.protocol_fields import Named, Nothing
from daisy_kernel.contracts.protocol_objects import (
    MAX_READ_BYTES,
    ArrayInfo,
    DataObjectInfo,
    ObjectKind,
    ObjectList,
    PutObject,
    PutProgress,
    ReadObject,
)
from daisy_kernel.contracts.reference import RenewableReference
from daisy_kernel.contracts.transport import Buffers
from daisy_kernel.datastore import DataObject, DataStore
from daisy_kernel.errors import AxesClash, OutOfBudget
from daisy_kernel.session.uploads import Uploads

_PIECE_BYTES = 1 << 26
"""What is read at once to pick every n-th element out of it."""
_WORTH_A_READ = 1 << 16
"""A slab of this size is read on its own [bytes]; smaller ones together with what lies between."""


class Objects:
    """What can be asked of the data store, but for pictures.

    Parameters
    ----------
    store
        The data objects.
    uploads
        Puts together what comes in pieces.
    """

    def __init__(self, store: DataStore, uploads: Uploads | None = None):
        self._store = store
        self._uploads = uploads or Uploads()

    def all(self, _: Nothing) -> ObjectList:
        """Every object with shape, type, axes, size and kind."""
        return ObjectList([describe(name, held) for name, held in self._store.objects().items()])

    def describe(self, asked: Named) -> DataObjectInfo:
        """One object with shape, type, axes, size and kind."""
        return describe(asked.name, self._store.object(asked.name))

    def refresh(self, asked: Named) -> DataObjectInfo:
        """One object as it is by now: what has grown in its file is registered anew.

        Raises
        ------
        FileProblem
            If the file is gone or cannot be read any more; the object stays as it was.
        """
        held = self._store.object(asked.name)
        if isinstance(held.value, RenewableReference):
            now = held.value.renewed()
            is_held = self._store.object(asked.name) is held  # nobody put another one meanwhile
            if now is not held.value and is_held:
                fits = len(now.shape) == len(held.value.shape)
                self._store.put(asked.name, replace(held, value=now) if fits else now)
        return self.describe(asked)

    def read(self, asked: ReadObject) -> tuple[ArrayInfo, Buffers]:
        """A hyperslab as one buffer in C order, little-endian."""
        held = self._store.object(asked.name)
        bounds = asked.selection
        slices = None if bounds is None else _slices(asked.name, held, bounds)
        shape = held.spec.shape if slices is None else _lengths(slices)
        nbytes = math.prod(shape) * held.spec.dtype.itemsize
        limit = min(MAX_READ_BYTES, MAX_READ_BYTES if asked.max_bytes is None else asked.max_bytes)
        if nbytes > limit:
            raise OutOfBudget(
                f"{asked.name!r} would send {nbytes} bytes at once; the limit is {limit}: "
                "read it in pieces."
            )
        part = held.read(None) if slices is None else _read(held, slices)
        array = np.asarray(part, part.dtype.newbyteorder("<"), order="C")
        return ArrayInfo(array.shape, array.dtype.str), (as_buffer(array),)

    def put(self, asked: PutObject, piece: Any) -> PutProgress:
        """Register an array that comes in C order, at once or in pieces."""
        received, array = self._uploads.take(asked, piece)
        nbytes = math.prod(asked.shape) * np.dtype(asked.dtype).itemsize
        if array is not None:
            self._store.put(asked.name, array, tuple(asked.axes) if asked.axes else None)
        complete = received == nbytes and asked.name in self._store
        info = describe(asked.name, self._store.object(asked.name)) if complete else None
        return PutProgress(received, nbytes, info)

    def delete(self, asked: Named) -> Nothing:
        """Forget an object; files stay."""
        del self._store[asked.name]
        return Nothing()


def describe(name: str, held: DataObject) -> DataObjectInfo:
    """An object as it is listed."""
    spec, units = held.spec, held.units
    return DataObjectInfo(
        name,
        spec.shape,
        str(spec.dtype),
        spec.axes or None,
        spec.nbytes,
        cast(ObjectKind, held.kind),
        units.value,
        units.steps_m,
    )


def as_buffer(array: NDArray[Any]) -> memoryview:
    """The bytes of a contiguous array, not copied."""
    return memoryview(array.reshape(-1).view(np.uint8))  # type: ignore[arg-type]


def _slices(name: str, held: DataObject, bounds: Sequence[Sequence[int]]) -> tuple[slice, ...]:
    shape = held.spec.shape
    fits = len(bounds) == len(shape) and all(
        0 <= b[0] <= b[1] <= n and (len(b) == 2 or b[2] >= 1)
        for b, n in zip(bounds, shape, strict=True)
    )
    if not fits:
        raise AxesClash(
            f"{name!r} has shape {shape}: {[list(b) for b in bounds]} does not lie within it; give "
            "[start, stop] or [start, stop, step] for every dimension."
        )
    return tuple(slice(b[0], b[1], b[2] if len(b) == 3 else 1) for b in bounds)


def _lengths(slices: tuple[slice, ...]) -> tuple[int, ...]:
    return tuple(len(range(s.start, s.stop, s.step)) for s in slices)


def _read(held: DataObject, slices: tuple[slice, ...]) -> NDArray[Any]:
    """A hyperslab; references read without steps, so little more than a piece is held at once."""
    if isinstance(held.value, np.ndarray) or all(s.step == 1 for s in slices):
        return held.read(slices)
    shape, first = _lengths(slices), slices[0]
    part = np.empty(shape, held.spec.dtype)
    if not part.size:
        return part
    solid = [
        slice(s.start, s.start + (n - 1) * s.step + 1) for s, n in zip(slices, shape, strict=True)
    ]
    slab = math.prod(s.stop - s.start for s in solid[1:]) * held.spec.dtype.itemsize
    alone = first.step > 1 and slab >= _WORTH_A_READ
    together = 1 if alone else max(1, _PIECE_BYTES // (slab * first.step))
    steps = tuple(slice(None, None, s.step) for s in slices)
    for lo in range(0, shape[0], together):
        hi = min(lo + together, shape[0])
        start = first.start + lo * first.step
        solid[0] = slice(start, first.start + (hi - 1) * first.step + 1)
        part[lo:hi] = held.read(tuple(solid))[steps]
    return part
