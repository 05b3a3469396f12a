"""Operations on data objects: list, read a hyperslab, get a picture of a plane."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.transport import Buffers
from daisy_kernel.datastore import DataObject, DataStore
from daisy_kernel.errors import AxesClash, InvalidParameter, OutOfBudget

MAX_READ_BYTES = 1 << 30
_SAMPLED_PLANES = 5


class Objects:
    """What can be asked of the data store."""

    def __init__(self, store: DataStore):
        self._store = store

    def all(self) -> dict[str, Any]:
        """Every object with shape, type, axes, size and kind."""
        return {"objects": [describe(name, held) for name, held in self._store.objects().items()]}

    def read(
        self, name: str, selection: list[list[int]] | None = None
    ) -> tuple[dict[str, Any], Buffers]:
        """A hyperslab ([start, stop] per dimension) as one buffer in C order."""
        held = self._store.object(name)
        slices = None if selection is None else _slices(name, held, selection)
        shape = held.spec.shape if slices is None else tuple(s.stop - s.start for s in slices)
        nbytes = math.prod(shape) * held.spec.dtype.itemsize
        if nbytes > MAX_READ_BYTES:
            raise OutOfBudget(
                f"{name!r} would send {nbytes} bytes at once; the limit is {MAX_READ_BYTES}: "
                "read it in pieces."
            )
        read = held.read(slices)
        array = np.asarray(read, read.dtype.newbyteorder("<"), order="C")
        return {"shape": list(array.shape), "dtype": array.dtype.str}, (_buffer(array),)

    def image(
        self,
        name: str,
        axis: int = 0,
        index: int = 0,
        max_size: int = 512,
        bits: int = 8,
        low: float | None = None,
        high: float | None = None,
    ) -> tuple[dict[str, Any], Buffers]:
        """A plane of a 2-D or 3-D object, display-sized, quantised over [low, high].

        Larger planes are averaged over squares of pixels (over all of a side that is shorter than
        the square). Level 0 stands for `low` and below, the
        highest level for `high` and above; without a range, that of the plane.
        """
        if bits not in (8, 16):
            raise InvalidParameter(f"An image has 8 or 16 bits, not {bits}.")
        plane = self._plane(name, axis, index)
        binning = max(1, -(-max(plane.shape) // max(1, max_size)))
        small = _binned(plane, binning)
        finite = small[np.isfinite(small)]
        if low is None:
            low = float(finite.min()) if finite.size else 0.0
        if high is None:
            high = float(finite.max()) if finite.size else 1.0
        if not math.isfinite(low) or not math.isfinite(high):
            raise InvalidParameter(
                f"The range of an image cannot be {low} to {high}: give numbers."
            )
        quantised = _quantised(small, low, high, bits)
        answer = {
            "shape": list(quantised.shape),
            "full_shape": list(plane.shape),
            "binning": binning,
            "bits": bits,
            "low": low,
            "high": high,
            "axis": axis,
            "index": index,
        }
        return answer, (_buffer(np.ascontiguousarray(quantised)),)

    def range(self, name: str, axis: int = 0) -> dict[str, Any]:
        """Smallest and largest value, and the 1st and 99th percentile, of a few planes."""
        shape = self._store.object(name).spec.shape
        n = shape[axis] if len(shape) == 3 and 0 <= axis < 3 else 1
        planes = sorted({int((i + 0.5) * n / _SAMPLED_PLANES) for i in range(_SAMPLED_PLANES)})
        values = np.concatenate([_binned(self._plane(name, axis, i), 2).ravel() for i in planes])
        values = values[np.isfinite(values)]
        if not values.size:
            return {"low": 0.0, "high": 1.0, "percentile_1": 0.0, "percentile_99": 1.0}
        first, last = np.percentile(values, (1, 99))
        return {
            "low": float(values.min()),
            "high": float(values.max()),
            "percentile_1": float(first),
            "percentile_99": float(last),
        }

    def put(
        self,
        name: str,
        shape: list[int],
        dtype: str,
        buffers: Buffers,
        axes: list[str] | None = None,
    ) -> dict[str, Any]:
        """Register an array that came as one buffer in C order."""
        try:
            kind = np.dtype(dtype)
        except TypeError:
            kind = np.dtype(object)
        if kind.kind not in "biufc" or len(buffers) != 1:
            raise InvalidParameter(f"{name!r}: one buffer of numbers is expected, not {dtype}.")
        if not all(isinstance(n, int) and n >= 0 for n in shape):
            raise InvalidParameter(f"{name!r}: {shape} is not a shape: give lengths from 0 on.")
        if math.prod(shape) * kind.itemsize != len(memoryview(buffers[0]).cast("B")):
            raise InvalidParameter(
                f"{name!r}: the buffer does not have the size of {dtype} {tuple(shape)}."
            )
        array = np.frombuffer(buffers[0], kind).reshape(shape).copy()
        self._store.put(name, array, tuple(axes) if axes else None)
        return describe(name, self._store.object(name))

    def delete(self, name: str) -> dict[str, Any]:
        """Forget an object; files stay."""
        del self._store[name]
        return {}

    def _plane(self, name: str, axis: int, index: int) -> NDArray[Any]:
        held = self._store.object(name)
        shape = held.spec.shape
        if len(shape) == 2:
            plane = held.read(None)
        elif len(shape) == 3:
            if not 0 <= axis < 3 or not 0 <= index < shape[axis]:
                raise AxesClash(
                    f"{name!r} has shape {shape}: there is no plane {index} along axis {axis}."
                )
            selection = tuple(
                slice(index, index + 1) if i == axis else slice(0, n) for i, n in enumerate(shape)
            )
            plane = held.read(selection).squeeze(axis)
        else:
            raise AxesClash(f"{name!r} has shape {shape}: an image needs two or three dimensions.")
        return np.abs(plane) if np.iscomplexobj(plane) else plane


def describe(name: str, held: DataObject) -> dict[str, Any]:
    """An object as JSON."""
    spec = held.spec
    return {
        "name": name,
        "shape": list(spec.shape),
        "dtype": str(spec.dtype),
        "axes": list(spec.axes) if spec.axes else None,
        "nbytes": spec.nbytes,
        "kind": held.kind,
    }


def _slices(name: str, held: DataObject, selection: list[list[int]]) -> tuple[slice, ...]:
    shape = held.spec.shape
    fits = len(selection) == len(shape) and all(
        len(s) == 2 and 0 <= s[0] <= s[1] <= n for s, n in zip(selection, shape, strict=True)
    )
    if not fits:
        raise AxesClash(f"{name!r} has shape {shape}: {selection} does not lie within it.")
    return tuple(slice(int(lo), int(hi)) for lo, hi in selection)


def _binned(plane: NDArray[Any], binning: int) -> NDArray[np.float32]:
    """The plane averaged over squares; what does not fill a square is left out."""
    image = plane.astype(np.float32)
    if binning == 1 or image.size == 0:
        return image
    y, x = (min(binning, n) for n in plane.shape)
    n_y, n_x = plane.shape[0] // y, plane.shape[1] // x
    cropped = image[: n_y * y, : n_x * x].reshape(n_y, y, n_x, x)
    with np.errstate(invalid="ignore"):  # infinities of both signs
        binned: NDArray[np.float32] = cropped.mean(axis=(1, 3))
    return binned


def _quantised(image: NDArray[np.float32], low: float, high: float, bits: int) -> NDArray[Any]:
    """Levels 0 to 2**bits - 1 for low to high; NaN is level 0."""
    levels = 2**bits - 1
    scale = levels / (high - low) if high > low else 0.0
    scaled = (np.clip(np.nan_to_num(image, nan=low), low, high) - low) * scale
    return np.rint(scaled).astype(np.uint8 if bits == 8 else "<u2")


def _buffer(array: NDArray[Any]) -> memoryview:
    return memoryview(array.reshape(-1).view(np.uint8))  # type: ignore[arg-type]
