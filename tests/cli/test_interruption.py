import json
import os
import signal
import time

import h5py
import numpy as np
import pytest


@pytest.fixture
def slow(document, stack, start, wait_for, tmp_path):
    """A run of many slow blocks, in its middle."""
    path = document("SlowCopy", pause=0.3)
    process = start("run", path, "--source", stack, "--output", "o.h5", "--threads", 1, "--memory",
                    "400B")  # fmt: skip
    journals = (tmp_path / "runs").glob  # has a line before the first block is finished
    wait_for(lambda: any('"lo"' in f.read_text() for f in journals("*/journal.jsonl")))
    return process


def states(tmp_path):
    return [json.loads(f.read_text())["state"] for f in sorted(tmp_path.glob("runs/*/run.json"))]


def test_ctrl_c_cancels_within_three_seconds_and_leaves_nothing_half_written(slow, tmp_path):
    began = time.monotonic()
    os.killpg(slow.pid, signal.SIGINT)
    _out, err = slow.communicate(timeout=10)
    assert time.monotonic() - began < 3
    assert slow.returncode == 130
    complaints = [line for line in err.splitlines() if line.startswith("daisy: ")]
    assert len(complaints) == 1
    assert "was cancelled" in complaints[0]
    assert "Traceback" not in err
    assert states(tmp_path) == ["cancelled"]
    assert not (tmp_path / "o.h5").exists()


def test_a_cancelled_run_is_resumed_to_the_same_result(slow, start, daisy, stack, tmp_path):
    run = next(tmp_path.glob("runs/*")).name
    said = daisy("cancel", run[:-2])
    assert said.code == 0
    assert f"Run {run} is cancelled." in said.out
    slow.communicate(timeout=20)
    assert slow.returncode == 1
    resumed = start("resume", run, "--json")
    out, err = resumed.communicate(timeout=60)
    assert resumed.returncode == 0, err
    assert json.loads(out.splitlines()[-1])["run"] == run
    with h5py.File(tmp_path / "o.h5") as file, h5py.File(stack) as source:
        np.testing.assert_array_equal(file["result"][()], source["stack"][()])


def test_a_killed_run_reads_interrupted_and_cannot_be_cancelled(slow, daisy):
    slow.kill()
    slow.wait()
    listed = daisy("runs", "--json").json["runs"]
    assert [r["state"] for r in listed] == ["interrupted"]
    said = daisy("cancel", listed[0]["id"])
    assert said.code == 1
    assert "interrupted already" in said.err


def test_a_block_that_takes_too_long_does_not_keep_the_process(
    document, stack, start, wait_for, tmp_path
):
    process = start("run", document("SlowCopy", pause=30), "--source", stack, "--output", "o.h5")
    logs = tmp_path.glob
    wait_for(lambda: any('"progress"' in f.read_text() for f in logs("runs/*/events.jsonl")))
    began = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    _out, err = process.communicate(timeout=10)
    assert time.monotonic() - began < 3
    assert process.returncode == 130
    assert "daisy resume" in err
    assert not (tmp_path / "o.h5").exists()
