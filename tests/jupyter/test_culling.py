"""A real Jupyter Server that ends idle kernels lets one live that works for us."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from jupyter_client import BlockingKernelClient

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

IDLE_S = 7
"""More than the time between two heartbeats, which is 5 s."""
TOKEN = "for this test only"
DOZE = """
import time
from typing import Annotated
import daisy_kernel
from daisy_kernel import Algorithm, Input, Output

@daisy_kernel.registry.add
class Doze(Algorithm):
    "Computes for long without a word."

    def execute(self, *, x: Annotated[str, Input("y")], out: Annotated[str, Output("y")]) -> None:
        time.sleep(120)

session = daisy_kernel.connect()
session["x"] = [1.0]
run = session.run({
    "daisy": 1, "name": "doze", "algorithms": {"a": {"class": "Doze"}},
    "steps": [{"algorithm": "a", "params": {"x": "x", "out": "z"}}], "outputs": ["z"],
})
while run.state != "running":
    time.sleep(0.05)
"""


class Server:
    """Jupyter Server as its REST interface shows it."""

    def __init__(self, url, runtime):
        self.url, self._runtime = url, runtime

    def ask(self, method, path, content=None):
        body = None if content is None else json.dumps(content).encode()
        request = urllib.request.Request(
            f"{self.url}api/{path}",
            data=body,
            method=method,
            headers={"Authorization": f"token {TOKEN}"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read())

    def kernels(self):
        return {kernel["id"]: kernel for kernel in self.ask("GET", "kernels")}

    @contextmanager
    def client(self, kernel_id):
        """Speaks with a kernel past the server, which sees nothing but what the kernel says."""
        client = BlockingKernelClient(
            connection_file=str(Path(self._runtime) / f"kernel-{kernel_id}.json")
        )
        client.load_connection_file()
        client.start_channels(hb=False)
        try:
            client.wait_for_ready(timeout=60)
            yield client
        finally:
            client.stop_channels()


@pytest.fixture
def server(tmp_path, _own_folders):
    environment = os.environ | {
        "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime"),
        "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
    }
    options = {
        "ServerApp.open_browser": False,
        "ServerApp.port": 0,
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.allow_root": True,
        "ServerApp.root_dir": tmp_path,
        "ServerApp.jpserver_extensions": "{}",
        "IdentityProvider.token": TOKEN,
        "MappingKernelManager.cull_idle_timeout": IDLE_S,
        "MappingKernelManager.cull_interval": 1,
        "MappingKernelManager.cull_busy": False,
        "MappingKernelManager.cull_connected": True,
    }
    command = [sys.executable, "-m", "jupyter_server", *(f"--{k}={v}" for k, v in options.items())]
    with (tmp_path / "server.log").open("w+") as log:
        process = subprocess.Popen(command, env=environment, stderr=log, stdout=log)
        try:
            yield Server(_url(tmp_path / "server.log"), tmp_path / "runtime")
        finally:
            process.terminate()
            process.wait(20)


def _url(log):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = re.search(r"(http://127\.0\.0\.1:\d+/)", log.read_text())
        if found:
            return found[1]
        time.sleep(0.1)
    raise TimeoutError(log.read_text())


def _wait_until_gone(server, kernel_id, seconds):
    deadline = time.monotonic() + seconds
    while kernel_id in server.kernels():
        assert time.monotonic() < deadline, server.kernels()[kernel_id]
        time.sleep(0.2)


@pytest.mark.timeout(120)
def test_a_kernel_with_a_run_outlives_an_idle_one_and_is_ended_after_it(server):
    working = server.ask("POST", "kernels", {"name": "daisy"})["id"]
    with server.client(working) as client:
        reply = client.execute_interactive(DOZE, timeout=60, output_hook=lambda message: None)
        assert reply["content"]["status"] == "ok", reply["content"]
    idle = server.ask("POST", "kernels", {"name": "daisy"})["id"]
    began = time.monotonic()
    with server.client(idle):
        pass
    _wait_until_gone(server, idle, IDLE_S + 15)
    while time.monotonic() - began < 2.5 * IDLE_S:
        # As the server sees it, nothing is being executed: only the sign of life keeps it.
        assert server.kernels()[working]["execution_state"] == "idle"
        time.sleep(0.5)
    with server.client(working) as client:
        client.execute_interactive("run.cancel()", timeout=30)
    _wait_until_gone(server, working, IDLE_S + 15)
