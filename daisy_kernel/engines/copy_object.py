"""Writing an object that exists already, with little memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray

from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.contracts.reference import Reference
from daisy_kernel.datastore import sliceable
from daisy_kernel.engines.block import read_along
from daisy_kernel.engines.planner import partition
from daisy_kernel.engines.recipe import read_whole
from daisy_kernel.engines.sinks import FileSink

_PIECE_BYTES = 64 << 20


def copy_object(
    value: NDArray[Any] | Reference, spec: Spec, sink: FileSink, poll: Callable[[], None]
) -> tuple[int | None, dict[tuple[int, int], int]]:
    """Write an object piece by piece, along an axis that is cheap to cut.

    Parameters
    ----------
    value
        The object.
    spec
        Its shape and type.
    sink
        Where it goes.
    poll
        Called before every piece; raises when the run is to stop.

    Returns
    -------
    axis
        Number of the dimension that was cut; None: it is written as a whole.
    checksums
        [lo, hi) of every piece along it -> the checksum of what was written.
    """
    if not spec.shape or not spec.nbytes:
        return None, {(0, 1): sink.write(tuple(0 for _ in spec.shape), read_whole(value))}
    dear = sliceable(value).dear_axes()
    axis = next((i for i in range(len(spec.shape)) if i not in dear), 0)
    piece = max(1, _PIECE_BYTES // (spec.nbytes // spec.shape[axis]))
    numbered = Spec(spec.shape, spec.dtype, tuple(map(str, range(len(spec.shape)))))
    checksums = {}
    for lo, hi in partition(spec.shape[axis], piece):
        poll()
        start = tuple(lo if i == axis else 0 for i in range(len(spec.shape)))
        checksums[lo, hi] = sink.write(start, read_along(value, numbered, str(axis), lo, hi))
    return axis, checksums
