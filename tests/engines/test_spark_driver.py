"""The command daisy computes on a cluster, and is killed or interrupted there."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import noted
import psutil
import pytest
from noted import N_ROWS, Rows, wait_until

from daisy_kernel.contracts.run import RunOptions, RunRequest
from daisy_kernel.datastore import DataStore
from daisy_kernel.engines.run_folder import recorded_runs
from daisy_kernel.engines.spark_context import disconnect
from daisy_kernel.engines.spark_engine import SparkEngine

pytestmark = [pytest.mark.spark, pytest.mark.slow]
HELD = 8


@pytest.fixture
def rows(tmp_path):
    return Rows(tmp_path)


@pytest.fixture
def daisy(on_cluster, tmp_path):
    """Start the command daisy in a process and a group of its own."""
    disconnect()  # the cores are for the other process
    begun = []

    def start(*words):
        process = subprocess.Popen(
            [sys.executable, noted.__file__, *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        begun.append(process)
        return process

    yield start
    for process in begun:
        process.kill()
        process.communicate()


@pytest.fixture
def held(daisy, rows, tmp_path, own_runs):
    """A command whose run has finished all rows but those that are held up; its processes."""
    document = tmp_path / "noted.json"
    document.write_text(json.dumps(rows.document(HELD)))
    words = ("--engine", "spark", "--memory", "1MB", "--threads", "4")
    process = daisy("run", document, *words)
    wait_until(lambda: sum(n.row >= HELD for n in rows.notes()) >= 2 or process.poll(), 240)
    assert process.poll() is None, process.communicate()
    (folder,) = recorded_runs(own_runs)
    wait_until(lambda: sum(map(len, folder.journal.read().blocks.values())) >= HELD)
    driver = psutil.Process(process.pid)
    return process, folder, driver.children(recursive=True)


@pytest.mark.parametrize("engine", ["spark", "inprocess"])
def test_a_killed_command_leaves_no_process_and_resume_goes_on(
    held, daisy, rows, engine, record_property
):
    process, folder, below = held
    assert any("java" in p.name() for p in below)
    began = time.monotonic()
    process.kill()
    _, alive = psutil.wait_procs(below, 15)
    record_property("seconds until its Java was gone", time.monotonic() - began)
    assert alive == []
    pids = {n.pid for n in rows.notes()}
    wait_until(lambda: not any(psutil.pid_exists(pid) for pid in pids), 30)
    record = folder.read()
    assert record.state == "interrupted"
    assert not rows.output.exists()
    before = len(rows.notes())
    rows.go()
    folder.write(replace(record, engine=engine))
    resumed = daisy("resume", record.id)
    said, _ = resumed.communicate(timeout=240)
    assert resumed.returncode == 0, said
    rows.check()
    (line,) = [e.data["message"] for e in folder.events() if "were reused" in str(e.data)]
    assert re.match(rf"{HELD} finished blocks", line)
    assert len(rows.notes()) - before == N_ROWS - HELD


def test_ctrl_c_in_a_terminal_ends_the_run_and_its_java(held, rows, record_property):
    process, folder, below = held
    began = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)  # a terminal tells every process of the command
    wait_until(lambda: folder.read().state == "cancelled", 20)
    assert time.monotonic() - began < 3
    said, _ = process.communicate(timeout=30)
    record_property("seconds until the command ended", time.monotonic() - began)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert psutil.wait_procs(below, 15)[1] == []
    assert not rows.output.exists()
    pids = {n.pid for n in rows.notes()}
    wait_until(lambda: not any(psutil.pid_exists(pid) for pid in pids), 30)


def test_ctrl_c_in_a_notebook_ends_the_run_and_the_next_one_works(on_cluster, rows, own_runs):
    def start(held):
        engine = SparkEngine(DataStore(), RunOptions(10**6, 4), own_runs)
        document = rows.document(held)
        engine.initialize(
            {
                name: {"class_name": a["class"], "init_paras": a.get("init_paras", {})}
                for name, a in document["algorithms"].items()
            },
            {},
        )

        def script():
            for step in document["steps"]:
                engine[step["algorithm"]].execute(**step["params"])

        engine.run(RunRequest("noted", outputs=()), script)

    def interrupt():
        wait_until(lambda: sum(n.row >= HELD for n in rows.notes()) >= 2, 240)
        when.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    when = []
    other = threading.Thread(target=interrupt)
    other.start()
    with pytest.raises(KeyboardInterrupt):
        start(HELD)
    assert time.monotonic() - when[0] < 3
    other.join()
    assert [f.read().state for f in recorded_runs(own_runs)] == ["cancelled"]
    assert not rows.output.exists()
    pids = {n.pid for n in rows.notes() if n.row >= HELD}
    wait_until(lambda: not any(psutil.pid_exists(pid) for pid in pids), 20)
    rows.begin_anew()
    start(N_ROWS)
    rows.check()
    assert not [p for p in Path(own_runs).iterdir() if p.name.startswith(".stop")]
