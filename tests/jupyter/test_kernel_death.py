"""SIGKILL of a real kernel during a run: the next one knows, goes on, and gives the same bits."""

import os
import signal
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
from jupyter_client.manager import start_new_kernel

from daisy_kernel.cli.demo_scan import write_scan
from daisy_kernel.simulate import demo_scan

pytestmark = [pytest.mark.kernel, pytest.mark.slow]


@pytest.fixture
def scan_file(tmp_path):
    scan = demo_scan(n_angle=181, n_row=64, n_col=128)
    path = tmp_path / "scan.h5"
    write_scan(scan, path)
    return path


@pytest.fixture
def own_frontend(tmp_path, as_frontend):
    """A frontend that survives its kernel."""
    manager, client = start_new_kernel(kernel_name="daisy", cwd=str(tmp_path))
    yield as_frontend(manager, client)
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    manager.cleanup_resources()


def state_of(frontend, run):
    return frontend.request("run.describe", run=run)[0]["result"]["state"]


def test_a_run_of_a_killed_kernel_is_interrupted_resumed_and_bit_identical(
    own_frontend, scan_file, tmp_path
):
    def start(name):
        inputs = {
            "scan": str(scan_file),
            "output": str(tmp_path / name),
            "center": 63.5,
            "algorithm": "sirt",
            "iterations": 150,
        }
        answer, _ = own_frontend.request(
            "run.start",
            workflow="tomography",
            inputs=inputs,
            options={"memory": "30MB", "threads": 2},
        )
        return answer["result"]["id"]

    def wait(run):
        deadline = time.monotonic() + 120
        while (state := state_of(own_frontend, run)) in ("queued", "running"):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        return state

    def volume(name):
        with h5py.File(tmp_path / name) as file:
            return file["entry/data/data"][()]

    run = start("killed.h5")
    journal = Path(os.environ["DAISY_RUNS"], run, "journal.jsonl")
    deadline = time.monotonic() + 60
    while not journal.exists() or journal.read_text().count('"lo"') < 2:
        assert state_of(own_frontend, run) in ("queued", "running")
        assert time.monotonic() < deadline
        time.sleep(0.01)
    before = own_frontend.request("kernel.describe")[0]["result"]
    os.kill(before["pid"], signal.SIGKILL)
    assert not (tmp_path / "killed.h5").exists()

    own_frontend.manager.restart_kernel(now=True)
    own_frontend.client.wait_for_ready(timeout=60)
    after = own_frontend.request("kernel.describe")[0]["result"]
    assert after["instance"] != before["instance"]
    assert state_of(own_frontend, run) == "interrupted"
    listed = own_frontend.request("runs.list")[0]["result"]["runs"]
    assert (listed[0]["id"], listed[0]["state"]) == (run, "interrupted")

    own_frontend.request("run.resume", run=run)
    assert wait(run) == "done"
    lines = own_frontend.request("run.log", run=run)[0]["result"]["lines"]
    assert any("finished blocks were reused" in line["message"] for line in lines)
    assert "reco" in own_frontend.cell("import daisy_kernel; print(daisy_kernel.connect().objects)")

    assert wait(start("undisturbed.h5")) == "done"
    killed, undisturbed = volume("killed.h5"), volume("undisturbed.h5")
    assert killed.tobytes() == undisturbed.tobytes()
    assert np.ptp(killed) > 0
    events = own_frontend.request("run.events", run=run)[0]["result"]["events"]
    assert [event["n"] for event in events] == list(range(len(events)))
