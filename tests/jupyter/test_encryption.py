"""CurveZMQ, where whoever starts the kernel asks for it: nobody gets in without its key."""

import json
import stat
from pathlib import Path

import numpy as np
import pytest
import zmq
from jupyter_client import BlockingKernelClient
from jupyter_client.manager import KernelManager

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(
        "transport_encryption" not in KernelManager.class_trait_names() or not zmq.has("curve"),
        reason="this jupyter_client or ZeroMQ cannot encrypt",
    ),
]


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory, as_frontend):
    manager = KernelManager(kernel_name="daisy", transport_encryption="required")
    manager.start_kernel(cwd=str(tmp_path_factory.mktemp("notebook")))
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    yield as_frontend(manager, client)
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    manager.cleanup_resources()


@pytest.fixture
def connect(encrypted, as_frontend, tmp_path):
    """A further client by a connection file, from which keys may have been taken."""
    clients = []

    def with_file(**changed):
        info = json.loads(Path(encrypted.manager.connection_file).read_text())
        assert {"curve_publickey", "curve_secretkey"} <= set(info)
        for name, value in changed.items():
            if value is None:
                del info[name]
            else:
                info[name] = value
        path = tmp_path / "kernel.json"
        path.write_text(json.dumps(info))
        client = BlockingKernelClient(connection_file=str(path))
        client.load_connection_file()
        client.start_channels(hb=False)
        clients.append(client)
        return as_frontend(encrypted.manager, client)

    yield with_file
    for client in clients:
        client.stop_channels()


def test_cells_requests_buffers_and_events_pass(encrypted):
    assert encrypted.cell("print('hello')") == "hello"
    plane = np.arange(6, dtype="<f4").reshape(2, 3)
    encrypted.request(
        "objects.put", name="plane", shape=[2, 3], dtype="<f4", buffers=[plane.tobytes()]
    )
    told = encrypted.published("daisy_event", kind="object")["content"]
    assert told["data"]["name"] == "plane"
    _, buffers = encrypted.request("objects.read", name="plane")
    assert bytes(buffers[0]) == plane.tobytes()


def test_the_file_with_the_keys_is_for_its_owner_only(encrypted):
    mode = Path(encrypted.manager.connection_file).stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_whoever_has_the_file_is_answered(connect):
    content, _ = connect().request("objects.list", timeout=5)
    assert content["status"] == "ok"


def test_whoever_lacks_the_keys_is_not_and_the_kernel_lives(connect, encrypted):
    stranger = connect(curve_publickey=None, curve_secretkey=None)
    with pytest.raises(TimeoutError):
        stranger.request("objects.list", timeout=1)
    public, secret = (key.decode() for key in zmq.curve_keypair())
    stranger = connect(curve_publickey=public, curve_secretkey=secret)
    with pytest.raises(TimeoutError):
        stranger.request("objects.list", timeout=1)
    assert encrypted.request("objects.list", timeout=5)[0]["status"] == "ok"


def test_the_key_that_signs_is_needed_besides(connect, encrypted):
    with pytest.raises(TimeoutError):
        connect(key="not the key").request("objects.list", timeout=1)
    assert encrypted.request("objects.list", timeout=5)[0]["status"] == "ok"
