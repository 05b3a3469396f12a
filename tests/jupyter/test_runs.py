"""Runs started through the wire: told by ``daisy_event``, and no hindrance to a shutdown."""

import time

import h5py
import numpy as np
import pytest
from jupyter_client.manager import start_new_kernel

from daisy_kernel.cli.demo_scan import write_scan
from daisy_kernel.simulate import demo_scan

pytestmark = pytest.mark.kernel


@pytest.fixture
def scan_file(tmp_path):
    scan = demo_scan(n_angle=91, n_row=4, n_col=64)
    path = tmp_path / "scan.h5"
    write_scan(scan, path)
    return path


def test_every_event_of_a_run_is_told_once_and_in_order(frontend, scan_file, tmp_path):
    inputs = {"scan": str(scan_file), "output": str(tmp_path / "reco.h5"), "center": 31.5}
    started, _ = frontend.request("run.start", workflow="tomography", inputs=inputs)
    run = started["result"]["id"]
    told = [frontend.published("daisy_event", run=run)["content"]]
    while told[-1]["data"].get("state") not in ("done", "failed"):
        told.append(frontend.published("daisy_event", run=run)["content"])
    assert told[-1]["data"]["state"] == "done", told[-1]
    assert [event["n"] for event in told] == list(range(len(told)))
    recorded, _ = frontend.request("run.events", run=run)
    numbers = [event.pop("kernel_n") for event in told]
    assert recorded["result"]["events"] == told
    assert numbers == sorted(set(numbers))
    held, _ = frontend.request("kernel.events", since=numbers[0])
    assert held["result"]["events"][0] == {**told[0], "kernel_n": numbers[0]}
    ours = [event["kernel_n"] for event in held["result"]["events"] if event["run"] == run]
    assert ours == numbers


def test_a_result_is_at_once_an_object_of_the_notebook(frontend, scan_file, tmp_path):
    inputs = {"scan": str(scan_file), "output": str(tmp_path / "reco.h5"), "center": 31.5}
    started, _ = frontend.request("run.start", workflow="tomography", inputs=inputs)
    printed = frontend.cell(
        "import daisy_kernel; session = daisy_kernel.connect()\n"
        f"session.runs[{started['result']['id']!r}].wait(30)\n"
        "print(session['reco'].shape)"
    )
    assert printed == "(4, 64, 64)"
    _, buffers = frontend.request("objects.image", name="reco", index=2, bits=16)
    with h5py.File(tmp_path / "reco.h5") as file:
        plane = file["entry/data/data"][2]
    levels = np.frombuffer(buffers[0], "<u2").reshape(64, 64)
    assert levels[np.unravel_index(plane.argmax(), plane.shape)] == 65535


def test_a_request_that_takes_long_does_not_hold_up_a_shutdown():
    manager, client = start_new_kernel(kernel_name="daisy")
    try:
        client.execute_interactive(
            "import daisy_kernel, time\n"
            "daisy_kernel.connect()['number'] = 1\n"
            "@daisy_kernel.registry.add\n"
            "class Wait(daisy_kernel.Algorithm):\n"
            "    def execute(self, number_dataobj, output_dataobj):\n"
            "        time.sleep(60)\n",
            timeout=30,
        )
        params = {"number_dataobj": "number", "output_dataobj": "never"}
        arguments = {"algorithm": "Wait", "params": params}
        message = client.session.msg(
            "daisy_request", {"operation": "execute", "arguments": arguments}
        )
        client.control_channel.send(message)
        time.sleep(0.3)
        started = time.monotonic()
        manager.shutdown_kernel()
        # 2.5 s is where jupyter_client stops asking and starts killing
        assert time.monotonic() - started < 2.5
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


BUSY = """
import time
from typing import Annotated
import numpy as np
import daisy_kernel
from daisy_kernel import Algorithm, Input, Output

@daisy_kernel.registry.add
class Spin(Algorithm):
    "Holds Python's global lock for as long as it runs."

    isolated = True

    def execute(self, *, x: Annotated[str, Input("y")], out: Annotated[str, Output("y")]) -> None:
        import ctypes

        if self.data[x][0] < 0:
            ctypes.string_at(0)  # a segmentation fault
        ctypes.PyDLL(None).sleep(int(self.data[x][0]))
        self.data[out] = 2 * self.data[x]

session = daisy_kernel.connect()
session["x"] = np.array([3.0], np.float32)
session["bad"] = np.array([-1.0], np.float32)

def spin(name):
    return session.run({
        "daisy": 1, "name": "spin", "algorithms": {"a": {"class": "Spin"}},
        "steps": [{"algorithm": "a", "params": {"x": name, "out": "z"}}], "outputs": ["z"],
    })
"""


def test_requests_are_answered_while_an_isolated_algorithm_holds_the_global_lock(frontend):
    frontend.cell(BUSY)
    run = frontend.cell("run = spin('x'); print(run.id)")
    time.sleep(0.7)  # its process has started
    waits = []
    for _ in range(5):
        began = time.monotonic()
        frontend.request("objects.read", name="x")
        waits.append(time.monotonic() - began)
    described, _ = frontend.request("run.describe", run=run)
    assert described["result"]["state"] == "running", waits
    assert max(waits) < 0.25
    assert frontend.cell("print(run.wait(30).state, session['z'][0])") == "done 6.0"


def test_a_crash_of_an_isolated_algorithm_fails_the_run_and_the_kernel_lives(frontend):
    frontend.cell(BUSY)
    run = frontend.cell("print(spin('bad').id)")
    failed = frontend.published("daisy_event", run=run, kind="state")
    while failed["content"]["data"]["state"] != "failed":
        failed = frontend.published("daisy_event", run=run, kind="state")
    assert "crashed (SIGSEGV)" in failed["content"]["data"]["error"]
    assert frontend.cell("print('alive')") == "alive"
