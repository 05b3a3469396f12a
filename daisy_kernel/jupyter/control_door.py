"""Requests on the control and the shell channel, and events on iopub."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from daisy_kernel.contracts.events import KernelEvent
from daisy_kernel.contracts.protocol import EVENT, REPLY
from daisy_kernel.jupyter.repeated import Repeated
from daisy_kernel.jupyter.requests import Answer, in_a_thread, is_immediate, refusal, reply_to
from daisy_kernel.session import DirectTransport, local_session


class ControlDoor:
    """Answers each ``daisy_request`` with a ``daisy_reply``, and tells every client of events.

    On the control channel a request is answered while cells and runs are busy, by a thread of its
    own unless the answer is in memory. On the shell channel it waits for its turn among the cells.

    Parameters
    ----------
    kernel
        Ours, or a plain ipykernel into which Daisy was loaded.
    """

    def __init__(self, kernel: Any):
        self._kernel = kernel
        self._repeated = Repeated(_instance)

    async def enter(self, stream: Any, ident: Sequence[bytes], parent: dict[str, Any]) -> None:
        """A request has come; see `daisy_kernel.jupyter.requests` for the contents."""
        content, buffers = parent["content"], parent.get("buffers", ())

        def send(reply: Answer) -> None:
            self._send_reply(stream, ident, parent, reply)

        def answer() -> Answer:
            return self._repeated.answer(parent["metadata"], lambda: reply_to(content, buffers))

        if stream is not self._kernel.control_stream or is_immediate(content):
            send(answer())
            return
        loop = asyncio.get_running_loop()

        def hand_over(reply: Answer) -> None:
            if not loop.is_closed():  # it is when the kernel has shut down meanwhile
                loop.call_soon_threadsafe(send, reply)

        # Nothing is awaited: control messages, an interrupt too, are handled one at a time.
        in_a_thread(lambda: hand_over(answer()))

    def publish(self, event: KernelEvent) -> None:
        """Tell every client of an event."""
        self.tell(EVENT, asdict(event))

    def tell(self, kind: str, content: dict[str, Any]) -> None:
        """Send a message on iopub; any thread may, as the socket belongs to another one."""
        kernel = self._kernel
        kernel.session.send(kernel.iopub_socket, kind, content, ident=kernel._topic(kind))

    def _send_reply(
        self, stream: Any, ident: Sequence[bytes], parent: dict[str, Any], reply: Answer
    ) -> None:
        session, (content, buffers) = self._kernel.session, reply
        try:
            session.send(stream, REPLY, content, parent, ident, list(buffers))
        except (TypeError, ValueError) as error:  # not JSON: still, nobody is left waiting
            self._kernel.log.error("A daisy_reply cannot be sent:", exc_info=True)
            session.send(stream, REPLY, refusal(error)[0], parent, ident)


def _instance() -> str:
    """What tells the service of this process from its predecessors."""
    transport = local_session().transport
    assert isinstance(transport, DirectTransport)
    return transport.service.events.instance
