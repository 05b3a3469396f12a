"""Blocks that straggle, hang, crash, fail or are not wanted any more, on a real cluster."""

import errno
import os
import signal
import time
import uuid
from pathlib import Path
from typing import Annotated

import h5py
import numpy as np
import psutil
import pytest
from noted import N_ROWS, wait_until

from daisy_kernel import Algorithm, Input, Output, registry
from daisy_kernel.datastore import DataStore
from daisy_kernel.engines import spark_executor
from daisy_kernel.errors import DaisyError
from daisy_kernel.session import DirectTransport, Service, Session

pytestmark = [pytest.mark.spark, pytest.mark.slow]
BAD_ROW = 7


@registry.add
class ToyTrouble(Algorithm):
    """Doubles; every attempt leaves a note in a folder, and one row may make trouble."""

    along = ("row",)

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("angle", "row", "col")],
        output_dataobj: Annotated[str, Output("angle", "row", "col")],
        notes: str,
        trouble: str = "",
    ) -> None:
        x = self.data[input_dataobj]
        row = int(x[0, 0, 0])  # every row holds its own number
        is_first = not list(Path(notes).glob(f"{row}-*"))
        note = Path(notes) / f"{row}-{uuid.uuid4().hex}"
        note.write_text(str(os.getpid()))
        if row == BAD_ROW:
            if trouble == "straggle" and is_first:
                time.sleep(600)
            elif trouble == "error":
                raise ValueError(f"row {row} is bad")
            elif trouble == "machine" and is_first:
                raise OSError(errno.EIO, "Input/output error")
            elif trouble == "full":
                raise OSError(errno.ENOSPC, "No space left on device")
            elif trouble == "crash":
                os.kill(os.getpid(), signal.SIGSEGV)
        if trouble == "hang":
            time.sleep(600)
        time.sleep(0.05)
        self.data[output_dataobj] = x * np.float32(2)


@pytest.fixture
def notes(tmp_path):
    folder = tmp_path / "notes"
    folder.mkdir()

    def attempts(row):
        return [int(path.read_text() or 0) for path in folder.glob(f"{row}-*")]

    attempts.folder = folder
    return attempts


@pytest.fixture
def rows(tmp_path):
    """(n_angle, N_ROWS, n_col), every row with its number."""
    x = np.zeros((4, N_ROWS, 5), np.float32) + np.arange(N_ROWS, dtype=np.float32)[:, np.newaxis]
    with h5py.File(tmp_path / "rows.h5", "w") as file:
        file["tomo"] = x
    return x


@pytest.fixture
def begin(on_cluster, own_runs, notes, rows, tmp_path):
    """Start a run with a block per row."""
    session = Session(DirectTransport(Service(DataStore(), own_runs)))
    document = {
        "daisy": 1,
        "name": "trouble",
        "inputs": {},
        "algorithms": {
            "load": {
                "class": "LoadHDF5",
                "init_paras": {"inputfile_name": str(tmp_path / "rows.h5")},
            },
            "toy": {"class": "ToyTrouble"},
            "save": {
                "class": "SaveHDF5",
                "init_paras": {"outputfile_name": str(tmp_path / "out.h5")},
            },
        },
    }

    def start(trouble=""):
        params = {"input_dataobj": "x", "output_dataobj": "y"}
        params |= {"notes": str(notes.folder), "trouble": trouble}
        steps = [
            {"algorithm": "load", "params": {"input_path": "tomo", "output_dataobj": "x"}},
            {"algorithm": "toy", "params": params},
            {"algorithm": "save", "params": {"input_dataobj": "y", "output_path": "y"}},
        ]
        return session.run({**document, "steps": steps}, engine="spark", threads=4)

    return start


@pytest.fixture
def output(tmp_path):
    return tmp_path / "out.h5"


def test_a_straggler_is_computed_again_on_the_other_worker(begin, notes, rows, output, read):
    run = begin("straggle")
    run.wait(240)  # its first attempt sleeps for ten minutes
    assert len(notes(BAD_ROW)) == 2
    np.testing.assert_array_equal(read(output, "y"), 2 * rows)


def test_a_worker_that_hangs_does_not_hold_up_the_run(begin, notes, rows, output, read):
    """As a machine that does not answer any more: its process is stopped, not killed."""
    run = begin("straggle")
    wait_until(lambda: notes(BAD_ROW))
    (pid,) = notes(BAD_ROW)
    os.kill(pid, signal.SIGSTOP)
    try:
        run.wait(240)
    finally:
        if psutil.pid_exists(pid):
            os.kill(pid, signal.SIGCONT)
    np.testing.assert_array_equal(read(output, "y"), 2 * rows)


def test_an_error_of_the_data_ends_the_run_at_once(begin, notes, output, own_runs):
    begin().wait(240)  # Spark is up, and the workers have their libraries
    output.unlink()
    for note in notes.folder.iterdir():
        note.unlink()
    run = begin("error")
    wait_until(lambda: notes(BAD_ROW))
    raised = time.monotonic()
    with pytest.raises(DaisyError, match=f"row {BAD_ROW} is bad"):
        run.wait(60)
    assert time.monotonic() - raised < 5
    assert len(notes(BAD_ROW)) == 1, "Spark has repeated what cannot get better"
    assert not output.exists()
    told = next(e["data"] for e in reversed(run.events()) if e["kind"] == "state")
    lines = told["traceback"].splitlines()
    assert f"ValueError: row {BAD_ROW} is bad" in lines
    assert any("in execute" in line for line in lines)
    assert f"block {BAD_ROW} to {BAD_ROW + 1}" in told["traceback"]


def test_an_error_of_the_machine_is_repeated(begin, notes, rows, output, read):
    begin("machine").wait(240)
    # A row that starts in a new process may take so long that the other worker tries it, too.
    assert 2 <= len(notes(BAD_ROW)) <= 3
    np.testing.assert_array_equal(read(output, "y"), 2 * rows)


def test_a_full_disk_is_not_tried_again(begin, notes, output):
    with pytest.raises(DaisyError, match="No space left"):
        begin("full").wait(240)
    assert len(notes(BAD_ROW)) == 1
    assert not output.exists()


def test_what_crashes_every_time_is_said_in_one_sentence(begin, notes, output):
    with pytest.raises(DaisyError) as caught:
        begin("crash").wait(240)
    message = str(caught.value)
    assert "crashed" in message
    assert "\n" not in message
    assert len(message) < 400
    # As above, one more may have been tried by the other worker.
    assert 4 <= len(notes(BAD_ROW)) <= 5
    assert not output.exists()


def test_a_cancelled_run_ends_within_three_seconds_and_the_next_one_works(
    begin, notes, rows, output, read
):
    run = begin("hang")
    wait_until(lambda: sum(len(notes(row)) for row in range(N_ROWS)) >= 2)
    pids = [pid for row in range(N_ROWS) for pid in notes(row)]
    asked = time.monotonic()
    run.cancel()
    wait_until(lambda: run.state == "cancelled", 30)
    assert time.monotonic() - asked < 3
    assert not output.exists()
    wait_until(lambda: not any(psutil.pid_exists(pid) for pid in pids), 20)
    begin().wait(240)
    np.testing.assert_array_equal(read(output, "y"), 2 * rows)


def test_a_run_in_which_nothing_happens_says_so(begin, notes, monkeypatch):
    monkeypatch.setattr(spark_executor, "SILENCE_S", 1.0)
    run = begin("hang")
    wait_until(lambda: any("no block was finished for 1 s" in line for line in run.log))
    run.cancel()
    wait_until(lambda: run.state == "cancelled", 30)


def test_the_end_of_the_master_does_not_end_a_run(begin, notes, rows, output, read, on_cluster):
    begin().wait(240)
    output.unlink()
    run = begin()
    wait_until(lambda: run.state == "running")
    on_cluster.kill_master()
    run.wait(240)
    np.testing.assert_array_equal(read(output, "y"), 2 * rows)
