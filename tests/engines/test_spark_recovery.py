"""What a fault costs on a real cluster: which blocks are computed again, and how a run goes on."""

import os
import signal
import time

import psutil
import pytest
from noted import N_ROWS, Rows, wait_until

from daisy_kernel.datastore import DataStore
from daisy_kernel.engines import spark_executor
from daisy_kernel.engines.run_folder import find_run
from daisy_kernel.errors import DaisyError
from daisy_kernel.session import DirectTransport, Service, Session

pytestmark = [pytest.mark.spark, pytest.mark.slow]
HELD = N_ROWS - 2
"""Rows from here on wait until the test lets them go: as many as there are cores."""


@pytest.fixture
def rows(tmp_path):
    return Rows(tmp_path)


@pytest.fixture
def session(on_cluster, own_runs):
    return Session(DirectTransport(Service(DataStore(), own_runs)))


@pytest.fixture
def begin(session, rows):
    """Start a run with a block per row, of which the last ones are held up."""

    def start(held=HELD):
        return session.run(rows.document(held), engine="spark", threads=4)

    return start


@pytest.fixture
def hold(begin, rows, own_runs):
    """Start a run, and wait until two rows are held up; it and the rows that are finished."""

    def start():
        run = begin()
        wait_until(lambda: sum(note.row >= HELD for note in rows.notes()) >= 2, 240)
        folder = find_run(own_runs, run.record["id"])
        wait_until(lambda: _finished(folder) >= set(range(HELD)))
        return run, _finished(folder)

    return start


def _finished(folder):
    return {lo for blocks in folder.journal.read().blocks.values() for lo, _ in blocks}


def _java_above(pid):
    """The executor to which a Python worker belongs."""
    above = psutil.Process(pid).parents()
    return next(p for p in above if "CoarseGrainedExecutorBackend" in " ".join(p.cmdline()))


@pytest.mark.parametrize("part", ["python worker", "executor", "worker"])
def test_what_was_finished_is_not_computed_again_and_what_was_lost_is(hold, rows, on_cluster, part):
    run, finished = hold()
    lost = next(n for n in rows.notes() if n.row >= HELD and n.address == "127.0.0.2")
    if part == "worker":
        on_cluster.kill_worker(1)
        on_cluster.add_worker(1)
    elif part == "executor":
        _java_above(lost.pid).kill()
    else:
        os.kill(lost.pid, signal.SIGKILL)
    wait_until(lambda: rows.starts(lost.row) > 1)
    again = [n for n in rows.notes() if n.row == lost.row and n.pid != lost.pid]
    rows.go()
    run.wait(120)
    rows.check()
    assert {row: rows.starts(row) for row in finished} == dict.fromkeys(finished, 1)
    n_starts = len(rows.notes())
    # One more for the row that was lost; a row that starts in a new process may take so long that
    # the other worker tries it, too.
    assert N_ROWS < n_starts <= N_ROWS + 3
    assert {n.address for n in again} == {"127.0.0.2"}, "nobody else was free"


def test_an_executor_that_does_not_answer_does_not_hold_up_the_run(hold, rows):
    run, _ = hold()
    stopped = next(n for n in rows.notes() if n.row >= HELD and n.address == "127.0.0.2")
    java = _java_above(stopped.pid)
    below = java.children(recursive=True)
    for process in (java, *below):
        process.suspend()
    try:
        rows.go()
        run.wait(120)
    finally:
        for process in (java, *below):
            process.resume()
    rows.check()
    again = [n for n in rows.notes() if n.row == stopped.row and n.pid != stopped.pid]
    assert {n.address for n in again} == {"127.0.0.1"}
    wait_until(lambda: not psutil.pid_exists(stopped.pid))
    rows.check()  # what woke up too late has changed nothing


def test_a_run_whose_executors_do_not_answer_says_so_and_can_be_cancelled(
    hold, rows, begin, monkeypatch
):
    monkeypatch.setattr(spark_executor, "SILENCE_S", 1.0)
    run, _ = hold()
    java = {_java_above(n.pid) for n in rows.notes() if n.row >= HELD}
    assert len(java) == 2
    for process in java:
        process.suspend()
    try:
        wait_until(lambda: any("no block was finished for 1 s" in line for line in run.log))
        asked = time.monotonic()
        run.cancel()
        wait_until(lambda: run.state == "cancelled", 30)
        assert time.monotonic() - asked < 3
    finally:
        for process in java:
            process.resume()
    assert not rows.output.exists()
    rows.begin_anew()
    begin(N_ROWS).wait(240)
    rows.check()


def test_a_run_without_workers_ends_and_the_next_one_works_once_the_cluster_is_back(
    hold, rows, begin, on_cluster, monkeypatch
):
    monkeypatch.setattr(spark_executor, "SILENCE_S", 3.0)
    run, _ = hold()
    on_cluster.kill_master()
    assert on_cluster.kill_executors() == 2
    rows.go()
    with pytest.raises(DaisyError, match="no worker for us") as caught:
        run.wait(120)
    assert "\n" not in str(caught.value)
    assert "daisy cluster status" in str(caught.value)
    assert not rows.output.exists()
    began = time.monotonic()
    with pytest.raises(DaisyError, match=r"No cluster answers at spark://127\.0\.0\.1"):
        begin(N_ROWS).wait(120)
    assert time.monotonic() - began < 20
    on_cluster.start_master()
    begin(N_ROWS).wait(240)
    rows.check()
