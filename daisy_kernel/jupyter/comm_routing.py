"""Comms that answer while a cell runs, whichever frontend they come from.

A plain ipykernel handles a widget's message on the thread of the cells unless the frontend asks
otherwise, and once a running cell has sent something on a comm, that comm waits for the cell from
then on. A page that is reloaded meanwhile learns nothing about the kernel until the cell ends.
"""

from __future__ import annotations

from typing import Any

from ipykernel.ipkernel import IPythonKernel

_COMM_MESSAGES = {"comm_open", "comm_msg", "comm_close"}
_QUESTIONS = {"kernel_info_request", "comm_info_request"}
_DELIMITER = b"<IDS|MSG>"


class CommRouting(IPythonKernel):
    """Handles all comm messages on one thread of their own, in order.

    Questions about kernel and comms are answered by the thread that receives them. Callbacks of
    widgets therefore run beside the cells: they must not use pyplot's current figure.
    """

    session: Any
    """Signs and packs messages; None only before a kernel is given its sockets."""
    _comm_subshell: str | None = None

    async def shell_channel_thread_main(self, msg: list[Any]) -> None:
        """Send a message of the shell channel to the thread that handles it."""
        if not self._can_route():
            await super().shell_channel_thread_main(msg)
            return
        try:
            idents, frames = self.session.feed_identities(msg, copy=False)
            # Checks the signature: only what came from a holder of the key is signed again below.
            header = self.session.deserialize(frames, content=False, copy=False)["header"]
        except Exception:  # the base class reports what cannot be read
            await super().shell_channel_thread_main(msg)
            return
        if header["msg_type"] in _COMM_MESSAGES:
            self._send_to_comm_subshell(header, idents, frames)
        elif header["msg_type"] in _QUESTIONS and not header.get("subshell_id"):
            await self._answer_here(idents, frames)
        else:
            await super().shell_channel_thread_main(msg)

    async def dispatch_shell(
        self, msg: list[Any], /, subshell_id: str | None = None, **options: Any
    ) -> None:
        """Handle a message of the shell channel on the thread of its subshell."""
        await super().dispatch_shell(msg, subshell_id=subshell_id, **options)
        if subshell_id is not None and subshell_id == self._comm_subshell:
            # A callback may have set a future that a coroutine of a cell waits for, without
            # waking the loop of the cells, as it knows of no other thread.
            self.io_loop.add_callback(lambda: None)

    async def comm_info_request(self, stream: Any, ident: Any, parent: dict[str, Any]) -> None:
        """Say which comms there are; from a copy, because a cell may be opening one."""
        target = parent["content"].get("target_name")
        comms = {
            comm_id: {"target_name": comm.target_name}
            for comm_id, comm in dict(self.comm_manager.comms).items()
            if target in (None, comm.target_name)
        }
        content = {"comms": comms, "status": "ok"}
        self.session.send(stream, "comm_info_reply", content, parent, ident)

    def _can_route(self) -> bool:
        """Whether this ipykernel has the parts that are used here, all but one of them private."""
        channel = self.shell_channel_thread
        needed = ("_create_subshell", "list_subshell", "get_shell_channel_to_subshell_socket")
        return (
            channel is not None
            and hasattr(self, "_publish_status")
            and all(hasattr(channel.manager, name) for name in needed)
        )

    def _send_to_comm_subshell(
        self, header: dict[str, Any], idents: list[bytes], frames: list[Any]
    ) -> None:
        manager = self.shell_channel_thread.manager
        if self._comm_subshell not in manager.list_subshell():  # first one, or somebody deleted it
            self._comm_subshell = manager._create_subshell()
        # The receiving thread insists on finding its name in the header: written and signed anew.
        body = [
            self.session.pack({**header, "subshell_id": self._comm_subshell}),
            *(frame.bytes for frame in frames[2:5]),
        ]
        message = [*idents, _DELIMITER, self.session.sign(body), *body, *frames[5:]]
        socket = manager.get_shell_channel_to_subshell_socket(self._comm_subshell)
        socket.send_multipart(message, copy=False)

    async def _answer_here(self, idents: list[bytes], frames: list[Any]) -> None:
        request = self.session.deserialize(frames, content=True, copy=False)
        handler = self.shell_handlers[request["header"]["msg_type"]]
        self._publish_status("busy", "shell", parent=request)
        try:
            await handler(self.shell_stream, idents, request)
        except Exception:
            self.log.error("Exception in message handler:", exc_info=True)  # as the base class
        self._publish_status("idle", "shell", parent=request)
