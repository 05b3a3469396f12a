"""The transport within one process."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from daisy_kernel.contracts.protocol_objects import MAX_READ_BYTES
from daisy_kernel.contracts.transport import Buffers
from daisy_kernel.session.event_stream import EventNews, follow_events
from daisy_kernel.session.service import Service
from daisy_kernel.session.session import Session


class DirectTransport:
    """Calls the service of this process."""

    read_bytes = MAX_READ_BYTES

    def __init__(self, service: Service):
        self.service = service
        self._news = EventNews()
        service.events.observers.append(self._news.tell)

    def call(
        self, operation: str, arguments: dict[str, Any], buffers: Buffers = ()
    ) -> tuple[dict[str, Any], Buffers]:
        """Perform an operation here."""
        return self.service.call(operation, arguments, buffers)

    def events(self, since: int = 0, timeout: float | None = None) -> Iterator[dict[str, Any]]:
        """What happens in this process."""
        return follow_events(
            lambda n: self.call("kernel.events", {"since": n})[0], self._news, since, timeout
        )

    def close(self) -> None:
        """Nothing is left behind, as nothing was opened."""


@lru_cache(maxsize=1)
def local_session() -> Session:
    """The session of this process."""
    return Session(DirectTransport(Service()))
