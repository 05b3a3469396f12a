"""A Jupyter Server of its own with one Daisy kernel, asked over the WebSocket as from far away."""

from __future__ import annotations

import json
import re
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import daisy_kernel.client
from benchmarks.service.served_kernel import ServedKernel

EXTENSION = "daisy_kernel.jupyter.server_extension"
"""Sends small messages at once; a server without it waits for more to send."""
_START_S = 60.0


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
        runtime, log = self.folder / "runtime", self.folder / "server.log"
        options = {
            "ServerApp.open_browser": False,
            "ServerApp.port": 0,
            "ServerApp.ip": "127.0.0.1",
            "ServerApp.allow_root": True,
            "ServerApp.root_dir": self.folder,
            "ServerApp.jpserver_extensions": {EXTENSION: self._with_extension},
            "IdentityProvider.token": self._token,
        }
        command = [sys.executable, "-m", "jupyter_server"]
        folders = {
            "JUPYTER_RUNTIME_DIR": str(runtime),
            "JUPYTER_CONFIG_DIR": str(self.folder / "config"),
        }
        process = subprocess.Popen(
            [*command, *(f"--{name}={value}" for name, value in options.items())],
            env=self.environment | folders,
            stdout=subprocess.DEVNULL,
            stderr=stack.enter_context(log.open("w")),
        )
        stack.callback(process.wait, 20)
        stack.callback(process.terminate)
        self.url = _url_in(log)
        self._kernel: str = self._post("kernels", {"name": "daisy"})["id"]
        return str(runtime / f"kernel-{self._kernel}.json")

    def _post(self, path: str, content: dict[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(
            f"{self.url}api/{path}",
            data=json.dumps(content).encode(),
            headers={"Authorization": f"token {self._token}"},
        )
        with urllib.request.urlopen(request, timeout=_START_S) as answer:
            told: dict[str, Any] = json.loads(answer.read())
        return told


class SocketDoor:
    """A ``daisy_request`` through a Jupyter Server, by Daisy's own client."""

    def __init__(self, name: str, url: str, token: str, kernel: str):
        connect: Any = daisy_kernel.client.connect
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


def _url_in(log: Path) -> str:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        if found := re.search(r"http://127\.0\.0\.1:\d+/", log.read_text()):
            return found[0]
        time.sleep(0.1)
    raise RuntimeError(f"The Jupyter Server does not start: {log.read_text()[-500:]}")
