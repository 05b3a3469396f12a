"""Who has the wrong token, key or address is refused in one line, and the kernel lives on."""

import json
import os
import socket
from pathlib import Path

import pytest
from jupyter_client.manager import start_new_kernel

from daisy_kernel.client import connect, list_kernels
from daisy_kernel.client.jupyter_server import JupyterServer
from daisy_kernel.errors import (
    AccessRefused,
    ConnectionLost,
    FileProblem,
    InvalidParameter,
    UnknownName,
)

pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def kernel(server):
    """Id of a Daisy kernel of the server."""
    return JupyterServer(server.url, server.token).start_kernel().id


@pytest.fixture(scope="module")
def file(folders):
    """Connection file of a Daisy kernel."""
    manager, client = start_new_kernel(kernel_name="daisy")
    client.stop_channels()
    yield Path(manager.connection_file)
    manager.shutdown_kernel(now=True)
    manager.cleanup_resources()


@pytest.fixture
def impatient(monkeypatch):
    """A kernel has to answer within two seconds."""
    monkeypatch.setattr("daisy_kernel.client.connecting._ANSWER_S", 2.0)


@pytest.mark.parametrize("token", ["wrong", "", None])
def test_a_wrong_token_is_refused_and_not_repeated(server, kernel, token):
    with pytest.raises(AccessRefused, match="token is missing, wrong or not meant") as caught:
        connect(server.url, token=token, kernel=kernel)
    assert "wrong token" not in str(caught.value)
    with connect(server.url, token=server.token, kernel=kernel) as session:
        assert session.transport.call("objects.list", {})[0]["objects"] == []


def test_a_wrong_key_is_refused_and_the_kernel_lives_on(file, tmp_path, impatient):
    told = json.loads(file.read_text())
    forged = tmp_path / "kernel-forged.json"
    forged.write_text(json.dumps({**told, "key": "not the key"}))
    with pytest.raises(AccessRefused, match="the key in the file is not its own"):
        connect(forged)
    with connect(file) as session:
        session["alive"] = [1]
        assert session["alive"].shape == (1,)


def test_a_connection_file_is_found_by_its_name_too(file):
    (Path(os.environ["JUPYTER_RUNTIME_DIR"]) / "kernel-named.json").write_text(file.read_text())
    with connect("kernel-named.json") as session:
        assert session.transport.call("kernel.describe", {})[0]["protocol"] == 1


def test_a_kernel_that_is_gone_is_missed(file, tmp_path, impatient):
    told = json.loads(file.read_text())
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        gone = {name: nobody.getsockname()[1] for name in told if name.endswith("_port")}
        left = tmp_path / "kernel-gone.json"
        left.write_text(json.dumps({**told, **gone}))
        with pytest.raises(ConnectionLost, match="make sure that it runs"):
            connect(left)


def test_a_kernel_that_is_not_daisy_says_so(folders, impatient):
    manager, client = start_new_kernel(kernel_name="python3")
    client.stop_channels()
    try:
        with pytest.raises(ConnectionLost, match="is not a Daisy kernel"):
            connect(manager.connection_file)
    finally:
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"key": 5, "ip": 3}'])
def test_a_connection_file_that_is_none_is_refused(tmp_path, content):
    (tmp_path / "kernel.json").write_text(content)
    with pytest.raises(FileProblem, match="no connection file"):
        connect(tmp_path / "kernel.json")


def test_what_cannot_be_meant_is_refused(server, kernel, tmp_path):
    with pytest.raises(FileProblem, match="There is no connection file"):
        connect(tmp_path / "kernel-none.json")
    with pytest.raises(InvalidParameter, match="no address of a Jupyter Server"):
        connect("ftp://somewhere/")
    with pytest.raises(InvalidParameter, match="are for a server"):
        connect("kernel.json", token="t")
    with pytest.raises(InvalidParameter, match="need a server"):
        connect(start=True)
    with pytest.raises(UnknownName, match="No kernel is called 'ffff-none'"):
        connect(server.url, token=server.token, kernel="ffff-none")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with pytest.raises(ConnectionLost, match="cannot be reached"):
            connect(f"http://127.0.0.1:{nobody.getsockname()[1]}/", token="t")


def test_a_server_without_a_daisy_kernel_starts_one_when_asked(server, kernel):
    server.delete(kernel)
    with pytest.raises(ConnectionLost, match="No Daisy kernel runs"):
        connect(server.url, token=server.token)
    with connect(f"{server.url}lab/tree?token={server.token}", start=True) as session:
        (only,) = list_kernels(server.url, token=server.token)
        assert (only.name, only.id in session.transport.where) == ("daisy", True)
        with connect(server.url, token=server.token, start=True) as other:
            other["here"] = [1]
            assert "here" in session.objects
    second = JupyterServer(server.url, server.token).start_kernel()
    with pytest.raises(InvalidParameter, match="2 Daisy kernels run"):
        connect(server.url, token=server.token)
    server.delete(second.id)
    connect(server.url, token=server.token).close()
    server.delete(only.id)
    JupyterServer(server.url, server.token).start_kernel()


def test_a_kernel_that_was_ended_is_missed_at_once(server):
    started = JupyterServer(server.url, server.token).start_kernel()
    session = connect(server.url, token=server.token, kernel=started.id)
    server.delete(started.id)
    with pytest.raises(ConnectionLost, match="does not exist, or no longer"):
        session.transport.call("objects.list", {})
    with pytest.raises(ConnectionLost, match="was closed"):
        session.transport.call("objects.list", {})
    session.close()
