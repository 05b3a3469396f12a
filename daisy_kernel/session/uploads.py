"""Arrays that come from elsewhere, in one piece or in several."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.protocol_objects import MAX_CHUNK_BYTES, PutObject
from daisy_kernel.engines.memory import default_budget, human
from daisy_kernel.errors import InvalidParameter, OutOfBudget

_AT_ONCE = 8
_PATIENCE_SECONDS = 600
_REMEMBERED = 64


@dataclass
class _Upload:
    """An array of which some bytes have come."""

    declared: tuple[Any, ...]
    array: NDArray[Any]
    received: int = 0
    touched: float = field(default_factory=time.monotonic)


class Uploads:
    """Puts pieces together; nobody sees an array before it is complete.

    Parameters
    ----------
    limit_bytes
        The largest array, and all unfinished ones together [bytes]; default: 60 % of the memory
        that is free when an array begins to come.
    """

    def __init__(self, limit_bytes: int | None = None):
        self._limit = limit_bytes
        self._open: dict[str, _Upload] = {}
        self._finished: dict[str, tuple[Any, ...]] = {}
        self._lock = threading.Lock()

    @property
    def limit_bytes(self) -> int:
        """The largest array that may come now [bytes]."""
        return self._limit if self._limit is not None else default_budget().memory_bytes

    def take(self, asked: PutObject, piece: Any) -> tuple[int, NDArray[Any] | None]:
        """Take one piece.

        Returns
        -------
        received : int
            Bytes so far.
        array
            The array, when this was the last piece; None before, and for a repeated last piece.

        Raises
        ------
        InvalidParameter
            If the piece does not fit the array, or pieces before it are missing.
        OutOfBudget
            If the array is larger than the limit, or too many are unfinished.
        """
        dtype, total = self._declared(asked)
        content = memoryview(piece).cast("B")
        if len(content) > MAX_CHUNK_BYTES:
            raise InvalidParameter(
                f"{asked.name!r} came with a buffer of {human(len(content))}, more than "
                f"{human(MAX_CHUNK_BYTES)}: put it in pieces."
            )
        if asked.upload is None and (asked.offset or len(content) != total):
            raise InvalidParameter(
                f"{asked.name!r}: the buffer of {len(content)} bytes does not have the size of "
                f"{asked.dtype} {tuple(asked.shape)}: name an upload to put it in pieces."
            )
        if asked.offset + len(content) > total:
            raise InvalidParameter(
                f"{asked.name!r}: the piece ends at byte {asked.offset + len(content)}, but "
                f"{asked.dtype} {tuple(asked.shape)} has {total}."
            )
        with self._lock:
            return self._add(asked, dtype, total, content)

    def _add(
        self, asked: PutObject, dtype: np.dtype[Any], total: int, content: memoryview
    ) -> tuple[int, NDArray[Any] | None]:
        declared = (asked.name, tuple(asked.shape), asked.dtype, tuple(asked.axes or ()))
        if asked.upload is not None and self._finished.get(asked.upload) == declared:
            return total, None
        upload = self._open.get(asked.upload or "")
        if upload is None:
            upload = self._begin(asked, declared, dtype, total)
        if upload.declared != declared or asked.offset > upload.received:
            raise InvalidParameter(
                f"{asked.name!r}: byte {upload.received} of upload {asked.upload!r} is to come "
                f"next, for {upload.declared}; what came begins at {asked.offset}, for {declared}."
            )
        flat = upload.array.reshape(-1).view(np.uint8)
        flat[asked.offset : asked.offset + len(content)] = np.frombuffer(content, np.uint8)
        upload.received = max(upload.received, asked.offset + len(content))
        upload.touched = time.monotonic()
        if upload.received < total:
            return upload.received, None
        if asked.upload is not None:
            del self._open[asked.upload]
            self._finished[asked.upload] = declared
            if len(self._finished) > _REMEMBERED:
                del self._finished[next(iter(self._finished))]
        return total, upload.array

    def _begin(
        self, asked: PutObject, declared: tuple[Any, ...], dtype: np.dtype[Any], total: int
    ) -> _Upload:
        if asked.offset:
            raise InvalidParameter(
                f"{asked.name!r}: nothing is known of upload {asked.upload!r}, which goes on at "
                f"byte {asked.offset}: begin again with byte 0."
            )
        now = time.monotonic()
        for key, upload in list(self._open.items()):
            if now - upload.touched > _PATIENCE_SECONDS:
                del self._open[key]
        unfinished = sum(upload.array.nbytes for upload in self._open.values())
        if len(self._open) >= _AT_ONCE or unfinished + total > self.limit_bytes:
            raise OutOfBudget(
                f"{asked.name!r} of {human(total)} would come beside {len(self._open)} unfinished "
                f"arrays of {human(unfinished)}; the limit is {_AT_ONCE} and "
                f"{human(self.limit_bytes)}: finish them, or save it to a file and load that."
            )
        begun = _Upload(declared, np.empty(tuple(asked.shape), dtype))
        if asked.upload is not None:
            self._open[asked.upload] = begun
        return begun

    def _declared(self, asked: PutObject) -> tuple[np.dtype[Any], int]:
        try:
            dtype = np.dtype(asked.dtype)
        except (TypeError, ValueError, SyntaxError):
            dtype = np.dtype(object)
        if dtype.kind not in "biufc":
            raise InvalidParameter(
                f"{asked.name!r}: an array of numbers is expected, not of {asked.dtype!r}."
            )
        total = math.prod(asked.shape) * dtype.itemsize
        if total > self.limit_bytes:
            raise OutOfBudget(
                f"{asked.name!r} has {human(total)}, more than the {human(self.limit_bytes)} that "
                "may be put: save it to a file and load that."
            )
        return dtype, total
