"""Algorithms that are run at once, by themselves."""

from __future__ import annotations

from typing import Any

from daisy_kernel.contracts.transport import Transport
from daisy_kernel.session.plain_values import plain


class LoneAlgorithms:
    """Every algorithm by its name, ready to be executed."""

    def __init__(self, transport: Transport):
        self._transport = transport

    def __getitem__(self, algorithm: str) -> LoneStep:
        return LoneStep(self._transport, algorithm)


class LoneStep:
    """One algorithm."""

    def __init__(self, transport: Transport, algorithm: str):
        self._transport, self._algorithm = transport, algorithm

    def execute(self, **params: Any) -> None:
        """Run the algorithm now; its outputs are then in the data store."""
        given = {name: plain(value) for name, value in params.items()}
        self._transport.call("execute", {"algorithm": self._algorithm, "params": given})
