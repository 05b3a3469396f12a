"""The way to a kernel of a Jupyter Server or JupyterHub: one WebSocket."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from typing import Any

import websocket

from daisy_kernel.client.frames import SUBPROTOCOL, pack, unpack
from daisy_kernel.client.jupyter_server import JupyterServer
from daisy_kernel.client.remote import PATIENCE_S, RemoteTransport
from daisy_kernel.client.requests import Pending
from daisy_kernel.contracts.protocol import EVENT, REPLY
from daisy_kernel.errors import AccessRefused, ConnectionLost, DaisyError

_CONNECT_S = 10.0
_PAUSES_S = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Between attempts to connect again; the last one from then on."""
_QUICKACK = getattr(socket, "TCP_QUICKACK", None)


class WebSocketTransport(RemoteTransport):
    """Carries requests to a kernel of a server.

    Parameters
    ----------
    server
        Where it runs.
    kernel
        Its id.
    patience_s
        How long a lost connection may stay lost while somebody waits [s].

    Raises
    ------
    ConnectionLost
        If the server or the kernel is not there.
    AccessRefused
        If the token does not do.
    """

    def __init__(self, server: JupyterServer, kernel: str, patience_s: float = PATIENCE_S):
        super().__init__(f"kernel {kernel} of {server.url}", patience_s)
        self._server, self._kernel = server, kernel
        self._sending = threading.Lock()
        try:
            self._socket = self._connect()
        except DaisyError:
            raise
        except OSError as error:
            raise ConnectionLost(f"{self.where} cannot be reached: {error}.") from error
        self._thread = threading.Thread(target=self._listen, name="daisy-websocket", daemon=True)
        self._thread.start()

    def _connect(self) -> websocket.WebSocket:
        path = f"/api/kernels/{self._kernel}/channels?session_id={self.identity}"
        try:
            made = websocket.create_connection(
                self._server.websocket_url(path),
                timeout=_CONNECT_S,
                subprotocols=[SUBPROTOCOL],
                header=self._server.headers,
                sockopt=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
                sslopt={"context": self._server.tls} if self._server.tls else None,
                enable_multithread=True,
                redirect_limit=0,
            )
        except websocket.WebSocketBadStatusException as error:
            if error.status_code in (401, 403):
                raise AccessRefused(
                    f"{self.where} was refused: its server does not accept the token for it."
                ) from None
            if error.status_code == 404:
                raise ConnectionLost(f"{self.where} does not exist, or no longer.") from None
            raise ConnectionError(f"HTTP status {error.status_code}") from None
        except websocket.WebSocketException as error:
            raise ConnectionError(str(error)) from None
        if made.getsubprotocol() != SUBPROTOCOL:
            made.close()
            raise ConnectionLost(
                f"The server of {self.where} is too old to send arrays: it needs jupyter_server 2."
            )
        made.settimeout(None)
        return made

    def _post(self, header: dict[str, Any], metadata: dict[str, Any], pending: Pending) -> None:
        content = {"operation": pending.operation, "arguments": pending.arguments}
        frame = pack("control", header, metadata, content, pending.buffers)
        try:
            with self._sending:
                self._socket.send_binary(frame)
                self._acknowledge_at_once()
        except websocket.WebSocketException as error:
            raise ConnectionLost(str(error)) from error

    def _acknowledge_at_once(self) -> None:
        """Without this, a server that lacks our extension waits 40 ms between two messages."""
        if _QUICKACK is not None and self._socket.sock is not None:
            self._socket.sock.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)

    def _listen(self) -> None:
        while not self._is_closed:
            try:
                self._found()
                while True:
                    opcode, frame = self._socket.recv_data()
                    self._acknowledge_at_once()
                    if opcode == websocket.ABNF.OPCODE_CLOSE:
                        break
                    self._take(frame)
            except (websocket.WebSocketException, ConnectionLost, OSError, ValueError):
                pass  # whatever broke it: it is made again
            self._lost()
            self._socket.shutdown()
            if not self._connect_again():
                return
        self._socket.shutdown()  # it may have been closed just when it was there again

    def _take(self, frame: bytes) -> None:
        message = unpack(frame)
        msg_type = message.msg_type
        if msg_type == REPLY:
            self._hear(msg_type, message.parent, message.content, message.buffers)
        else:  # an event only wakes, whatever it says; the rest is of cells
            self._hear(msg_type if msg_type == EVENT else "", None, None, ())

    def _connect_again(self) -> bool:
        attempt = 0
        while not self._is_closed:
            try:
                self._socket = self._connect()
            except DaisyError as error:  # nothing will change that
                self._fail(error)
                self._is_closed = True
            except OSError:
                time.sleep(_PAUSES_S[min(attempt, len(_PAUSES_S) - 1)])
                attempt += 1
            else:
                return True
        return False

    def _reconnect(self) -> None:
        self._lost()
        if (connected := self._socket.sock) is not None:
            connected.shutdown(socket.SHUT_RDWR)  # wakes the thread that listens

    def _leave(self) -> None:
        with suppress(OSError):  # it may be lost already
            self._reconnect()
        if threading.current_thread() is not self._thread:
            self._thread.join(_CONNECT_S)
