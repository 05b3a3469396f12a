"""The way to a kernel of which one has the connection file: ZMQ sockets."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import zmq
from jupyter_client.blocking.client import BlockingKernelClient
from zmq.utils.monitor import recv_monitor_message

from daisy_kernel.client.remote import PATIENCE_S, RemoteTransport
from daisy_kernel.client.requests import Pending
from daisy_kernel.contracts.protocol import EVENT, REPLY
from daisy_kernel.errors import AccessRefused, ConnectionLost, FileProblem

_HEARTBEAT_MS = 5000
"""Between two signs of life of the other side: a network that is gone says nothing by itself."""


class ZMQTransport(RemoteTransport):
    """Carries requests to a kernel on this machine, or behind forwarded ports.

    Parameters
    ----------
    connection_file
        As the kernel or its server wrote it; its key signs every message.
    patience_s
        How long a lost connection may stay lost while somebody waits [s].

    Raises
    ------
    FileProblem
        If the connection file cannot be read.
    """

    def __init__(self, connection_file: Path, patience_s: float = PATIENCE_S):
        super().__init__(f"the kernel of {connection_file}", patience_s)
        _check(connection_file)
        self._context = zmq.Context()
        for option, value in (
            (zmq.LINGER, 0),
            (zmq.HEARTBEAT_IVL, _HEARTBEAT_MS),
            (zmq.HEARTBEAT_TIMEOUT, 3 * _HEARTBEAT_MS),
            (zmq.RECONNECT_IVL, 100),
            (zmq.RECONNECT_IVL_MAX, 2000),
        ):
            self._context.setsockopt(option, value)
        self._client = BlockingKernelClient(context=self._context)
        self._client.load_connection_file(str(connection_file))
        self._client.session.session = self.identity
        self._refusals = self._others = 0
        self._posting = threading.Lock()
        self._out = self._context.socket(zmq.PUSH)
        self._out.bind("inproc://daisy-out")
        self._thread = threading.Thread(target=self._serve, name="daisy-zmq", daemon=True)
        self._thread.start()

    def greet(self, patience_s: float) -> None:
        """Make sure that a Daisy kernel answers.

        Raises
        ------
        AccessRefused
            If the kernel is there, but the key of the file is not its own.
        ConnectionLost
            If none answers in time.
        """
        # Any kernel answers this one, unless the key is wrong.
        self._push(self._client.session.msg("kernel_info_request", {}), ())
        try:
            super().greet(patience_s)
        except AccessRefused:
            raise
        except ConnectionLost:
            if self._refusals or (self._lost_since is None and not self._others):
                raise AccessRefused(
                    f"{self.where} is there, but says nothing: the key in the file is not its own."
                ) from None
            if self._others:
                raise ConnectionLost(
                    f"{self.where} is not a Daisy kernel: start one, or '%load_ext daisy_kernel' "
                    "in it."
                ) from None
            raise

    def _post(self, header: dict[str, Any], metadata: dict[str, Any], pending: Pending) -> None:
        content = {"operation": pending.operation, "arguments": pending.arguments}
        message = {
            "header": header,
            "parent_header": {},
            "metadata": metadata,
            "content": content,
        }
        self._push(message, pending.buffers)

    def _push(self, message: dict[str, Any], buffers: Any) -> None:
        frames = [*self._client.session.serialize(message), *buffers]
        try:
            with self._posting:  # a socket may be used by several threads, one after the other
                self._out.send_multipart(frames)
        except zmq.ZMQError as error:
            raise ConnectionLost(str(error)) from error

    def _serve(self) -> None:
        """Owns the sockets; everything else of this transport only talks to this thread."""
        # Lost until a handshake: whatever is sent before waits in the socket.
        self._lost()
        outgoing = self._context.socket(zmq.PULL)
        outgoing.connect("inproc://daisy-out")
        control = self._client.connect_control(identity=self.identity.encode())
        monitor = control.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED)
        iopub = self._client.connect_iopub()
        poller = zmq.Poller()
        for each in (outgoing, control, monitor, iopub):
            poller.register(each, zmq.POLLIN)
        try:
            while True:
                for each, _ in poller.poll():
                    if each is outgoing:
                        frames = outgoing.recv_multipart(copy=False)
                        if len(frames) == 1:
                            return
                        control.send_multipart(frames)
                    elif each is monitor:
                        self._notice(recv_monitor_message(monitor)["event"])
                    else:
                        self._take(each.recv_multipart(copy=False))
        finally:
            control.disable_monitor()
            for each in (monitor, outgoing, control, iopub):
                each.close(linger=0)

    def _notice(self, event: int) -> None:
        if event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
            self._found()
        else:
            self._lost()

    def _take(self, frames: list[Any]) -> None:
        session = self._client.session
        try:
            _, rest = session.feed_identities(frames, copy=False)
            message = session.deserialize(rest, copy=False)
        except Exception:  # jupyter_client raises many kinds; none of them is a message for us
            self._refusals += 1
            return
        msg_type = message["header"]["msg_type"]
        if msg_type not in (REPLY, EVENT):
            self._others += 1
            msg_type = ""
        parent = message["parent_header"].get("msg_id")
        self._hear(msg_type, parent, message["content"], message["buffers"])

    def _reconnect(self) -> None:
        self._lost()  # the sockets do that by themselves

    def _leave(self) -> None:
        with self._posting:
            self._out.send(b"")
        if threading.current_thread() is not self._thread:
            self._thread.join(5)
        self._out.close(linger=0)
        self._client.stop_channels()
        self._context.destroy(linger=0)


def _check(connection_file: Path) -> None:
    expected = {"ip": str, "transport": str, "key": str, "control_port": int, "iopub_port": int}
    try:
        told = json.loads(connection_file.read_text())
        if all(isinstance(told[name], kind) for name, kind in expected.items()):
            return
        reason = "an entry is of the wrong type"
    except (OSError, ValueError) as error:
        reason = str(error)
    except (TypeError, KeyError):
        reason = f"it should have the entries {', '.join(expected)}"
    raise FileProblem(
        f"{connection_file} is no connection file: {reason}. Name the file of a running kernel."
    )
