"""The Daisy kernel."""

from __future__ import annotations

import asyncio
import platform
from dataclasses import asdict
from typing import Any

from ipykernel.ipkernel import IPythonKernel

from daisy_kernel.contracts.events import KernelEvent
from daisy_kernel.contracts.protocol import COMM_TARGET, EVENT, PROTOCOL, REPLY, REQUEST
from daisy_kernel.errors import DaisyError
from daisy_kernel.jupyter.comm_door import CommDoor
from daisy_kernel.jupyter.comm_routing import CommRouting
from daisy_kernel.jupyter.repeated import Repeated
from daisy_kernel.jupyter.requests import Answer, in_a_thread, is_immediate, refusal, reply_to
from daisy_kernel.session import DirectTransport, Service, local_session
from daisy_kernel.version import __version__


class DaisyKernel(CommRouting):
    """A Python kernel that also answers ``daisy_request`` and tells of runs by ``daisy_event``.

    On the control channel a request is answered while cells and runs are busy, by a thread of its
    own unless the answer is in memory. On the shell channel it waits for its turn among the cells.
    The same messages come and go on comms of the target ``daisy``.
    """

    implementation = "daisy"
    implementation_version = __version__
    banner = (
        f"Daisy {__version__} on Python {platform.python_version()}\n"
        "session = daisy_kernel.connect() gives objects, algorithms, workflows and runs."
    )
    # The language stays Python for highlighting, nbconvert, papermill and debugger.
    language_info = {  # noqa: RUF012 - as the base class has it
        **IPythonKernel.language_info,
        "daisy": {"version": __version__, "protocol": PROTOCOL},
    }
    msg_types = [*IPythonKernel.msg_types, REQUEST]  # noqa: RUF012
    control_msg_types = [*IPythonKernel.control_msg_types, REQUEST]  # noqa: RUF012

    def start(self) -> None:
        """Start answering."""
        self._repeated = Repeated(lambda: _service().events.instance)
        super().start()
        try:
            service = _service()
        except (
            DaisyError
        ) as error:  # a broken configuration: cells work, requests say what is wrong
            self.log.error("Daisy is not usable in this kernel: %s", error)
            return
        door = CommDoor()
        service.events.observers += [self._publish_event, door.publish]
        self.comm_manager.register_target(COMM_TARGET, door.enter)

    def _publish_status(
        self, status: str, channel: str, parent: dict[str, Any] | None = None
    ) -> None:
        """Say busy or idle, but not for our own requests.

        JupyterLab would take the "idle" after a request on control for the end of a running cell,
        and an idle culler would take a panel that only looks for somebody who works.
        """
        asked = (parent or self.get_parent(channel) or {}).get("header", {}).get("msg_type")
        if asked != REQUEST:
            super()._publish_status(status, channel, parent)

    async def daisy_request(self, stream: Any, ident: list[bytes], parent: dict[str, Any]) -> None:
        """Answer with a ``daisy_reply``; see `daisy_kernel.jupyter.requests` for the contents."""
        content, buffers = parent["content"], parent.get("buffers", ())

        def send(reply: Answer) -> None:
            self._send_reply(stream, ident, parent, reply)

        def answer() -> Answer:
            return self._repeated.answer(parent["metadata"], lambda: reply_to(content, buffers))

        if stream is not self.control_stream or is_immediate(content):
            send(answer())
        else:
            loop = asyncio.get_running_loop()

            def hand_over(reply: Answer) -> None:
                if not loop.is_closed():  # it is when the kernel has shut down meanwhile
                    loop.call_soon_threadsafe(send, reply)

            # Nothing is awaited: control messages, an interrupt too, are handled one at a time.
            in_a_thread(lambda: hand_over(answer()))

    def _send_reply(
        self, stream: Any, ident: list[bytes], parent: dict[str, Any], reply: Answer
    ) -> None:
        content, buffers = reply
        try:
            self.session.send(stream, REPLY, content, parent, ident, list(buffers))
        except (TypeError, ValueError) as error:  # not JSON: still, nobody is left waiting
            self.log.error("A daisy_reply cannot be sent:", exc_info=True)
            self.session.send(stream, REPLY, refusal(error)[0], parent, ident)

    def _publish_event(self, event: KernelEvent) -> None:
        """Tell every client; any thread may call this, as the socket belongs to another one."""
        self.session.send(self.iopub_socket, EVENT, asdict(event), ident=self._topic(EVENT))


def _service() -> Service:
    transport = local_session().transport
    assert isinstance(transport, DirectTransport)
    return transport.service
