"""How a session reaches its kernel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

Buffers = Sequence[bytes | memoryview]


class Transport(Protocol):
    """Carries one operation at a time; in this process, over ZMQ or over a WebSocket."""

    def call(
        self, operation: str, arguments: dict[str, Any], buffers: Buffers = ()
    ) -> tuple[dict[str, Any], Buffers]:
        """Perform an operation and wait for its result (JSON values, and arrays as buffers)."""
        ...
