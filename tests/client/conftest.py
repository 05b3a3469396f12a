"""A Daisy kernel that is reached in every way there is, over wires that can be cut."""

from __future__ import annotations

import json
import os
import secrets
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path

import h5py
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

from daisy_kernel.cli.demo_scan import write_scan
from daisy_kernel.client import connect
from daisy_kernel.client.jupyter_server import JupyterServer
from daisy_kernel.session import DirectTransport, Service, Session
from daisy_kernel.simulate import TomographyScan, foam

PORTS = ("control_port", "iopub_port", "shell_port", "stdin_port", "hb_port")


@pytest.fixture(scope="session")
def folders(tmp_path_factory):
    """History, profile and run records of these tests only; kernels inherit the environment."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("IPYTHONDIR", "DAISY_RUNS", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR"):
            patch.setenv(name, str(tmp_path_factory.mktemp(name.lower())))
        configuration = tmp_path_factory.mktemp("configuration") / "daisy.toml"
        configuration.write_text(f'data_roots = ["{tmp_path_factory.getbasetemp()}"]\n')
        patch.setenv("DAISY_CONFIG", str(configuration))
        patch.delenv("DAISY_TOKEN", raising=False)
        if "daisy" not in KernelSpecManager().find_kernel_specs():
            pytest.skip("the kernelspec 'daisy' is not installed (pip install -e .)")
        yield Path(os.environ["DAISY_RUNS"])


@pytest.fixture(autouse=True)
def own_runs(folders, monkeypatch):
    """Records of runs where the kernels of this session keep them, instead of one folder a test."""
    monkeypatch.setenv("DAISY_RUNS", str(folders))
    return folders


class Wire:
    """Forwards the connections to a port, until it is cut."""

    def __init__(self, target: int):
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._ends: list[socket.socket] = []
        self._is_cut = False
        self.carried = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, seconds: float = 0.0) -> None:
        """Break all connections, and take no new one for a while."""
        self._is_cut = True
        self._break()
        time.sleep(seconds)
        self._is_cut = False

    def close(self) -> None:
        self._is_cut = True
        self._break()
        self._listener.close()

    def _break(self) -> None:
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._ends.clear()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                try:
                    if self._is_cut:
                        raise ConnectionRefusedError
                    far = socket.create_connection(("127.0.0.1", self._target))
                except OSError:
                    near.close()
                    continue
                self._ends += [near, far]
                threading.Thread(target=self._carry, args=(near, far), daemon=True).start()

    def _carry(self, near: socket.socket, far: socket.socket) -> None:
        other = {near: far, far: near}
        with suppress(OSError, ValueError), near, far:
            while True:
                for end in select.select([near, far], [], [])[0]:
                    piece = end.recv(1 << 16)
                    if not piece:
                        return
                    other[end].sendall(piece)
                    self.carried += len(piece)


class Reached:
    """A kernel that is reached in one way.

    Attributes
    ----------
    has_wire
        Whether there is something to be cut.
    """

    has_wire = True

    def connect(self) -> Session:
        """One more client."""
        raise NotImplementedError

    def cut(self, seconds: float = 0.0) -> None:
        """Break the connections of all clients."""

    def restart_after_a_kill(self) -> None:
        """SIGKILL, and what restarts kernels does so."""
        raise NotImplementedError


class Directly(Reached):
    """In this process."""

    has_wire = False

    def __init__(self):
        self._service = Service()

    def connect(self):
        return Session(DirectTransport(self._service))


class ByZMQ(Reached):
    """A kernel with a connection file."""

    def __init__(self, folder: Path):
        self.manager = KernelManager(kernel_name="daisy")
        self.manager.start_kernel(cwd=str(folder))
        client = self.manager.client()
        client.start_channels()
        client.wait_for_ready(timeout=60)
        client.stop_channels()
        told = json.loads(Path(self.manager.connection_file).read_text())
        self._wires = {name: Wire(told[name]) for name in PORTS}
        self.file = folder / "kernel-wired.json"
        wired = {name: wire.port for name, wire in self._wires.items()}
        self.file.write_text(json.dumps({**told, **wired}))

    def connect(self):
        return connect(self.file)

    def cut(self, seconds=0.0):
        cuts = [threading.Thread(target=w.cut, args=(seconds,)) for w in self._wires.values()]
        for cut in cuts:
            cut.start()
        for cut in cuts:
            cut.join()

    def restart_after_a_kill(self):
        os.kill(self.manager.provisioner.pid, signal.SIGKILL)
        self.manager.restart_kernel(now=True)

    def close(self):
        self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()
        for wire in self._wires.values():
            wire.close()


class Server:
    """A Jupyter Server of its own."""

    def __init__(self, folder: Path):
        self.token = secrets.token_hex(16)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.log = folder / "server.log"
        command = [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root"]
        command += ["--ip=127.0.0.1", f"--port={self.port}", "--ServerApp.port_retries=0"]
        command += [f"--ServerApp.root_dir={folder}", f"--IdentityProvider.token={self.token}"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        self.wire = Wire(self.port)
        self.url = f"http://127.0.0.1:{self.wire.port}/"
        deadline = time.monotonic() + 60
        while True:
            try:
                JupyterServer(self.url, self.token).make_sure_it_runs(start=False)
                return
            except OSError:
                assert time.monotonic() < deadline, self.log.read_text()[-3000:]
                assert self.process.poll() is None, self.log.read_text()[-3000:]
                time.sleep(0.2)

    def delete(self, kernel: str) -> None:
        headers = {"Authorization": f"token {self.token}"}
        url = f"http://127.0.0.1:{self.port}/api/kernels/{kernel}"
        urllib.request.urlopen(urllib.request.Request(url, method="DELETE", headers=headers))

    def close(self) -> None:
        for kernel in JupyterServer(self.url, self.token).kernels():
            self.delete(kernel.id)
        self.process.terminate()
        self.process.wait(timeout=30)
        self.wire.close()


class ByWebSocket(Reached):
    """A kernel of a Jupyter Server."""

    def __init__(self, server: Server):
        self.server = server
        self.id = JupyterServer(server.url, server.token).start_kernel().id

    def connect(self):
        return connect(self.server.url, token=self.server.token, kernel=self.id)

    def cut(self, seconds=0.0):
        self.server.wire.cut(seconds)

    def restart_after_a_kill(self):
        with self.connect() as session:
            pid = session.transport.call("kernel.describe", {})[0]["pid"]
        os.kill(pid, signal.SIGKILL)  # the server notices within three seconds

    def close(self):
        self.server.delete(self.id)


@pytest.fixture(scope="session")
def server(folders, tmp_path_factory):
    """A real Jupyter Server."""
    made = Server(tmp_path_factory.mktemp("server"))
    try:
        yield made
        made.close()
    finally:
        made.process.kill()
        made.process.wait()


WAYS = [
    "directly",
    pytest.param("zmq", marks=pytest.mark.kernel),
    pytest.param("websocket", marks=pytest.mark.kernel),
]


@contextmanager
def _reached(way, request, folder):
    if way == "directly":
        yield Directly()
        return
    made = ByZMQ(folder) if way == "zmq" else ByWebSocket(request.getfixturevalue("server"))
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module", params=WAYS)
def reached(request, folders, tmp_path_factory):
    """A kernel for all tests of a module, reached in every way."""
    with _reached(request.param, request, tmp_path_factory.mktemp("kernel")) as made:
        yield made


@pytest.fixture(scope="module", params=WAYS[1:])
def elsewhere(request, folders, tmp_path_factory):
    """A kernel for all tests of a module, reached over wires."""
    with _reached(request.param, request, tmp_path_factory.mktemp("kernel")) as made:
        yield made


@pytest.fixture
def session(reached):
    with reached.connect() as made:
        yield made


@pytest.fixture(scope="session")
def scan(tmp_path_factory):
    """A small scan in a file."""
    made = TomographyScan(foam(3, 40, half_height=2.7), n_angle=91, n_row=160, n_col=64)
    path = tmp_path_factory.mktemp("scan") / "scan.h5"
    write_scan(made, path)
    return path


@pytest.fixture(scope="session")
def quick(scan):
    """Inputs of `tomography` that take no time."""
    return {"scan": scan, "center": 31.5}


@pytest.fixture(scope="session")
def long(scan):
    """Inputs of `tomography` for a run of some seconds in many blocks."""
    few = {"memory": "8MB", "threads": 1}  # five blocks
    return {"scan": scan, "center": 31.5, "algorithm": "sirt", "iterations": 120, **few}


@pytest.fixture(scope="session")
def expected(long, own_folder):
    """What the long run gives when nobody disturbs it."""
    path = own_folder / "expected.h5"
    Session(DirectTransport(Service())).run("tomography", output=path, **long).wait(120)
    return volume_of(path)


@pytest.fixture(scope="session")
def own_folder(folders, tmp_path_factory):
    """For what several tests use."""
    return tmp_path_factory.mktemp("shared")


def volume_of(path):
    """The reconstructed volume in a file."""
    with h5py.File(path) as file:
        return file["entry/data/data"][()]


def wait_until(condition, seconds=60.0):
    """Wait until something is so, or fail."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
