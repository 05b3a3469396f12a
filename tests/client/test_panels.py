"""A panel works on a kernel elsewhere as on the notebook's own: it sees only the session."""

import threading
import time

import numpy as np
import pytest

from daisy_kernel.cli.demo_frames import write_stack
from daisy_kernel.cli.demo_scan import write_scan
from daisy_kernel.simulate import TomographyScan, foam
from daisy_kernel.simulate.powder import demo_stack
from daisy_widgets import CentreAssistant, RunView, SweepSheet, panel
from daisy_widgets.apps import powder

pytestmark = pytest.mark.kernel


def test_a_panel_runs_and_shows_what_a_kernel_elsewhere_has(elsewhere, quick, tmp_path):
    with elsewhere.connect() as session:
        made = panel("tomography", session=session, expose=["scan", "output", "center"])
        output = tmp_path / "reco.h5"
        made.form.fill(scan=str(quick["scan"]), output=str(output), center=str(quick["center"]))
        made.check.click()
        assert made.jobs.wait(60)
        assert made.notice.text.startswith("tomography can run. Memory ")
        made.start.click()
        assert made.jobs.wait(120)
        assert made.notice.text.startswith("Done in"), made.notice.text
        (shown,) = made.results.opened.children
        assert (shown.title, shown.shape) == ("reco", [160, 64, 64])
        plane = session["reco"][80]
        assert shown.model.value(axis=0, index=80, y=32, x=20) == plane[32, 20]
        assert np.isfinite(plane).all()

        view = RunView(session, next(iter(session.runs)))
        assert view.jobs.wait(60)
        assert view.notice.text == "✓ done"
        for panel_shown in (made, view):
            panel_shown.close()


@pytest.fixture
def said(monkeypatch):
    """`said(panel)` collects what a panel says, in order; kernels are tried again at once."""
    monkeypatch.setattr("daisy_widgets.panel_box.RETRY_S", 0.2)

    def listen(shown):
        told = []
        shown.notice.widget.observe(lambda change: told.append(shown.notice.text), "value")
        return told

    return listen


LOST = "The kernel does not answer: "


def cut(elsewhere, seconds):
    """Cut the wire for a while; what is asked meanwhile is lost after a second."""
    cutting = threading.Thread(target=elsewhere.cut, args=(seconds,))
    cutting.start()
    time.sleep(0.2)
    return cutting


def test_a_cut_connection_is_told_and_the_run_is_followed_when_it_is_back(
    elsewhere, long, said, tmp_path
):
    with elsewhere.connect() as session:
        session.transport.patience_s = 1.0
        run = session.run("tomography", output=tmp_path / "reco.h5", **long)
        view = RunView(session, run.id)
        told = said(view)
        cut(elsewhere, 4.0).join()
        assert view.jobs.wait(120)
        lost = [text for text in told if text.startswith(LOST)]
        assert len(lost) == 1, told
        assert "\n" not in lost[0]
        assert view.notice.text == "✓ done"
        view.close()


def test_what_was_asked_while_the_connection_was_cut_is_answered_when_it_is_back(
    elsewhere, quick, said, tmp_path
):
    with elsewhere.connect() as session:
        made = panel("tomography", session=session)
        assert made.jobs.wait(60)
        session.transport.patience_s = 1.0
        told = said(made)
        output = tmp_path / "reco.h5"
        made.form.fill(scan=str(quick["scan"]), output=str(output), center=str(quick["center"]))
        cutting = cut(elsewhere, 4.0)
        made.check.click()
        cutting.join()
        assert made.jobs.wait(60)
        assert any(text.startswith(LOST) for text in told), told
        assert "The kernel answers again." in told
        assert made.notice.text.startswith("tomography can run. Memory ")
        made.close()


def test_a_run_that_nobody_knows_to_have_started_is_not_started_twice(
    elsewhere, quick, said, tmp_path
):
    with elsewhere.connect() as session:
        before = set(session.runs)
        made = panel("tomography", session=session)
        assert made.jobs.wait(60)
        session.transport.patience_s = 1.0
        output = tmp_path / "reco.h5"
        made.form.fill(scan=str(quick["scan"]), output=str(output), center=str(quick["center"]))
        told = said(made)
        cutting = cut(elsewhere, 4.0)
        made.start.click()
        cutting.join()
        assert made.jobs.wait(60)
        assert any(text.startswith(LOST) for text in told), told
        assert made.notice.text == "The kernel answers again."
        assert not made.start.disabled
        assert len(set(session.runs) - before) <= 1
        made.close()


def test_a_killed_kernel_is_told_and_its_run_is_resumed_from_the_panel(
    elsewhere, long, expected, said, tmp_path
):
    with elsewhere.connect() as session:
        run = session.run("tomography", output=tmp_path / "reco.h5", **long)
        view = RunView(session, run.id)
        while run.record["progress"]["item"] < 2 or run.record["progress"]["done"] < 2:
            assert run.state in ("queued", "running")
        elsewhere.restart_after_a_kill()
        assert view.jobs.wait(60)
        assert "interrupted" in view.notice.text
        view.close()

        made = panel("tomography", session=session)
        assert made.jobs.wait(60)
        assert made.offer.button.description == "Resume it"
        made.offer.button.click()
        assert made.jobs.wait(120)
        assert made.notice.text.startswith("Done in"), made.notice.text
        assert any("finished blocks were reused" in line for line in run.log)
        np.testing.assert_array_equal(session["reco"][100], expected[100])
        made.close()


def test_a_centre_is_found_on_a_kernel_elsewhere(elsewhere, tmp_path):
    scan = TomographyScan(foam(3, 40, half_height=1.0), n_angle=181, n_row=4, n_col=96, centre=45.2)
    write_scan(scan, tmp_path / "scan.h5")
    with elsewhere.connect() as session:
        assistant = CentreAssistant(session, scan=tmp_path / "scan.h5", rows=[1, 2])
        assistant.search()
        assert assistant.jobs.wait(120)
        assert assistant.model.column == pytest.approx(45.2, abs=0.15)
        viewer = assistant.live.viewer
        assistant.nudge(0.5)
        assert assistant.jobs.wait(60)
        name = assistant._search._own("slice")
        assert viewer.model.value(axis=0, index=0, y=32, x=20) == session[name][0, 32, 20]
        assert len(assistant.strip.grid._pictures) == 7
        assistant.close()
        assert assistant.leaving.wait(60)
        assert not [o for o in session.objects if o.startswith("centre ")]


def test_a_contact_sheet_is_made_on_a_kernel_elsewhere(elsewhere, quick, tmp_path):
    with elsewhere.connect() as session:
        sheet = SweepSheet(session, inputs={"scan": str(quick["scan"])})
        sheet.output.value = str(tmp_path / "sheet.h5")
        center = quick["center"]
        sheet.vary({"center": f"{center - 2}, {center}, {center + 2}", "filter": "ramp, hann"})
        sheet.make()
        assert sheet.jobs.wait(120)
        assert sheet.view.sheet is not None, sheet.notice.text
        assert len(sheet.view.grid._pictures) == 6
        sheet.view.grid.selected = 4
        sheet.view.adopt.click()
        assert sheet.adopted == {"center": center, "filter": "hann"}
        sheet.close()
        assert sheet.leaving.wait(60)
        assert not [o for o in session.objects if o.startswith("sheet ")]


@pytest.mark.filterwarnings("ignore:Passing unrecognized arguments:DeprecationWarning")
def test_frames_that_were_asked_for_while_the_connection_was_cut_are_opened_and_integrated(
    elsewhere, said, tmp_path
):
    scan, poni = tmp_path / "heat_master.h5", tmp_path / "heat.poni"
    write_stack(demo_stack(n_frame=8, n=130), scan, poni)
    with elsewhere.connect() as session:
        made = powder(session=session)
        assert made.jobs.wait(60)
        session.transport.patience_s = 1.0
        told = said(made)
        cutting = cut(elsewhere, 4.0)
        made.load(str(scan), str(poni), calibrant="CeO2")
        cutting.join()
        assert made.jobs.wait(60)
        assert any(text.startswith(LOST) for text in told), told
        assert "rings" in made.facts.value, told
        cutting = cut(elsewhere, 4.0)
        made.calibration.rings.click()
        cutting.join()
        assert made.jobs.wait(60)
        assert made.notice.text == "The kernel answers again."

        session.transport.patience_s = 30.0
        made.integration.form.fill(output=str(tmp_path / "heat.h5"), bins="300")
        made.integration.start.click()
        assert made.jobs.wait(120)
        assert made.notice.text.startswith("Integrating: done"), made.notice.text
        assert made.patterns._series.n_known == 8
        made.close()
