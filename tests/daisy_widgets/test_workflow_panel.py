"""Panels without a browser: what they ask for, run and show, on a real session."""

import re
import threading

import h5py
import numpy as np
import pytest

from daisy_kernel.errors import ConnectionLost, DaisyError, UnknownName
from daisy_kernel.session import DirectTransport, Service, Session
from daisy_widgets import SliceViewer, panel
from daisy_widgets.apps import viewer


class Wire:
    """The transport of a session, which can be cut, and which knows who calls."""

    def __init__(self, transport):
        self._transport = transport
        self.is_cut = False
        self.threads = []

    def call(self, operation, arguments, buffers=()):
        self.threads.append((operation, threading.current_thread()))
        if self.is_cut:
            raise ConnectionLost("The kernel at 1.2.3.4 is gone: connect again.")
        return self._transport.call(operation, arguments, buffers)

    def __getattr__(self, name):
        return getattr(self._transport, name)


@pytest.fixture
def wire(tmp_path):
    return Wire(DirectTransport(Service(runs=tmp_path / "runs")))


@pytest.fixture
def session(wire):
    return Session(wire)


@pytest.fixture
def own(session, scan, tmp_path):
    """A facility's own panel, filled."""
    made = panel("tomography", session=session, expose=["scan", "output", "center"])
    made.form.fill(scan=str(scan), output=str(tmp_path / "reco.h5"), center="23.5")
    yield made
    made.jobs.wait(60)
    made.close()


def test_a_panel_asks_for_what_is_exposed_and_how_to_run(own):
    assert list(own.form.controls) == [
        "scan",
        "output",
        "center",
        "threads at once",
        "memory for arrays",
        "overwrite existing outputs",
    ]
    assert own.form.controls["center"].description == "center [pixel]"
    assert own.form.controls["scan"].description == "scan *"


def test_without_a_choice_all_inputs_are_there_and_the_required_ones_first(session):
    made = panel("tomography", session=session)
    asked = list(made.form.controls)
    declared = session.workflows["tomography"]["inputs"]
    assert asked[:2] == ["scan", "output"]
    assert set(declared) == set(asked[:-3])
    hidden = made.form.widget.children[2]
    assert (len(hidden.children), hidden.layout.display) == (len(asked) - 2, "none")
    made.form.more.value = True
    assert hidden.layout.display == ""


def test_unknown_and_missing_inputs_are_refused_with_the_list(session):
    with pytest.raises(DaisyError, match=r"no input 'centre': expose some of scan, .*, zarr\.$"):
        panel("tomography", session=session, expose=["scan", "output", "centre"])
    with pytest.raises(DaisyError, match="cannot run without output: expose that too"):
        panel("tomography", session=session, expose=["scan"])
    with pytest.raises(UnknownName, match="Did you mean 'tomography'"):
        panel("tomografy", session=session)


def test_check_says_memory_and_disk_and_runs_nothing(own, session, tmp_path):
    own.check.click()
    assert own.jobs.wait(60)
    plan = session.check(
        "tomography", scan=own.form.filled["scan"], output=str(tmp_path / "reco.h5"), center=23.5
    )
    assert own.notice.kind == "done"
    assert own.notice.text.startswith("tomography can run. Memory ")
    assert "disk 55" in own.notice.text  # 6 slices of 48 x 48 float32
    drawn = own.plan.value
    assert drawn.count("<li>") == len(plan["items"])
    assert "reco.h5 /entry/data/data: 6 × 48 × 48 float32." in drawn
    assert list(session.runs) == []
    assert not (tmp_path / "reco.h5").exists()


def test_run_gives_what_the_session_gives_and_opens_it(own, session, scan, tmp_path):
    own.start.click()
    assert own.start.disabled  # no second run by a second click
    assert own.jobs.wait(120)

    assert re.match(r"Done in [\d.]+ s\. .*center 23\.5", own.notice.text)
    assert not own.start.disabled
    assert own.progress.widget.layout.display == "none"
    assert [b.description for b in own.results.buttons.children] == ["Open reco", "Open reco.h5"]
    (shown,) = own.results.opened.children
    assert isinstance(shown, SliceViewer)
    assert (shown.title, shown.shape, shown.height) == ("reco", [6, 48, 48], 400)
    session.run("tomography", scan=scan, output=tmp_path / "same.h5", center=23.5).wait(120)
    with h5py.File(tmp_path / "reco.h5") as mine, h5py.File(tmp_path / "same.h5") as same:
        np.testing.assert_array_equal(mine["entry/data/data"], same["entry/data/data"])


def test_a_file_is_opened_by_its_button_and_takes_the_place_of_the_view_before(own):
    own.start.click()
    assert own.jobs.wait(120)
    (before,) = own.results.opened.children
    own.results.buttons.children[1].click()
    assert own.jobs.wait(60)
    (shown,) = own.results.opened.children
    assert shown is not before
    assert shown.shape == [6, 48, 48]
    assert before.comm is None


def test_nothing_is_asked_of_the_session_on_the_thread_of_the_messages(own, wire):
    own.jobs.wait(60)
    wire.threads.clear()
    own.check.click()
    own.jobs.wait(60)
    own.start.click()
    assert own.jobs.wait(120)
    asked = {operation for operation, _ in wire.threads}
    assert {"workflow.check", "run.start", "run.describe", "objects.range"} <= asked
    assert threading.current_thread() not in {thread for _, thread in wire.threads}


def test_what_is_missing_or_wrong_is_said_before_anything_is_asked(own, wire):
    own.jobs.wait(60)
    wire.threads.clear()
    own.form.fill(center="31,5")
    remark = own.form._remarks["center"].value
    assert "center is &#x27;31,5&#x27;: give a number [pixel]." in remark
    own.start.click()
    assert (own.notice.kind, own.notice.text) == (
        "error",
        "center is '31,5': give a number [pixel].",
    )
    own.form.fill(center="", output="")
    assert own.form._remarks["center"].value.startswith("detector column of the rotation axis")
    own.check.click()
    assert own.notice.text == "Still needed: output."
    assert own.jobs.wait(0)
    assert wire.threads == []


def test_an_error_of_the_kernel_is_one_sentence_and_the_panel_goes_on(own, scan, tmp_path):
    (tmp_path / "reco.h5").write_text("precious")
    own.start.click()
    assert own.jobs.wait(60)
    assert own.notice.kind == "error"
    assert "reco.h5" in own.notice.text
    assert "\n" not in own.notice.text
    assert not own.start.disabled
    own.form.fill(**{"overwrite existing outputs": True})
    own.start.click()
    assert own.jobs.wait(120)
    assert own.notice.text.startswith("Done in")


def test_a_run_is_cancelled_by_its_button(session, scan, tmp_path):
    made = panel("tomography", session=session)
    made.form.fill(scan=str(scan), output=str(tmp_path / "reco.h5"), center="23.5")
    made.form.fill(algorithm="sirt", iterations="10000")
    cancelled = threading.Event()
    update = made.progress.update

    def press(record):
        update(record)
        if record["state"] == "running" and not cancelled.is_set():
            cancelled.set()
            assert made.progress.widget.layout.display == ""
            made.progress.cancel.click()

    made.progress.update = press
    made.start.click()
    assert made.jobs.wait(120)
    assert cancelled.is_set(), made.notice.text
    assert made.notice.text.startswith("The run was cancelled")
    assert not made.start.disabled
    assert not (tmp_path / "reco.h5").exists()


def test_a_kernel_that_is_gone_is_named_and_followed_when_it_is_back(own, wire, monkeypatch):
    monkeypatch.setattr("daisy_widgets.panel_box.RETRY_S", 0.05)
    said = []
    own.notice.widget.observe(lambda change: said.append(own.notice.text), "value")
    follow = own.follow

    def cut(run):
        wire.is_cut = True
        follow(run)
        threading.Timer(0.5, lambda: setattr(wire, "is_cut", False)).start()

    own.follow = cut
    own.start.click()
    assert own.jobs.wait(120)
    assert "The kernel does not answer: The kernel at 1.2.3.4 is gone: connect again." in said
    assert own.notice.text.startswith("Done in")


def test_a_ready_viewer_finds_its_object_by_name(session, volume):
    session["volume"] = volume
    assert viewer("volume", session=session).title == "volume"
    with pytest.raises(UnknownName, match="'volumes'"):
        viewer("volumes", session=session)


def test_the_public_name_stays_the_function():
    """A module of the same name would take its place once it is imported."""
    import daisy_widgets.workflow_panel

    assert daisy_widgets.panel is panel
    assert callable(daisy_widgets.panel)
