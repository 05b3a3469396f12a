"""A running Daisy kernel and the means to talk to it, as a frontend does: over ZMQ."""

import queue
import time
from collections.abc import Iterator

import pytest
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from jupyter_client.manager import start_new_kernel

PATIENCE = 30
"""Seconds until something that must come is given up."""


@pytest.fixture(scope="session", autouse=True)
def _own_folders(tmp_path_factory):
    """History, profile and run records of these tests only; kernels inherit the environment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        patch.setenv("DAISY_RUNS", str(tmp_path_factory.mktemp("runs")))
        config = tmp_path_factory.mktemp("configuration") / "config.toml"
        config.write_text(f'data_roots = ["{tmp_path_factory.getbasetemp()}"]')
        patch.setenv("DAISY_CONFIG", str(config))
        yield


@pytest.fixture(scope="session", autouse=True)
def _kernelspec():
    try:
        KernelSpecManager().get_kernel_spec("daisy")
    except NoSuchKernel:
        pytest.skip("the kernelspec 'daisy' is not installed (pip install -e .)")


class Frontend:
    """Sends one message at a time and finds its answers."""

    sleep = "for _ in range(400): time.sleep(0.05)"
    """A cell of 20 s; one long sleep that has not quite begun would not notice an interrupt."""

    def __init__(self, manager, client):
        self.manager, self.client = manager, client

    def send(self, channel, msg_type, content, buffers=()):
        """Send a message; gives its id."""
        message = self.client.session.msg(msg_type, content)
        socket = getattr(self.client, f"{channel}_channel").socket
        self.client.session.send(socket, message, buffers=list(buffers))
        return message["header"]["msg_id"]

    def reply(self, channel, msg_id, timeout=PATIENCE):
        """The reply to the message of this id."""
        receive = getattr(self.client, f"get_{channel}_msg")
        for message in _until(timeout, receive):
            if message["parent_header"].get("msg_id") == msg_id:
                return message
        raise TimeoutError(f"no reply on {channel} within {timeout} s")

    def request(self, operation, *, channel="control", buffers=(), timeout=PATIENCE, **arguments):
        """Content and buffers of the ``daisy_reply``."""
        content = {"operation": operation, "arguments": arguments}
        reply = self.reply(channel, self.send(channel, "daisy_request", content, buffers), timeout)
        assert reply["msg_type"] == "daisy_reply"
        return reply["content"], reply["buffers"]

    def published(self, msg_type, timeout=PATIENCE, **content):
        """The next message on iopub of this type with this content."""
        others = []
        for message in _until(timeout, self.client.get_iopub_msg):
            if message["msg_type"] == msg_type and content.items() <= message["content"].items():
                return message
            others.append((message["msg_type"], message["content"]))
        raise TimeoutError(f"no {msg_type} {content} on iopub within {timeout} s, but {others}")

    def start_cell(self, code):
        """Start a cell and wait until its code runs; gives the id of its message."""
        # One write: what print writes, text and line end, may come in two pieces.
        marked = f"import sys, time; sys.stdout.write('code runs'); sys.stdout.flush()\n{code}"
        # stop_on_error: once it is interrupted, the next cell must not be dropped with it
        msg_id = self.client.execute(marked, stop_on_error=False)
        self.published("stream", text="code runs")
        return msg_id

    def cell(self, code):
        """Run a cell to its end; gives what it printed."""
        printed = []

        def collect(message):
            if message["msg_type"] == "stream":
                printed.append(message["content"]["text"])

        reply = self.client.execute_interactive(code, output_hook=collect, timeout=PATIENCE)
        assert reply["content"]["status"] == "ok", "\n".join(reply["content"]["traceback"])
        return "".join(printed).strip()

    def is_running(self, msg_id):
        """Whether the cell of this message has not ended."""
        try:
            self.reply("shell", msg_id, timeout=0)
        except TimeoutError:
            return True
        return False

    def interrupt_and_wait(self, msg_id):
        """End a running cell."""
        self.manager.interrupt_kernel()
        self.reply("shell", msg_id)


def _until(timeout, receive) -> Iterator[dict]:
    deadline = time.monotonic() + timeout
    while True:
        try:
            yield receive(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            return


@pytest.fixture(scope="session")
def as_frontend():
    """as_frontend(manager, client), for a kernel that a test started in its own way."""
    return Frontend


@pytest.fixture(scope="module")
def frontend(tmp_path_factory, _own_folders):
    """A frontend with a kernel of its own."""
    manager, client = start_new_kernel(
        kernel_name="daisy", cwd=str(tmp_path_factory.mktemp("notebook"))
    )
    yield Frontend(manager, client)
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    manager.cleanup_resources()
