"""``daisy_request`` on the control and the shell channel of a real kernel."""

import time

import numpy as np
import pytest

pytestmark = pytest.mark.kernel

BUSY = {
    "sleeps": "for _ in range(400): time.sleep(0.05)",
    "computes in Python": "while True: pass",
}


@pytest.fixture(params=BUSY)
def busy_cell(frontend, request):
    msg_id = frontend.start_cell(BUSY[request.param])
    yield msg_id
    frontend.interrupt_and_wait(msg_id)


def test_a_request_is_answered_while_a_cell(frontend, busy_cell):
    started = time.monotonic()
    content, _ = frontend.request("objects.list")
    assert time.monotonic() - started < 1
    assert content["status"] == "ok"
    assert frontend.is_running(busy_cell)


def test_an_object_is_read_and_a_workflow_looked_up_while_a_cell(frontend, busy_cell):
    frontend.request("objects.put", name="line", shape=[3], dtype="<f8", buffers=[bytes(24)])
    started = time.monotonic()
    read, buffers = frontend.request("objects.read", name="line")
    workflows, _ = frontend.request("workflows.list")
    assert time.monotonic() - started < 1
    assert read["result"] == {"shape": [3], "dtype": "<f8"}
    assert bytes(buffers[0]) == bytes(24)
    assert "tomography" in workflows["result"]["workflows"]
    assert frontend.is_running(busy_cell)


def test_an_array_that_came_as_a_buffer_is_the_notebooks_own_object(frontend):
    volume = np.arange(24, dtype="<f4").reshape(2, 3, 4)
    frontend.request(
        "objects.put", name="volume", shape=[2, 3, 4], dtype="<f4", buffers=[volume.tobytes()]
    )
    printed = frontend.cell(
        "import daisy_kernel; session = daisy_kernel.connect(); print(session['volume'][1].sum())"
    )
    assert float(printed) == volume[1].sum()
    frontend.cell("session['volume'] = session['volume'][...] * 2")
    _, buffers = frontend.request("objects.read", name="volume", selection=[[1, 2], [0, 3], [0, 1]])
    np.testing.assert_array_equal(np.frombuffer(buffers[0], "<f4"), 2 * volume[1, :, 0])


@pytest.mark.parametrize("channel", ["control", "shell"])
def test_an_unknown_operation_is_an_error_reply_and_the_kernel_lives(frontend, channel):
    content, buffers = frontend.request("objects.lst", channel=channel)
    assert content["status"] == "error"
    assert content["error"]["kind"] == "UnknownName"
    assert "'objects.list'" in content["error"]["message"]
    assert buffers == []
    assert frontend.cell("print('alive')") == "alive"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({}, "InvalidParameter"),
        ("[]", "InvalidParameter"),
        ({"operation": ["objects.list"], "arguments": {}}, "InvalidParameter"),
        ({"operation": "objects.list", "arguments": [1]}, "InvalidParameter"),
        ({"operation": "objects.list", "arguments": {"surplus": 1}}, "InvalidParameter"),
        ({"operation": "objects.read", "arguments": {"name": "nothing"}}, "UnknownName"),
        ({"operation": "objects.read", "arguments": {"name": {"a": 1}}}, "InvalidParameter"),
        ({"operation": "objects.list", "arguments": {}, "surplus": 1}, "InvalidParameter"),
        (
            {"operation": "objects.read", "arguments": {"name": "x" * 10_000_001}},
            "InvalidParameter",
        ),
    ],
)
def test_whatever_comes_is_answered_in_one_line(frontend, content, kind):
    msg_id = frontend.send("control", "daisy_request", content)
    reply = frontend.reply("control", msg_id)["content"]
    assert reply["status"] == "error"
    assert reply["error"]["kind"] == kind
    assert reply["error"]["message"]
    assert "\n" not in reply["error"]["message"]


def test_a_request_on_shell_waits_for_its_turn_among_the_cells(frontend):
    frontend.cell("import time, daisy_kernel; session = daisy_kernel.connect()")
    frontend.start_cell("time.sleep(0.5); session['its_turn'] = 1")
    early, _ = frontend.request("objects.list")
    late, _ = frontend.request("objects.list", channel="shell")
    assert "its_turn" not in {o["name"] for o in early["result"]["objects"]}
    assert "its_turn" in {o["name"] for o in late["result"]["objects"]}


NEGATE = """
import time
from typing import Annotated
import daisy_kernel

@daisy_kernel.registry.add
class Negate(daisy_kernel.Algorithm):
    "The negative of an image."

    def execute(
        self,
        *,
        image: Annotated[str, daisy_kernel.Input("y", "x")],
        output: Annotated[str, daisy_kernel.Output("y", "x")],
        patience: Annotated[float, daisy_kernel.Unit("s")] = 0.0,
    ) -> None:
        time.sleep(patience)
        self.data[output] = -self.data[image]
"""


def test_an_algorithm_of_a_cell_is_listed_with_its_schema_and_runs(frontend):
    frontend.cell(NEGATE)
    content, _ = frontend.request("algorithms.list")
    schema = content["result"]["algorithms"]["Negate"]
    assert schema["description"] == "The negative of an image."
    assert schema["properties"]["image"]["x-axes"] == ["y", "x"]
    assert schema["properties"]["patience"]["default"] == 0.0
    assert schema["properties"]["patience"]["x-unit"] == "s"
    assert schema["required"] == ["image", "output"]
    printed = frontend.cell(
        "session = daisy_kernel.connect()\n"
        "session['image'] = [[1.0, 2.0]]\n"
        "session.engine['Negate'].execute(image='image', output='negative')\n"
        "print('Negate' in session.algorithms, session['negative'][0].tolist())"
    )
    assert printed == "True [-1.0, -2.0]"


def test_a_slow_operation_keeps_neither_other_requests_nor_an_interrupt_waiting(frontend):
    frontend.cell(NEGATE)
    frontend.request("objects.put", name="image", shape=[1, 1], dtype="<f4", buffers=[bytes(4)])
    params = {"image": "image", "output": "slow", "patience": 1.5}
    slow = frontend.send(
        "control",
        "daisy_request",
        {"operation": "execute", "arguments": {"algorithm": "Negate", "params": params}},
    )
    started = time.monotonic()
    assert frontend.request("objects.list")[0]["status"] == "ok"
    assert frontend.request("objects.read", name="image")[0]["status"] == "ok"
    cell = frontend.start_cell(frontend.sleep)
    frontend.interrupt_and_wait(cell)
    assert time.monotonic() - started < 1
    assert frontend.reply("control", slow)["content"] == {"status": "ok", "result": {}}
    assert frontend.request("objects.read", name="slow")[0]["result"]["shape"] == [1, 1]


def test_the_kernel_says_that_it_is_daisy_and_speaks_python(frontend):
    info = frontend.client.kernel_info(reply=True, timeout=10)["content"]
    assert info["implementation"] == "daisy"
    assert info["language_info"]["name"] == "python"
    assert info["language_info"]["daisy"] == {
        "version": info["implementation_version"],
        "protocol": 1,
    }
    assert info["banner"].startswith("Daisy ")


OUTSIDE = "/etc/hostname"


def tomography(**inputs):
    return {"workflow": "tomography", "inputs": inputs}


def load(place):
    return {"algorithm": "LoadScan", "params": {"inputfile_name": place}}


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("workflow.check", tomography(scan=OUTSIDE, output="a.h5")),
        ("run.start", tomography(scan="s.h5", output="/etc/a.h5")),
        ("run.start", {"workflow": "/etc/hidden.daisy.json"}),
        ("execute", load(OUTSIDE)),
        ("execute", load("../" * 20 + "etc/*")),
    ],
)
def test_a_path_outside_the_allowed_folders_is_refused_and_the_kernel_lives(
    frontend, operation, arguments
):
    content, _ = frontend.request(operation, **arguments)
    assert content["error"]["kind"] == "OutOfReach"
    assert "outside the folders" in content["error"]["message"]
    assert frontend.request("objects.list")[0]["status"] == "ok"


def test_the_owner_of_the_notebook_may_open_what_the_account_may(frontend):
    printed = frontend.cell(
        "import daisy_kernel; session = daisy_kernel.connect()\n"
        f"try: session.check('tomography', scan={OUTSIDE!r}, output='a.h5')\n"
        "except Exception as error: print(type(error).__name__)"
    )
    assert printed.strip() == "FileProblem"  # it is no scan
