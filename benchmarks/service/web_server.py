"""A Jupyter Server of its own with one Daisy kernel, asked over the WebSocket as from far away."""

from __future__ import annotations

import json
import secrets
import urllib.request
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from benchmarks.server_process import start_server
from benchmarks.service.served_kernel import ServedKernel
from daisy_kernel.client import connect

EXTENSION = "daisy_kernel.jupyter.server_extension"
"""Sends small messages at once; a server without it waits for more to send."""
_ANSWER_S = 60.0


class WebKernel(ServedKernel):
    """A kernel behind a Jupyter Server.

    Parameters
    ----------
    with_extension
        Whether the server has ours.
    """

    def __init__(self, *, with_extension: bool):
        self._with_extension = with_extension

    def door(self) -> SocketDoor:
        """A way in through the server, for the life of this kernel."""
        name = f"Daisy, WebSocket with{'' if self._with_extension else 'out'} extension"
        door = SocketDoor(name, self.url, self._token, self._kernel)
        self._stack.callback(door.close)
        return door

    def _start(self, stack: ExitStack) -> str:
        self._token = secrets.token_hex(16)
        options = {"ServerApp.jpserver_extensions": {EXTENSION: self._with_extension}}
        self.url = start_server(
            "jupyter_server", self.folder, self._token, options, self.environment, stack
        )
        self._kernel: str = self._post("kernels", {"name": "daisy"})["id"]
        return str(self.folder / "runtime" / f"kernel-{self._kernel}.json")

    def _post(self, path: str, content: dict[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(
            f"{self.url}api/{path}",
            data=json.dumps(content).encode(),
            headers={"Authorization": f"token {self._token}"},
        )
        with urllib.request.urlopen(request, timeout=_ANSWER_S) as answer:
            told: dict[str, Any] = json.loads(answer.read())
        return told


class SocketDoor:
    """A ``daisy_request`` through a Jupyter Server, by Daisy's own client."""

    def __init__(self, name: str, url: str, token: str, kernel: str):
        self.name = name
        self._transport = connect(url, token=token, kernel=kernel).transport

    def ask(
        self, operation: str, arguments: dict[str, Any]
    ) -> tuple[dict[str, Any], Sequence[Any]]:
        """Send the request and wait for its reply."""
        return self._transport.call(operation, arguments)

    def close(self) -> None:
        """Leave."""
        self._transport.close()
