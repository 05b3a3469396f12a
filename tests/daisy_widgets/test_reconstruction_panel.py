"""The reconstruction panel without a browser: from a scan to its volume and to what repeats it."""

import hashlib
import json
import subprocess
import sys
import threading

import h5py
import pytest

from daisy_kernel.cli.demo_scan import write_scan
from daisy_kernel.errors import InvalidParameter, UnknownName
from daisy_kernel.session import DirectTransport, Service, Session
from daisy_kernel.simulate import TomographyScan, foam
from daisy_widgets import ReconstructionPanel
from daisy_widgets.apps import tomography
from daisy_widgets.centre_model import Centre
from daisy_widgets.reconstruction_panel import CENTRE, SCAN, STEPS, VOLUME

PATIENCE_S = 90


class Overheard:
    """The transport of a session, which knows who calls what."""

    def __init__(self, transport):
        self._transport = transport
        self.calls = []

    def call(self, operation, arguments, buffers=()):
        self.calls.append((operation, arguments, threading.current_thread()))
        return self._transport.call(operation, arguments, buffers)

    def __getattr__(self, name):
        return getattr(self._transport, name)


@pytest.fixture(scope="module")
def scan(tmp_path_factory):
    """A scan whose centre is found with confidence."""
    made = TomographyScan(foam(3, 40, half_height=0.6), n_angle=121, n_row=8, n_col=96, centre=49.3)
    path = tmp_path_factory.mktemp("scan") / "scan.h5"
    write_scan(made, path)
    return path


@pytest.fixture
def wire(tmp_path):
    return Overheard(DirectTransport(Service(runs=tmp_path / "runs")))


@pytest.fixture
def own(wire, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = ReconstructionPanel(Session(wire), folder=str(tmp_path))
    yield made
    rest(made)
    made.close()


def rest(panel):
    """Wait until nothing is left to do."""
    for _ in range(3):
        for part in (
            panel,
            panel.opener,
            panel.assistant,
            panel.preview,
            panel.sheet,
            panel.volume,
        ):
            assert part.jobs.wait(PATIENCE_S)


def opened(panel, scan):
    panel.opener.open_file(str(scan))
    rest(panel)
    panel.next.click()
    rest(panel)
    return panel


def digest(path):
    with h5py.File(path) as file:
        return hashlib.sha256(file["entry/data/data"][()].tobytes()).hexdigest()


def preview_calls(wire):
    return [arguments for operation, arguments, _ in wire.calls if operation == "workflow.preview"]


def test_the_centre_of_an_opened_scan_is_searched_as_soon_as_its_stage_is(own, scan):
    assert own.stages.current == SCAN
    opened(own, scan)
    assert own.stages.current == CENTRE
    assert own.state.inputs == {"scan": str(scan), "output": "scan_reco.h5"}
    assert abs(own.assistant.model.column - 49.3) < 0.5


def test_the_volume_is_given_again_bit_for_bit_by_workflow_and_script(own, scan, tmp_path):
    opened(own, scan)
    own.assistant.accept.click()
    rest(own)
    assert own.stages.current == STEPS
    own.preview.model.choose("stripes")
    own.preview._show_step()
    own.preview._forms["stripes"].fill(stripes="5")
    rest(own)
    own.next.click()
    own.volume.start.click()
    rest(own)
    assert own.volume.notice.kind == "done", own.volume.notice.text
    volume = tmp_path / "scan_reco.h5"
    wanted = digest(volume)
    own.volume.export_document.click()
    rest(own)
    own.volume.export_script.click()
    rest(own)
    assert own.volume.notice.text == f"Written: {tmp_path / 'scan_reco.py'}"

    document = json.loads((tmp_path / "scan_reco.daisy.json").read_text())
    assert document["inputs"]["center"]["default"] == own.state.inputs["center"]
    assert document["inputs"]["stripes"]["default"] == 5
    assert "accepted" in document["help"]
    again = [sys.executable, "-m", "daisy_kernel.cli", "run", "scan_reco.daisy.json"]
    subprocess.run([*again, "--output", "again.h5"], cwd=tmp_path, check=True)
    assert digest(tmp_path / "again.h5") == wanted

    volume.rename(tmp_path / "aside.h5")
    subprocess.run([sys.executable, "scan_reco.py"], cwd=tmp_path, check=True)
    assert digest(volume) == wanted


def test_a_centre_that_a_run_has_found_is_a_constant_of_what_is_exported(own, scan, tmp_path):
    opened(own, scan)
    own.stages.open(VOLUME)
    own.volume.start.click()
    rest(own)
    assert own.volume.notice.kind == "done", own.volume.notice.text
    own.volume.export_script.click()
    rest(own)
    found = own.volume.run.record["values"]["center"]
    assert f"CENTER = {found!r}  # pixel" in (tmp_path / "scan_reco.py").read_text()


def test_only_what_a_change_touches_is_computed_again(own, scan, wire):
    opened(own, scan)
    own.assistant.accept.click()
    rest(own)
    shown = {step.name: step for step in own.preview.model.steps}
    assert list(shown) == ["load", "line_integrals", "stripes", "reconstruct", "mask", "convert"]
    assert [s.name for s in shown.values() if s.is_idle] == ["stripes", "mask", "convert"]
    assert own.preview.chosen == "reconstruct"
    own.preview._forms["reconstruct"].fill(filter="hann")
    rest(own)
    seconds = {step.name: step.seconds for step in own.preview.model.steps}
    assert [name for name, took in seconds.items() if took > 0] == ["reconstruct"]
    assert preview_calls(wire)[-1]["inputs"]["filter"] == "hann"
    assert own.state.remarks[-1] == "Filter set to hann."


def test_a_step_is_switched_on_and_off_and_comes_back_as_it_was(own, scan):
    opened(own, scan)
    own.assistant.accept.click()
    rest(own)
    own.preview.steps.value = "mask"
    rest(own)
    assert own.preview.is_used.value is False
    own.preview.is_used.value = True
    rest(own)
    assert own.state.inputs["mask"] == 0.95
    own.preview._forms["mask"].fill(mask="0.5")
    rest(own)
    own.preview.is_used.value = False
    rest(own)
    assert "mask" not in own.state.inputs
    own.preview.is_used.value = True
    rest(own)
    assert own.state.inputs["mask"] == 0.5


def test_a_decision_is_taken_back(own, scan):
    opened(own, scan)
    own.assistant.accept.click()
    rest(own)
    own.preview._forms["reconstruct"].fill(filter="hann")
    rest(own)
    own.undo.click()
    rest(own)
    assert "filter" not in own.state.inputs
    assert own.preview._forms["reconstruct"].controls["filter"].value == "shepp"
    own.undo.click()
    rest(own)
    assert "center" not in own.state.inputs


@pytest.fixture
def other_scan(tmp_path):
    """One whose centre is another."""
    made = TomographyScan(foam(3, 40, half_height=0.6), n_angle=121, n_row=8, n_col=96, centre=45.1)
    write_scan(made, tmp_path / "other.h5")
    return tmp_path / "other.h5"


def test_after_undo_the_centre_of_the_scan_that_holds_is_searched(own, scan, other_scan):
    opened(own, scan)
    own.assistant.centre = Centre(49.4)
    rest(own)
    own.stages.open(SCAN)
    own.opener.open_file(str(other_scan))
    rest(own)
    own.stages.open(CENTRE)
    rest(own)
    assert abs(own.assistant.model.column - 45.1) < 0.5
    own.undo.click()
    rest(own)
    assert own.state.scan == str(scan)
    assert abs(own.assistant.model.column - 49.3) < 0.5


def test_a_scan_that_was_taken_back_can_be_chosen_again(own, scan):
    opened(own, scan)
    own.undo.click()
    rest(own)
    assert own.stages.current == SCAN
    assert own.next.disabled
    own.opener.open_file(str(scan))
    rest(own)
    assert own.state.scan == str(scan)
    assert not own.next.disabled


def test_a_combination_is_adopted_from_the_sheet(own, scan):
    opened(own, scan)
    own.sheet.adopted = {"filter": "cosine", "center": 49.25}
    rest(own)
    assert own.stages.current == STEPS
    assert own.state.inputs["filter"] == "cosine"
    assert own.state.remarks[-1] == "Adopted from a contact sheet: filter cosine, center 49.25."


def test_another_panel_takes_the_last_run_up(own, scan, wire, tmp_path):
    opened(own, scan)
    own.assistant.centre = Centre(49.4)
    rest(own)
    own.volume.start.click()
    rest(own)
    other = ReconstructionPanel(Session(wire))
    rest(other)
    other.take_up.click()
    rest(other)
    assert other.stages.current == VOLUME
    assert other.state.inputs["center"] == 49.4
    assert other.volume.notice.text.startswith("Done in")
    other.volume.form.fill(**{"overwrite existing outputs": True})
    before = digest(tmp_path / "scan_reco.h5")
    other.volume.start.click()
    rest(other)
    assert digest(tmp_path / "scan_reco.h5") == before
    other.close()


def test_a_contact_sheet_is_not_taken_for_the_last_run(own, scan, wire, tmp_path):
    opened(own, scan)
    own.volume.start.click()
    rest(own)
    session = Session(wire)
    session.sweep(
        "tomography", sweep={"center": [49, 50]}, slices="3", scan=scan, output="sheet.h5"
    ).wait(PATIENCE_S)
    assert session.runs.summaries()[0]["is_sweep"]
    assert [run["is_sweep"] for run in session.runs.summaries("tomography")] == [False]
    other = ReconstructionPanel(session)
    rest(other)
    other.take_up.click()
    rest(other)
    assert other.state.inputs["output"].endswith("scan_reco.h5")
    other.close()


def test_whatever_was_started_last_resume_can_be_pressed_once_it_has_ended(own, scan):
    opened(own, scan)
    work = threading.Event()
    for button in own.volume.starters:
        own.volume.start_run(lambda: work.wait(PATIENCE_S) and own.session.runs.current())
        assert button.disabled
    work.set()
    rest(own)
    assert [button.disabled for button in own.volume.starters] == [False, False]


def test_what_goes_wrong_is_said_in_the_panel(own, scan, tmp_path):
    opened(own, scan)
    (tmp_path / "scan_reco.h5").write_text("something else")
    own.volume.start.click()
    rest(own)
    assert own.volume.notice.kind == "error"
    assert "scan_reco.h5" in own.volume.notice.text
    assert not own.volume.start.disabled
    own.decide(own.state.history[0].__class__("parameter", "Wrong.", {"center": 1e6}))
    own.stages.open(STEPS)
    rest(own)
    assert own.preview.notice.kind == "error"
    assert "1e+06" in own.preview.notice.text


def test_nothing_is_asked_of_the_session_on_the_thread_of_the_messages(own, scan, wire):
    here = threading.current_thread()
    wire.calls.clear()
    opened(own, scan)
    own.assistant.accept.click()
    rest(own)
    own.preview.steps.value = "line_integrals"
    own.preview.slice.value = 0
    own.stages.open("Compare")
    assert own.next.description == "Next: volume"
    own.next.click()
    own.volume.check.click()
    rest(own)
    own.volume.start.click()
    rest(own)
    own.volume.export_script.click()
    own.take_up.click()
    rest(own)
    asked = {operation for operation, _, thread in wire.calls if thread is here}
    assert asked == set()
    assert {"workflow.preview", "workflow.check", "run.start", "workflow.export"} <= {
        operation for operation, *_ in wire.calls
    }


def test_the_ready_made_tomography_is_this_panel(wire):
    made = tomography(session=Session(wire))
    assert isinstance(made, ReconstructionPanel)
    made.close()


def test_a_workflow_without_scan_or_output_is_refused(wire):
    with pytest.raises(InvalidParameter, match="scan and output"):
        ReconstructionPanel(Session(wire), workflow="center")
    with pytest.raises(UnknownName):
        ReconstructionPanel(Session(wire), workflow="nothing")
