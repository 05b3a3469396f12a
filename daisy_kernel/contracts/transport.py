"""How a session reaches its kernel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

Buffers = Sequence[bytes | memoryview]


class Caller(Protocol):
    """Carries one operation at a time; in this process, over ZMQ or over a WebSocket."""

    @property
    def read_bytes(self) -> int:
        """What is to be asked for at once, so that others have their turn [bytes]."""
        ...

    def call(
        self, operation: str, arguments: dict[str, Any], buffers: Buffers = ()
    ) -> tuple[dict[str, Any], Buffers]:
        """Perform an operation and wait for its result (JSON values, and arrays as buffers)."""
        ...


class Transport(Caller, Protocol):
    """The way to a kernel, over which it also tells what happens."""

    def events(self, since: int = 0, timeout: float | None = None) -> Iterator[dict[str, Any]]:
        """What happens in the kernel from a kernel-wide number on; see `Session.events`."""
        ...

    def close(self) -> None:
        """Leave the kernel; it goes on."""
        ...
