"""A data object of a session, wherever it lives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import EllipsisType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.protocol_objects import MAX_READ_BYTES
from daisy_kernel.contracts.transport import Caller
from daisy_kernel.contracts.units import Units
from daisy_kernel.errors import AxesClash
from daisy_kernel.session.display import html_table, shape_in_words, size_in_words
from daisy_kernel.session.reading import read_hyperslab


@dataclass(frozen=True)
class Image:
    """A display-sized plane."""

    levels: NDArray[Any]
    """(n_y, n_x) uint8 or uint16; 0 is `low` and below, the highest level `high` and above."""
    low: float
    high: float
    full_shape: tuple[int, int]
    """Shape of the plane before it was binned for display."""
    binning: int


class ObjectHandle:
    """A data object; only the slice that is asked for is fetched."""

    def __init__(self, transport: Caller, description: dict[str, Any]):
        self._transport = transport
        self.name: str = description["name"]
        self.shape: tuple[int, ...] = tuple(description["shape"])
        self.dtype = np.dtype(description["dtype"])
        self.axes: tuple[str, ...] | None = (
            tuple(description["axes"]) if description["axes"] else None
        )
        self.nbytes: int = description["nbytes"]
        self.kind: str = description["kind"]
        self.units = Units(description["unit"], tuple(description["steps_m"]))

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return len(self.shape)

    def __getitem__(self, key: Any) -> NDArray[Any]:
        """The selected part as an array; integers, slices and ``...`` as in NumPy."""
        keys = _expanded(key, self.ndim)
        bounds: list[list[int]] = []
        single: list[Any] = []
        for k, n in zip(keys, self.shape, strict=True):
            if isinstance(k, slice):
                start, stop, step = k.indices(n)
                if step < 1:
                    raise AxesClash(f"{self.name!r}: slices go forwards; turn the result round.")
                bounds.append([start, max(start, stop), step])
                single.append(slice(None))
            else:
                index = int(k) + (n if k < 0 else 0)
                if not 0 <= index < n:
                    raise IndexError(f"{self.name!r} has shape {self.shape}: {k} is outside.")
                bounds.append([index, index + 1, 1])
                single.append(0)
        # A recipe would be computed anew for every piece.
        limit = MAX_READ_BYTES if self.kind == "recipe" else self._transport.read_bytes
        array = read_hyperslab(self._transport, self.name, self.dtype, bounds, limit)
        part: NDArray[Any] = array[tuple(single)]
        return part

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """All of it, for NumPy."""
        return np.asarray(self[...], dtype=dtype)

    def image(
        self,
        *,
        axis: int = 0,
        index: int = 0,
        max_size: int = 512,
        bits: int = 8,
        low: float | None = None,
        high: float | None = None,
        region: tuple[tuple[int, int], tuple[int, int]] | None = None,
        minus: ObjectHandle | None = None,
    ) -> Image:
        """A plane for display, quantised over [low, high]; see `Image`.

        With `region`, only these rows and columns of it, [start, stop) each.

        With `minus`, an object of equal shape in the same store, the difference to its plane.
        """
        answer, buffers = self._transport.call(
            "objects.image",
            {
                "name": self.name,
                "axis": int(axis),
                "index": int(index),
                "max_size": int(max_size),
                "bits": int(bits),
                "low": None if low is None else float(low),
                "high": None if high is None else float(high),
                "region": region,
                "minus": None if minus is None else minus.name,
            },
        )
        kind = np.uint8 if bits == 8 else np.dtype("<u2")
        levels = np.frombuffer(buffers[0], kind).reshape(answer["shape"])
        y, x = answer["full_shape"]
        return Image(levels, answer["low"], answer["high"], (y, x), answer["binning"])

    def profile(
        self,
        start: Sequence[float],
        stop: Sequence[float],
        *,
        axis: int = 0,
        index: int = 0,
        width: int = 1,
    ) -> NDArray[np.float32]:
        """Values along a line between two (row, column), one per pixel of length; NaN outside.

        With a `width`, the mean over so many parallel lines.
        """
        asked = {
            "name": self.name,
            "start": list(start),
            "stop": list(stop),
            "axis": int(axis),
            "index": int(index),
            "width": int(width),
        }
        _, buffers = self._transport.call("objects.profile", asked)
        return np.frombuffer(buffers[0], "<f4")

    def statistics(
        self,
        rows: tuple[int, int],
        columns: tuple[int, int],
        *,
        axis: int = 0,
        index: int = 0,
        minus: ObjectHandle | None = None,
    ) -> dict[str, Any]:
        """`count`, `missing`, `mean`, `deviation`, `low`, `high` and `median` of a rectangle.

        Rows and columns are [start, stop). Without a finite value, the numbers are None.
        """
        asked = {
            "name": self.name,
            "rows": list(rows),
            "columns": list(columns),
            "axis": int(axis),
            "index": int(index),
            "minus": None if minus is None else minus.name,
        }
        answer, _ = self._transport.call("objects.statistics", asked)
        return answer

    def value_range(self, *, axis: int = 0, minus: ObjectHandle | None = None) -> dict[str, float]:
        """`low`, `high`, `percentile_1` and `percentile_99` of a few planes.

        With `minus`, an object of equal shape in the same store, of the difference to it.
        """
        asked = {
            "name": self.name,
            "axis": int(axis),
            "minus": None if minus is None else minus.name,
        }
        answer, _ = self._transport.call("objects.range", asked)
        return answer

    def refreshed(self) -> ObjectHandle:
        """The object of this name as it is by now.

        Looks into the file of a reference, where a dataset may have grown.
        """
        answer, _ = self._transport.call("objects.refresh", {"name": self.name})
        return ObjectHandle(self._transport, answer)

    @property
    def transport(self) -> Caller:
        """By which the object is reached."""
        return self._transport

    def is_beside(self, other: ObjectHandle) -> bool:
        """Whether both objects are in one store, as far as this session knows."""
        return self._transport is other._transport

    def __repr__(self) -> str:
        axes = f" ({', '.join(self.axes)})" if self.axes else ""
        return f"<{self.name}: {self.dtype} {self.shape}{axes}, {self.kind}>"

    def _repr_html_(self) -> str:
        row = (
            shape_in_words(self.shape),
            str(self.dtype),
            ", ".join(self.axes or ()),
            size_in_words(self.nbytes),
            self.kind,
        )
        headings = ("data object", "shape", "type", "axes", "size", "kind")
        return html_table(headings, [(self.name, *row)])


def _expanded(key: Any, ndim: int) -> tuple[Any, ...]:
    keys = key if isinstance(key, tuple) else (key,)
    for k in keys:
        if not isinstance(k, slice | EllipsisType | int | np.integer) or isinstance(k, bool):
            raise IndexError(
                f"An object cannot be indexed by {k!r}: use integers, slices and '...', and NumPy "
                "on the result for the rest."
            )
    places = [i for i, k in enumerate(keys) if k is Ellipsis]
    if len(places) > 1:
        raise IndexError("An index can have only one '...'.")
    if places:
        at = places[0]
        keys = (*keys[:at], *[slice(None)] * (ndim - len(keys) + 1), *keys[at + 1 :])
    if len(keys) > ndim:
        raise IndexError(f"{len(keys)} indices for an object with {ndim} dimensions.")
    return (*keys, *[slice(None)] * (ndim - len(keys)))
