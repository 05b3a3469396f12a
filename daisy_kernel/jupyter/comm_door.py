"""The comm target ``daisy``: the same messages for a widget or page that has only comms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Protocol

from pydantic import TypeAdapter, ValidationError
from traitlets.log import get_logger

from daisy_kernel.contracts.events import KernelEvent
from daisy_kernel.contracts.protocol import EVENT, REPLY, REQUEST, CommEnvelope
from daisy_kernel.errors import InvalidParameter
from daisy_kernel.jupyter.requests import Answer, in_a_thread, is_immediate, refusal, reply_to

_ENVELOPE = TypeAdapter(CommEnvelope)


class Comm(Protocol):
    """What is used of a comm."""

    def send(self, data: dict[str, Any], *, buffers: Sequence[Any] = ()) -> None:
        """Send a message to the other side; any thread may."""
        ...

    def on_msg(self, callback: Any) -> None:
        """Call this with every message that comes."""
        ...

    def on_close(self, callback: Any) -> None:
        """Call this when the other side has closed the comm."""
        ...


class CommDoor:
    """Answers requests on every comm of the target and tells events on all of them."""

    def __init__(self) -> None:
        self._comms: list[Comm] = []

    def enter(self, comm: Comm, _: dict[str, Any]) -> None:
        """A comm was opened."""
        comm.on_msg(lambda message: _answer(comm, message))
        comm.on_close(lambda message: self._comms.remove(comm))
        self._comms.append(comm)

    def publish(self, event: KernelEvent) -> None:
        """Tell an event to everybody who has a comm."""
        for comm in list(self._comms):
            comm.send(vars(CommEnvelope(EVENT, asdict(event))))


def _answer(comm: Comm, message: dict[str, Any]) -> None:
    data, buffers = message["content"].get("data"), message.get("buffers", ())
    asked_by = data.get("id") if isinstance(data, dict) else None

    def send(answer: Answer) -> None:
        content, parts = answer
        try:
            comm.send(vars(CommEnvelope(REPLY, content, asked_by)), buffers=list(parts))
        except (TypeError, ValueError) as error:  # not JSON: still, nobody is left waiting
            get_logger().exception("A daisy_reply cannot be sent:")
            comm.send(vars(CommEnvelope(REPLY, refusal(error)[0], asked_by)))

    try:
        envelope = _ENVELOPE.validate_python(data)
        if envelope.type != REQUEST or envelope.id is None:
            raise InvalidParameter(f"a {envelope.type} with the id {envelope.id!r}")
    except (ValidationError, InvalidParameter) as error:
        get_logger().warning("A message on a comm was refused: %s", error)
        told = InvalidParameter(
            "A message came on a comm that is no request: expected the data "
            '{"type": "daisy_request", "id": text, "content": {"operation", "arguments"}}.'
        )
        send(refusal(told))
        return
    if is_immediate(envelope.content):
        send(reply_to(envelope.content, buffers))
    else:
        in_a_thread(lambda: send(reply_to(envelope.content, buffers)))
