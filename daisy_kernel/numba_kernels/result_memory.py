"""Memory for results: that of an earlier one which nobody holds any more."""

from __future__ import annotations

import sys
import threading
from math import prod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

KEPT_BYTES = 384 * 2**20
"""What a thread keeps at most; a result beyond that gets memory that goes with it."""

_OWN_REFERENCES = 2
"""To memory that nobody uses: from the list, and from the call that counts them."""


class ResultMemory(threading.local):
    """Arrays of float32, each thread its own.

    A block of counts becomes line integrals at the speed of memory; memory fresh from the system,
    which is zeroed first, took longer than the arithmetic. So a thread that makes block after block
    uses the memory of an earlier one again, once every array on it is gone. An array that somebody
    still holds, or a view of it, is never touched.
    """

    def __init__(self) -> None:
        self._pieces: list[NDArray[np.float32]] = []

    def empty(self, *shape: int) -> NDArray[np.float32]:
        """An array of this shape; what it holds is left over from somebody else."""
        n = prod(shape)
        for i in range(len(self._pieces)):
            if n <= self._pieces[i].size <= 2 * n and self._is_free(i):
                return self._pieces[i][:n].reshape(shape)
        # What is free and did not fit is in the way of what will be needed again.
        self._pieces = [self._pieces[i] for i in range(len(self._pieces)) if not self._is_free(i)]
        result = np.empty(n, np.float32)
        if 4 * (n + sum(piece.size for piece in self._pieces)) <= KEPT_BYTES:
            self._pieces.append(result)
        return result[:].reshape(shape)

    def empty_of(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """The same for any type."""
        dtype = np.dtype(dtype)
        n_byte = prod(shape) * dtype.itemsize
        memory = self.empty(-(-n_byte // 4)).view(np.uint8)
        return memory[:n_byte].view(dtype).reshape(shape)

    def _is_free(self, i: int) -> bool:
        """Arrays on a piece hold it as their base, whoever sliced or reshaped them."""
        return sys.getrefcount(self._pieces[i]) <= _OWN_REFERENCES


results = ResultMemory()
"""What the kernels take their results from."""
