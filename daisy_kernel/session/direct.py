"""The transport within one process."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from daisy_kernel.contracts.transport import Buffers
from daisy_kernel.session.service import Service
from daisy_kernel.session.session import Session


class DirectTransport:
    """Calls the service of this process."""

    def __init__(self, service: Service):
        self.service = service

    def call(
        self, operation: str, arguments: dict[str, Any], buffers: Buffers = ()
    ) -> tuple[dict[str, Any], Buffers]:
        """Perform an operation here."""
        return self.service.call(operation, arguments, buffers)


@lru_cache(maxsize=1)
def local_session() -> Session:
    """The session of this process."""
    return Session(DirectTransport(Service()))
