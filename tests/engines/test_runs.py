"""What is kept of a run: its record, its numbered events, its journal."""

import itertools
import json
import os
import subprocess
import sys
import threading
import time
import warnings
from dataclasses import replace

import numpy as np
import psutil
import pytest

from daisy_kernel.contracts.events import Event
from daisy_kernel.contracts.run import RunOptions, RunRequest
from daisy_kernel.engines.run_folder import RunFolder, new_record, recorded_runs
from daisy_kernel.engines.run_log import RunLog
from daisy_kernel.errors import FileProblem, RunConflict, StepFailed
from daisy_kernel.formats import read_provenance


def _script(e):
    e["load"].execute(input_path="tomo", output_dataobj="x")
    e["slow"].execute(input_dataobj="x", output_dataobj="y")
    e["total"].execute(input_dataobj="y", output_dataobj="sum")
    e["save"].execute(input_dataobj="y", output_path="y")
    e["save"].execute(input_dataobj="sum", output_path="sum")


@pytest.fixture
def folder(own_runs):
    made = RunFolder.create(own_runs, new_record(RunRequest("test"), RunOptions()))
    yield made
    made.release()


def test_the_events_are_numbered_told_and_kept(make_engine, run, own_runs, toys, stack, output):
    told = []
    record = run(make_engine(observers=[told.append]), _script)
    kept = recorded_runs(own_runs)[0].events()
    assert kept == told
    assert [event.n for event in kept] == list(range(len(kept)))
    assert {event.run for event in kept} == {record.id}
    assert [e.data["state"] for e in kept if e.kind == "state"] == ["running", "done"]
    assert [e.kind for e in kept].count("plan") == 1
    assert [e.data for e in kept if e.kind == "value"] == [
        {"name": "sum", "value": toys.total(toys.scale(stack, 3))}
    ]
    assert [e.data["dataset"] for e in kept if e.kind == "output"] == ["y", "sum"]
    progress = [e.data for e in kept if e.kind == "progress"]
    assert progress[0]["done"] == 0
    assert progress[-1]["done"] == progress[-1]["blocks"]
    assert all(b.time >= a.time for a, b in itertools.pairwise(kept))
    assert recorded_runs(own_runs)[0].events(3) == kept[3:]


def test_the_record_says_what_was_run_and_what_came_out(make_engine, run, own_runs, output):
    record = run(make_engine(), _script, name="mine")
    kept = recorded_runs(own_runs)[0].read()
    assert kept == record
    assert kept.state == "done"
    assert kept.workflow == "mine"
    assert kept.outputs == (str(output),)
    assert kept.finished >= kept.created
    assert kept.pid == os.getpid()
    assert kept.options.threads == 2
    assert [s["algorithm"] for s in kept.document["steps"]][:2] == ["load", "slow"]
    assert read_provenance(output)["document"] == kept.document


def test_the_record_of_a_failed_run_has_the_error_in_one_line(engine, run, own_runs):
    with pytest.raises(StepFailed):
        run(engine, lambda e: (
            e["load"].execute(input_path="tomo", output_dataobj="x"),
            e["slow"].execute(input_dataobj="x", output_dataobj="y", fail=True),
            e["save"].execute(input_dataobj="y", output_path="y"),
        ))  # fmt: skip
    record = recorded_runs(own_runs)[0].read()
    assert record.state == "failed"
    assert "told to fail" in record.error
    assert "\n" not in record.error
    assert recorded_runs(own_runs)[0].events()[-1].data["error"] == record.error


def test_an_error_that_is_no_error_of_daisy_is_recorded_too(engine, run, own_runs):
    with pytest.raises(ZeroDivisionError):
        run(engine, lambda e: 1 / 0)
    assert recorded_runs(own_runs)[0].read().error == "ZeroDivisionError: division by zero"


def test_every_run_of_a_script_has_its_own_document(engine, run, toys):
    def script(e):
        e["load"].execute(input_path="tomo", output_dataobj="x")
        e["scale"].execute(input_dataobj="x", output_dataobj="y")

    documents = [run(engine, script).document for _ in range(3)]
    assert documents[0] == documents[1] == documents[2]
    assert len(documents[0]["steps"]) == 2


def test_a_run_that_another_machine_has_in_work_is_not_interrupted(folder):
    folder.write(replace(folder.read(), state="running", pid=2**22 + 1))  # of the other machine
    seen = RunFolder(folder.path)
    assert seen.read().state == "running"
    with pytest.raises(RunConflict, match=f"{folder.path.name} is in work already"):
        seen.claim()
    assert not seen.is_ours
    assert folder.is_ours


def test_a_run_is_free_again_once_its_process_is_killed(folder):
    folder.write(replace(folder.read(), state="running"))
    folder.release()
    script = (
        "import sys, pathlib; from daisy_kernel.engines.run_folder import RunFolder\n"
        "folder = RunFolder(pathlib.Path(sys.argv[1])); folder.claim()\n"
        "print('claimed', flush=True)\n"
        "sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, folder.path]
    with subprocess.Popen(command, stdin=-1, stdout=-1) as other:
        assert other.stdout.readline() == b"claimed\n"
        assert folder.read().state == "running"
        other.kill()
    assert folder.read().state == "interrupted"
    folder.claim()
    assert folder.is_ours


def test_where_there_are_no_locks_a_run_whose_process_is_gone_reads_interrupted(folder):
    folder.release()
    record = folder.read()
    assert record.state == "queued"
    folder.write(replace(record, state="running"))
    assert folder.read().state == "running"
    folder.write(replace(record, state="running", pid_started=record.pid_started - 100))
    assert folder.read().state == "interrupted"  # the pid came again
    folder.write(replace(record, state="running", pid=2**22 + 1))
    assert folder.read().state == "interrupted"
    folder.write(replace(record, state="done", pid=2**22 + 1))
    assert folder.read().state == "done"


def test_a_killed_process_that_nobody_looked_after_counts_as_gone(folder):
    folder.release()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        process = psutil.Process(child.pid)
        started = process.create_time()
        folder.write(replace(folder.read(), state="running", pid=child.pid, pid_started=started))
        assert folder.read().state == "running"
        process.kill()
        while process.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.001)
        assert folder.read().state == "interrupted"


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"id": "x"}', '{"options": {"gpu": 1}}'])
def test_a_damaged_record_is_named(folder, damage):
    (folder.path / "run.json").write_text(damage)
    with pytest.raises(FileProblem, match=folder.path.name):
        folder.read()


def test_a_line_that_a_kill_cut_short_is_left_out_and_swallows_nothing(folder):
    for n in range(3):
        folder.append(Event(folder.path.name, n, 0.0, "log", {"message": "x" * 20}))
        folder.journal.note_block("stage", n, n + 1, {"y@0#0": n})
    for name in ("events.jsonl", "journal.jsonl"):
        file = folder.path / name
        file.write_bytes(file.read_bytes()[:-15])
    assert [event.n for event in folder.events()] == [0, 1]
    assert folder.journal.read().blocks["stage"] == {(0, 1): {"y@0#0": 0}, (1, 2): {"y@0#0": 1}}
    folder.journal.note_block("stage", 7, 8, {"y@0#0": 7})
    log = RunLog(folder, ())
    log.emit("log", {"message": "again"})
    assert [event.n for event in folder.events()] == [0, 1, 2]
    assert (7, 8) in folder.journal.read().blocks["stage"]


def test_events_of_several_threads_have_no_gaps_and_keep_their_order(folder):
    told = []
    log = RunLog(folder, [told.append])
    threads = [
        threading.Thread(target=lambda: [log.emit("log", {"i": i}) for i in range(50)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [event.n for event in told] == list(range(200))
    assert folder.events() == told


def test_the_latest_event_of_a_long_log_is_found_at_its_end(folder):
    for n in range(3000):
        folder.append(Event(folder.path.name, n, 0.0, "log" if n % 10 else "progress", {"i": n}))
    assert folder.latest("progress").n == 2990
    assert folder.latest("log").n == 2999
    assert folder.latest("output") is None


def test_an_observer_that_fails_does_not_stop_the_run(make_engine, run, read, output, stack):
    told = []

    def broken(event):
        raise RuntimeError("closed")

    engine = make_engine(observers=[broken, told.append])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        record = run(engine, _script)
    assert record.state == "done"
    assert len(caught) == 1
    assert "broken" in str(caught[0].message)
    assert "closed" in str(caught[0].message)
    assert told[-1].data == {"state": "done"}


def test_ids_of_many_runs_in_one_second_differ():
    ids = {new_record(RunRequest("t"), RunOptions()).id for _ in range(3000)}
    assert len(ids) == 3000
    assert all(len(run_id) == len("20260101-120000-12345678") for run_id in ids)


def test_a_run_directory_that_cannot_be_written_is_an_error_with_what_to_do(
    make_engine, tmp_path, run, stack
):
    engine = make_engine()
    file = tmp_path / "file"
    file.write_text("")
    engine._runs = file / "runs"
    with pytest.raises(FileProblem, match="configuration"):
        run(engine, _script)


def test_a_record_is_json(folder):
    json.loads((folder.path / "run.json").read_text())
    with pytest.raises(ValueError, match="JSON"):
        folder.write(replace(folder.read(), values={"x": np.nan}))
    assert folder.read().values == {}
