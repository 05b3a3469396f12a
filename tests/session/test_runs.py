"""Runs through a session: queued, one after the other, recorded, waited for, cancelled."""

import threading
import time
from dataclasses import replace

import h5py
import numpy as np
import pytest
import toy_algorithms

from daisy_kernel import Algorithm, Ref, registry
from daisy_kernel.contracts.protocol_runs import AskRun
from daisy_kernel.contracts.run import RunOptions, RunRequest
from daisy_kernel.datastore import DataStore
from daisy_kernel.engines.mending import begin_mending
from daisy_kernel.engines.run_folder import RunFolder, new_record
from daisy_kernel.errors import DaisyError, RunConflict, StepFailed, UnknownName
from daisy_kernel.session import DirectTransport, Service, Session, run_manager


@pytest.fixture
def start(session, slow, scan, tmp_path):
    """Start the slow document."""

    def run(name="out", **inputs):
        return session.run(slow, scan=scan, output=tmp_path / f"{name}.h5", threads=2, **inputs)

    return run


def _read(path):
    with h5py.File(path) as file:
        return file["y"][()]


def test_a_run_is_done_when_it_was_waited_for(session, start, toys, stack, tmp_path):
    run = start()
    assert run.wait(20) is run
    assert (run.state, run.progress) == ("done", 1.0)
    np.testing.assert_array_equal(_read(tmp_path / "out.h5"), toys.scale(stack, 3))
    np.testing.assert_array_equal(session["y"][...], toys.scale(stack, 3))
    assert session["y"].kind == "reference"
    assert run.record["outputs"] == [str(tmp_path / "out.h5")]
    assert list(session.runs) == [run.id]
    assert repr(run) == f"<run {run.id}: slow, done>"
    assert "out.h5" in run._repr_html_()


def test_the_caller_does_not_wait_and_can_ask_meanwhile(session, start, toys):
    run = start(hang=True)
    assert toys.ToySlow.started.wait(10)
    assert run.state == "running"
    assert 0 <= run.progress < 1
    session["z"] = [1, 2, 3]
    assert session["z"][1] == 2
    with pytest.raises(TimeoutError, match=run.id):
        run.wait(0.2)
    assert run.state == "running"
    toys.ToySlow.release.set()
    run.wait(20)


def test_two_runs_are_done_one_after_the_other(session, start, toys, tmp_path):
    first, second = start("first", hang=True), start("second")
    assert toys.ToySlow.started.wait(10)
    time.sleep(0.2)
    assert (first.state, second.state) == ("running", "queued")
    assert second.progress == 0
    assert list(session.runs) in ([second.id, first.id], [first.id, second.id])
    toys.ToySlow.release.set()
    second.wait(20)
    assert first.state == "done"
    assert second.record["finished"] >= first.record["finished"]


def test_a_failed_run_says_why_and_the_next_one_works(start, tmp_path):
    failing = start(fail=True)
    following = start("other")
    with pytest.raises(DaisyError, match="told to fail") as caught:
        failing.wait(20)
    assert "[workflow document]" in str(caught.value)
    assert failing.state == "failed"
    assert "told to fail" in failing._repr_html_()
    following.wait(20)
    assert not (tmp_path / "out.h5").exists()


def test_a_running_run_can_be_cancelled(start, toys, tmp_path):
    run = start(hang=True)
    assert toys.ToySlow.started.wait(10)
    began = time.monotonic()
    run.cancel()
    with pytest.raises(DaisyError, match="cancelled"):
        run.wait(10)
    assert time.monotonic() - began < 3
    assert run.state == "cancelled"
    assert not (tmp_path / "out.h5").exists()
    with pytest.raises(RunConflict, match="cancelled already"):
        run.cancel()


def test_a_queued_run_can_be_cancelled_and_says_so_in_its_events(start, toys):
    first, second = start("first", hang=True), start("second")
    assert toys.ToySlow.started.wait(10)
    second.cancel()
    toys.ToySlow.release.set()
    first.wait(20)
    with pytest.raises(DaisyError, match="cancelled"):
        second.wait(10)
    assert second.events()[-1]["data"] == {"state": "cancelled"}


@pytest.mark.parametrize("how", ["cancelled", "failed"])
def test_a_run_that_did_not_end_well_can_be_resumed(start, toys, tmp_path, stack, how):
    run = start(hang=True)
    assert toys.ToySlow.started.wait(10)
    if how == "cancelled":
        run.cancel()
    else:
        (tmp_path / "scan.h5").touch()
        toys.ToySlow.release.set()
    with pytest.raises(DaisyError):
        run.wait(10)
    assert run.state == how
    toys.ToySlow.release.set()
    assert run.resume() is run
    run.wait(20)
    np.testing.assert_array_equal(_read(tmp_path / "out.h5"), toys.scale(stack, 3))
    states = [e["data"]["state"] for e in run.events() if e["kind"] == "state"]
    assert states == ["running", how, "running", "done"]
    assert [e["n"] for e in run.events()] == list(range(len(run.events())))
    with pytest.raises(RunConflict, match="nothing to resume"):
        run.resume()


def test_a_run_that_is_resumed_the_moment_it_fails_goes_on(service, start, toys, tmp_path, stack):
    run = start(hang=True)
    states = []

    def resume(event):
        if event.data.get("state") == "failed" and "failed" not in states:
            service.runs.resume(AskRun(run.id))
        states.append(event.data.get("state"))

    service.runs.observers.append(resume)
    assert toys.ToySlow.started.wait(10)
    (tmp_path / "scan.h5").touch()
    toys.ToySlow.release.set()
    deadline = time.monotonic() + 20
    while "done" not in states and time.monotonic() < deadline:
        time.sleep(0.01)
    assert states.count("failed") == 1
    np.testing.assert_array_equal(_read(tmp_path / "out.h5"), toys.scale(stack, 3))


def test_of_two_that_mend_a_result_at_once_one_is_refused(
    start, tmp_path, monkeypatch, stack, toys
):
    run = start()
    run.wait(20)
    with h5py.File(tmp_path / "out.h5", "r+") as file:
        file["y"][0] += 1
    begun, going_on = threading.Event(), threading.Event()

    def slow(folder):
        begun.set()
        assert going_on.wait(20)
        return begin_mending(folder)

    monkeypatch.setattr(run_manager, "begin_mending", slow)
    first = threading.Thread(target=run.resume)
    first.start()
    assert begun.wait(10)
    with pytest.raises(RunConflict, match="in work already"):
        run.resume()
    going_on.set()
    first.join(20)
    run.wait(20)
    states = [e["data"]["state"] for e in run.events() if e["kind"] == "state"]
    assert states == ["running", "done", "running", "done"]
    np.testing.assert_array_equal(_read(tmp_path / "out.h5"), toys.scale(stack, 3))


def test_a_script_that_stopped_before_it_was_recorded_cannot_be_resumed(session, own_runs):
    folder = RunFolder.create(own_runs, new_record(RunRequest("script"), RunOptions()))
    folder.write(replace(folder.read(), state="failed"))
    folder.release()
    with pytest.raises(RunConflict, match="run the script again"):
        session.runs[folder.path.name].resume()


def test_a_damaged_record_is_named_and_hides_no_other(session, start, own_runs):
    run = start()
    run.wait(20)
    (own_runs / "20200101-000000-damaged").mkdir()
    (own_runs / "20200101-000000-damaged" / "run.json").write_text("{")
    with pytest.warns(UserWarning, match="damaged"):
        assert list(session.runs) == [run.id]


def test_what_cannot_run_is_refused_before_it_is_queued(session, slow):
    with pytest.raises(DaisyError, match="'output'"):
        session.run(slow, scan="scan.h5")
    with pytest.raises(UnknownName, match="input"):
        session.run(slow, scan="scan.h5", output="x.h5", outptu=1)
    assert len(session.runs) == 0


def test_check_says_what_a_run_would_do_and_does_nothing(session, slow, scan, tmp_path, stack):
    plan = session.check(slow, scan=scan, output=tmp_path / "out.h5", memory="1MB", threads=2)
    assert [item["steps"] for item in plan["items"]] == [["slow"]]
    assert plan["budget"] == 10**6
    assert plan["disk"] == stack.size * 4
    assert plan["outputs"][0]["shape"] == list(stack.shape)
    assert plan["workflow"] == "slow"
    assert not (tmp_path / "out.h5").exists()
    assert len(session.runs) == 0
    assert list(session.objects) == []
    with pytest.raises(DaisyError, match="needs"):
        session.check(slow, scan=scan, output=tmp_path / "out.h5", memory=10)


def test_a_lone_algorithm_runs_at_once(session, scan, toys, stack):
    session.engine["LoadHDF5"].execute(inputfile_name=scan, input_path="tomo", output_dataobj="x")
    session.engine["ToyPeek"].execute(input_dataobj="x", output_dataobj="top")
    session.engine["ToyScale"].execute(
        input_dataobj="x", output_dataobj="y", factor=np.float32(2), offset=Ref("top")
    )
    np.testing.assert_array_equal(session["y"][...], toys.scale(stack, 2, toys.peek(stack)))
    assert session["x"].axes == ("angle", "row", "col") or session["x"].axes is None
    assert {run.record["workflow"] for run in session.runs.values()} == {
        "LoadHDF5", "ToyPeek", "ToyScale",
    }  # fmt: skip
    with pytest.raises(UnknownName, match="ToyScale"):
        session.engine["ToyScael"].execute()
    with pytest.raises(StepFailed, match="told to fail"):
        session.engine["ToySlow"].execute(input_dataobj="x", output_dataobj="y", fail=True)


def test_observers_hear_of_runs_and_a_broken_one_stops_nobody(service, start):
    heard = []

    def broken(event):
        raise RuntimeError("gone")

    service.runs.observers += [broken, heard.append]
    with pytest.warns(UserWarning, match="gone"):
        _wait_for_the_end(start(), heard)
    assert [e.data["state"] for e in heard if e.kind == "state"] == ["running", "done"]


def _wait_for_the_end(run, heard):
    run.wait(20)
    deadline = time.monotonic() + 5
    while heard[-1].data != {"state": "done"} and time.monotonic() < deadline:
        time.sleep(0.01)


def test_runs_of_another_process_are_seen_and_can_be_cancelled(session, start, toys, own_runs):
    other = Session(DirectTransport(Service(DataStore(), own_runs)))
    run = start(hang=True)
    assert toys.ToySlow.started.wait(10)
    assert other.runs[run.id].state == "running"
    other.runs[run.id].cancel()
    with pytest.raises(DaisyError, match="cancelled"):
        run.wait(10)


def test_a_step_that_ends_its_thread_does_not_end_the_queue(session, slow, scan, tmp_path):
    class ToyExit(Algorithm):
        along = ("row",)

        def execute(
            self, *, input_dataobj: toy_algorithms.InStack, output_dataobj: toy_algorithms.OutStack
        ) -> None:
            raise SystemExit(3)

    registry.add(ToyExit)
    slow["algorithms"]["slow"] = {"class": "ToyExit"}
    slow["inputs"] = {"scan": slow["inputs"]["scan"], "output": slow["inputs"]["output"]}
    runs = [session.run(slow, scan=scan, output=tmp_path / f"{n}.h5") for n in range(2)]
    for run in runs:
        with pytest.raises(DaisyError, match="SystemExit"):
            run.wait(20)
