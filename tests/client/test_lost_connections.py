"""Cables that are pulled and kernels that are killed: nothing is missed, nothing done twice."""

import threading
import time

import h5py
import numpy as np
import pytest

from daisy_kernel.errors import ConnectionLost, DaisyError

pytestmark = pytest.mark.kernel


class Listener(threading.Thread):
    """Collects the events of a session as they come."""

    def __init__(self, session):
        super().__init__(daemon=True)
        self.told, self.problem = [], None
        since = session.transport.call("kernel.describe", {})[0]["next"]
        self._events = session.events(since)
        self.start()

    def run(self):
        try:
            for event in self._events:
                self.told.append(event)
        except ConnectionLost as error:  # the session was closed
            self.problem = error

    def until(self, run, state, seconds=60):
        """All events once the run has got into this state."""
        deadline = time.monotonic() + seconds
        while not any(e["run"] == run and e["data"].get("state") == state for e in self.told):
            assert self.problem is None, self.problem
            assert time.monotonic() < deadline, self.told
            time.sleep(0.02)
        return list(self.told)


def test_no_event_is_missed_when_the_connection_breaks_in_the_middle_of_a_run(
    elsewhere, long, expected, tmp_path
):
    with elsewhere.connect() as session:
        listener = Listener(session)
        identity = session.transport.identity
        run = session.run("tomography", output=tmp_path / "reco.h5", **long)
        for seconds in (0.0, 0.3, 1.0, 0.0):
            time.sleep(0.3)
            elsewhere.cut(seconds)
        told = listener.until(run.id, "done")
        assert session.transport.identity == identity
        numbers = [e["kernel_n"] for e in told]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        ours = [{k: v for k, v in e.items() if k != "kernel_n"} for e in told if e["run"] == run.id]
        assert ours == run.events()
    with h5py.File(tmp_path / "reco.h5") as file:
        np.testing.assert_array_equal(file["entry/data/data"][()], expected)


def test_an_array_arrives_although_the_connection_breaks_again_and_again(elsewhere):
    values = np.random.default_rng(2).random(4_000_000)
    with elsewhere.connect() as session:
        stop = threading.Event()

        def keep_cutting():
            while not stop.wait(0.2):
                elsewhere.cut()

        cutting = threading.Thread(target=keep_cutting)
        cutting.start()
        try:
            session["values"] = values
            np.testing.assert_array_equal(session["values"][...], values)
        finally:
            stop.set()
            cutting.join()


@pytest.mark.parametrize("attempt", range(5))
def test_a_run_that_is_asked_for_while_the_connection_breaks_is_started_once(
    elsewhere, quick, tmp_path, attempt
):
    with elsewhere.connect() as session:
        before = set(session.runs)
        cut = threading.Timer(0.002 * attempt, elsewhere.cut)
        cut.start()
        run = session.run("tomography", output=tmp_path / "reco.h5", **quick)
        cut.join()
        run.wait(60)
        assert set(session.runs) - before == {run.id}


def test_who_waits_is_told_when_the_connection_stays_lost(elsewhere):
    with elsewhere.connect() as session:
        session.transport.patience_s = 1.0
        cutting = threading.Thread(target=elsewhere.cut, args=(6.0,))
        cutting.start()
        time.sleep(0.2)
        began = time.monotonic()
        with pytest.raises(ConnectionLost, match="has not answered for 1 s"):
            session.transport.call("objects.list", {})
        assert time.monotonic() - began < 5
        cutting.join()
        session.transport.patience_s = 30.0
        assert session.transport.call("objects.list", {})[0]


def test_a_killed_kernel_leaves_an_interrupted_run_that_resumes_to_the_same_bits(
    elsewhere, long, expected, tmp_path
):
    output = tmp_path / "reco.h5"
    with elsewhere.connect() as session:
        run = session.run("tomography", output=output, **long)
        while run.record["progress"]["item"] < 2 or run.record["progress"]["done"] < 2:
            assert run.state in ("queued", "running")
        elsewhere.restart_after_a_kill()
        with pytest.raises(DaisyError, match="interrupted"):
            run.wait(60)
        assert run.state == "interrupted"
        assert not output.exists()
        run.resume().wait(60)
        assert any("finished blocks were reused" in line for line in run.log)
        assert [event["n"] for event in run.events()] == list(range(len(run.events())))
        assert session["reco"].shape == expected.shape
        np.testing.assert_array_equal(session["reco"][100], expected[100])
    with h5py.File(output) as file:
        np.testing.assert_array_equal(file["entry/data/data"][()], expected)


def test_events_go_on_after_a_kernel_was_killed(elsewhere):
    with elsewhere.connect() as session:
        listener = Listener(session)
        elsewhere.restart_after_a_kill()
        session["after"] = [1.0]
        deadline = time.monotonic() + 30
        while not any(e["data"].get("name") == "after" for e in listener.told):
            assert listener.problem is None
            assert time.monotonic() < deadline, listener.told
            time.sleep(0.05)
