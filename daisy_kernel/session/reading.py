"""Reading a hyperslab in pieces that fit into one reply each."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.transport import Caller
from daisy_kernel.errors import RunConflict

_NEVER = 1 << 62
"""No event has this number: asking since it gives none, but tells the next."""


def read_hyperslab(
    transport: Caller,
    name: str,
    dtype: np.dtype[Any],
    bounds: Sequence[Sequence[int]],
    limit_bytes: int,
) -> NDArray[Any]:
    """Part of a data object.

    Parameters
    ----------
    transport
        Whence.
    name, dtype
        Of the object.
    bounds
        (start, stop, step) of every dimension.
    limit_bytes
        Of one piece.

    Returns
    -------
    part
        As many dimensions as the object.

    Raises
    ------
    RunConflict
        If the object was replaced between two pieces.
    """
    shape = tuple(len(range(*b)) for b in bounds)
    itemsize = max(1, dtype.itemsize)
    if math.prod(shape) * itemsize <= limit_bytes:
        return _read(transport, name, bounds)
    began = transport.call("kernel.events", {"since": _NEVER})[0]
    part = np.empty(shape, dtype.newbyteorder("<"))
    for piece in pieces(shape, max(1, limit_bytes // itemsize)):
        asked = [
            [start + step * s.start, start + step * (s.stop - 1) + 1, step]
            for (start, _, step), s in zip(bounds, piece, strict=True)
        ]
        part[piece] = _read(transport, name, asked)
    ended = transport.call("kernel.events", {"since": began["next"]})[0]
    if ended["instance"] != began["instance"] or any(
        event["kind"] == "object" and event["data"]["name"] == name for event in ended["events"]
    ):
        raise RunConflict(f"{name!r} was replaced while it was read in pieces: read it again.")
    return part


def pieces(shape: Sequence[int], limit: int) -> Iterator[tuple[slice, ...]]:
    """Hyperslabs of at most `limit` elements that make up the whole, in C order."""
    if not shape:
        yield ()
        return
    axis = next(axis for axis in range(len(shape)) if math.prod(shape[axis + 1 :]) <= limit)
    thick = max(1, limit // max(1, math.prod(shape[axis + 1 :])))
    for index in np.ndindex(*shape[:axis]):
        for lo in range(0, shape[axis], thick):
            yield (
                *(slice(i, i + 1) for i in index),
                slice(lo, min(lo + thick, shape[axis])),
                *(slice(0, n) for n in shape[axis + 1 :]),
            )


def _read(transport: Caller, name: str, bounds: Sequence[Sequence[int]]) -> NDArray[Any]:
    asked = {"name": name, "selection": [list(b) for b in bounds]}
    answer, buffers = transport.call("objects.read", asked)
    return np.frombuffer(buffers[0], answer["dtype"]).reshape(answer["shape"])
