"""Memory that a thread keeps from call to call."""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

KEPT_BYTES = 640 * 2**20
"""More than this is given back at the end of a call; the slices of a 2048 detector need less."""

_ALIGNMENT = 64


class Scratch(threading.local):
    """Named arrays of float32, each thread its own.

    Memory fresh from the system costs a page fault per page and is zeroed first: for the buffers
    of a reconstruction that took up to half of the time. What an array holds is left over from
    somebody else.
    """

    def __init__(self) -> None:
        self._arrays: dict[str, NDArray[np.float32]] = {}

    def floats(self, name: str, n: int) -> NDArray[np.float32]:
        """`n` floats, aligned to cache lines; the same memory as last time if it is enough."""
        kept = self._arrays.get(name)
        if kept is None or kept.size < n:
            self._arrays.pop(name, None)  # before the larger one is taken
            raw = np.empty(4 * n + _ALIGNMENT, np.uint8)
            start = -raw.ctypes.data % _ALIGNMENT
            kept = raw[start : start + 4 * n].view(np.float32)
            self._arrays[name] = kept
        return kept[:n]

    def trim(self) -> None:
        """Give everything back if it is much."""
        if sum(array.nbytes for array in self._arrays.values()) > KEPT_BYTES:
            self._arrays.clear()


scratch = Scratch()
"""What the kernels use; they do not call each other, so names cannot clash within a thread."""
