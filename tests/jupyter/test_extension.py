"""``%load_ext daisy_kernel`` in a kernel that is not ours: what works, and what the note says."""

import re
import sys

import pytest
from IPython.core.interactiveshell import InteractiveShell
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

pytestmark = pytest.mark.kernel


class PlainManager(KernelManager):
    """Starts IPython's own kernel with this Python, whatever kernels are installed."""

    @property
    def kernel_spec(self):
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name="Python", language="python")


@pytest.fixture(scope="module")
def plain(tmp_path_factory, as_frontend):
    manager = PlainManager()
    manager.start_kernel(cwd=str(tmp_path_factory.mktemp("notebook")))
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    yield as_frontend(manager, client)
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    manager.cleanup_resources()


@pytest.fixture(scope="module")
def note(plain):
    return plain.cell("%load_ext daisy_kernel")


def test_the_note_says_in_one_line_what_is_missing(note):
    assert "\n" not in note
    assert "stand still while a cell runs" in note
    assert "'Daisy (Python)'" in note


def test_magics_session_and_requests_work(plain, note):
    plain.cell("import daisy_kernel; daisy_kernel.connect()['x'] = [1.0, 2.0]")
    assert "x" in plain.cell("o = %daisy objects\nprint(o)")
    cell = plain.start_cell(plain.sleep)
    content, buffers = plain.request("objects.read", name="x", timeout=2)
    assert content["result"] == {"shape": [2], "dtype": "<f8"}
    assert len(buffers[0]) == 16
    assert plain.is_running(cell)
    plain.interrupt_and_wait(cell)
    assert plain.request("objects.list", channel="shell")[0]["status"] == "ok"


def test_events_are_told(plain, note):
    plain.request("objects.put", name="y", shape=[1], dtype="<f8", buffers=[bytes(8)])
    told = plain.published("daisy_event", kind="object")["content"]
    assert told["data"]["name"] == "y"


def test_comms_wait_for_the_cell_as_the_note_says(plain, note):
    cell = plain.start_cell("time.sleep(1.5)")
    plain.send("shell", "comm_open", {"comm_id": "c", "target_name": "daisy", "data": {}})
    content = {"operation": "objects.list", "arguments": {}}
    data = {"type": "daisy_request", "id": "1", "content": content}
    plain.send("shell", "comm_msg", {"comm_id": "c", "data": data})
    with pytest.raises(TimeoutError):
        plain.published("comm_msg", timeout=0.7, comm_id="c")
    plain.reply("shell", cell)
    answer = plain.published("comm_msg", comm_id="c")["content"]["data"]
    assert answer["content"]["status"] == "ok"


def test_loading_it_again_opens_no_second_door(plain, note):
    assert plain.cell("%reload_ext daisy_kernel") == ""
    plain.request("objects.put", name="z", shape=[1], dtype="<f8", buffers=[bytes(8)])
    plain.published("daisy_event", kind="object")
    with pytest.raises(TimeoutError):
        plain.published("daisy_event", timeout=0.5, kind="object")


def test_in_a_terminal_the_magics_work_alone(capsys):
    shell = InteractiveShell()
    try:
        shell.run_line_magic("load_ext", "daisy_kernel")
        assert re.search("there is no kernel", capsys.readouterr().out)
        assert "tomography" in shell.run_line_magic("daisy", "workflows")
    finally:
        shell.history_manager.end_session()
        InteractiveShell.clear_instance()
