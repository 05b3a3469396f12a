"""Messages and arrays between the engine and a process that computes for it.

Arrays lie in memory that both processes see and that has no name, so that nothing is left behind
whichever of them dies. (/dev/shm would not do: a container often has no more than 64 MB of it.)
"""

from __future__ import annotations

import mmap
import os
import pickle
import socket
import struct
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

_HEADER = struct.Struct("<QQ")
"""Length of the message [bytes] and how many arrays come with it."""
_AT_ONCE = 64
"""File descriptors in one packet; the kernel takes 253."""


class Link:
    """One end of the connection.

    Parameters
    ----------
    end
        A connected socket of the operating system's own kind.
    """

    def __init__(self, end: socket.socket):
        self._end = end

    def send(self, message: Any, arrays: Mapping[str, NDArray[Any]] | None = None) -> None:
        """Send a message, which is pickled, and arrays, of which no copy crosses.

        Raises
        ------
        OSError
            If the other process is gone.
        """
        shared = {name: _share(array) for name, array in (arrays or {}).items()}
        try:
            forms = {n: (a.shape, a.dtype.str) for n, a in (arrays or {}).items()}
            content = pickle.dumps((message, forms))
            self._end.sendall(_HEADER.pack(len(content), len(shared)) + content)
            handles = list(shared.values())
            for first in range(0, len(handles), _AT_ONCE):
                socket.send_fds(self._end, [b"f"], handles[first : first + _AT_ONCE])
        finally:
            for handle in shared.values():
                os.close(handle)

    def receive(self) -> tuple[Any, dict[str, NDArray[Any]]]:
        """The next message and its arrays, which cannot be written to.

        Raises
        ------
        EOFError
            If the other process is gone.
        """
        length, count = _HEADER.unpack(self._read(_HEADER.size))
        message, forms = pickle.loads(self._read(length))
        handles: list[int] = []
        try:
            while len(handles) < count:
                handles += self._read_handles()
            arrays = {
                name: _mapped(handle, shape, np.dtype(kind))
                for (name, (shape, kind)), handle in zip(forms.items(), handles, strict=True)
            }
        finally:
            for handle in handles:
                os.close(handle)
        return message, arrays

    def close(self) -> None:
        """Whoever waits at the other end is told that nothing more comes."""
        with suppress(OSError):
            self._end.shutdown(socket.SHUT_RDWR)
        self._end.close()

    def _read_handles(self) -> list[int]:
        try:
            packet, handles, _, _ = socket.recv_fds(self._end, 1, _AT_ONCE)
        except OSError as error:
            raise EOFError from error
        if not packet:
            raise EOFError
        return handles

    def _read(self, length: int) -> bytes:
        content = bytearray()
        while len(content) < length:
            try:
                part = self._end.recv(min(length - len(content), 1 << 20))
            except OSError as error:
                raise EOFError from error
            if not part:
                raise EOFError
            content += part
        return bytes(content)


def _share(array: NDArray[Any]) -> int:
    """A descriptor of memory that holds a copy of the array, in C order."""
    handle = _memory()
    try:
        os.ftruncate(handle, max(1, array.nbytes))
        if array.nbytes:
            with mmap.mmap(handle, array.nbytes) as memory:
                view = np.frombuffer(memory, array.dtype).reshape(array.shape)
                np.copyto(view, array)
                del view  # or the memory could not be let go of
    except BaseException:
        os.close(handle)
        raise
    return handle


def _mapped(handle: int, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    """The array in shared memory; it is let go of together with the last view of it."""
    if not np.prod(shape, dtype=np.int64):
        return np.empty(shape, dtype)
    memory = mmap.mmap(handle, os.fstat(handle).st_size, access=mmap.ACCESS_READ)
    return np.frombuffer(memory, dtype).reshape(shape)


def _memory() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("daisy")
    with tempfile.TemporaryFile() as file:  # has no name any more
        return os.dup(file.fileno())
