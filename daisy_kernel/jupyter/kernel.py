"""The Daisy kernel."""

from __future__ import annotations

import asyncio
import platform
import threading
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from ipykernel.ipkernel import IPythonKernel

from daisy_kernel.contracts.events import Event
from daisy_kernel.errors import DaisyError
from daisy_kernel.jupyter.comm_routing import CommRouting
from daisy_kernel.jupyter.requests import Reply, is_immediate, refusal, reply_to
from daisy_kernel.session import DirectTransport, local_session
from daisy_kernel.version import __version__

PROTOCOL = 1
"""Version of the messages ``daisy_request``, ``daisy_reply`` and ``daisy_event``."""


class DaisyKernel(CommRouting):
    """A Python kernel that also answers ``daisy_request`` and tells of runs by ``daisy_event``.

    On the control channel a request is answered while cells and runs are busy, by a thread of its
    own unless the answer is in memory. On the shell channel it waits for its turn among the cells.
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
    msg_types = [*IPythonKernel.msg_types, "daisy_request"]  # noqa: RUF012
    control_msg_types = [*IPythonKernel.control_msg_types, "daisy_request"]  # noqa: RUF012

    def start(self) -> None:
        """Start answering."""
        super().start()
        try:
            transport = local_session().transport
        except (
            DaisyError
        ) as error:  # a broken configuration: cells work, requests say what is wrong
            self.log.error("Daisy is not usable in this kernel: %s", error)
            return
        assert isinstance(transport, DirectTransport)
        transport.service.runs.observers.append(self._publish_event)

    def _publish_status(
        self, status: str, channel: str, parent: dict[str, Any] | None = None
    ) -> None:
        """Say busy or idle, but not for our own requests.

        JupyterLab would take the "idle" after a request on control for the end of a running cell,
        and an idle culler would take a panel that only looks for somebody who works.
        """
        asked = (parent or self.get_parent(channel) or {}).get("header", {}).get("msg_type")
        if asked != "daisy_request":
            super()._publish_status(status, channel, parent)

    async def daisy_request(self, stream: Any, ident: list[bytes], parent: dict[str, Any]) -> None:
        """Answer with a ``daisy_reply``; see `daisy_kernel.jupyter.requests` for the contents."""
        content, buffers = parent["content"], parent.get("buffers", ())

        def send(reply: Reply) -> None:
            self._send_reply(stream, ident, parent, reply)

        if stream is not self.control_stream or is_immediate(content):
            send(reply_to(content, buffers))
        else:
            _in_a_thread(lambda: reply_to(content, buffers), send)

    def _send_reply(
        self, stream: Any, ident: list[bytes], parent: dict[str, Any], reply: Reply
    ) -> None:
        content, buffers = reply
        try:
            self.session.send(stream, "daisy_reply", content, parent, ident, list(buffers))
        except (TypeError, ValueError) as error:  # not JSON: still, nobody is left waiting
            self.log.error("A daisy_reply cannot be sent:", exc_info=True)
            self.session.send(stream, "daisy_reply", refusal(error)[0], parent, ident)

    def _publish_event(self, event: Event) -> None:
        """Tell every client; any thread may call this, as the socket belongs to another one."""
        self.session.send(
            self.iopub_socket, "daisy_event", asdict(event), ident=self._topic("daisy_event")
        )


def _in_a_thread(work: Callable[[], Reply], then: Callable[[Reply], None]) -> None:
    """Work in a new thread, then call `then` in the loop that runs now.

    The thread is a daemon: a long read does not keep a kernel from shutting down. Nothing is
    awaited, because the kernel handles one control message at a time, an interrupt included.
    """
    loop = asyncio.get_running_loop()

    def run() -> None:
        reply = work()
        if not loop.is_closed():  # it is when the kernel has shut down meanwhile
            loop.call_soon_threadsafe(then, reply)

    threading.Thread(target=run, name="daisy-request", daemon=True).start()
