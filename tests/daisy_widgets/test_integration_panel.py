"""The integration panel without a browser: every step on a real session."""

import shutil
import threading
import time
from pathlib import Path

import fabio
import h5py
import numpy as np
import pytest

from daisy_kernel.algorithms.fai_prepared import PowderIntegration
from daisy_kernel.cli.demo_frames import write_stack
from daisy_kernel.session import DirectTransport, Service, Session
from daisy_kernel.simulate.powder import demo_stack
from daisy_widgets.apps import powder
from daisy_widgets.frame_view import Drawn

pytestmark = pytest.mark.filterwarnings("ignore:Passing unrecognized arguments:DeprecationWarning")
N_FRAME = 64


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    """A small simulated series: master and PONI file."""
    folder = tmp_path_factory.mktemp("stack")
    write_stack(demo_stack(n_frame=N_FRAME, n=130), folder / "heat_master.h5", folder / "heat.poni")
    return folder / "heat_master.h5", folder / "heat.poni"


@pytest.fixture
def session(tmp_path):
    return Session(DirectTransport(Service(runs=tmp_path / "runs")))


@pytest.fixture
def panel(session):
    made = powder(session=session)
    yield made
    made.jobs.wait(60)
    made.close()


@pytest.fixture
def heated(panel, stack):
    """The panel with the series opened."""
    panel.load(*map(str, stack), calibrant="CeO2")
    assert panel.jobs.wait(60)
    assert panel.notice.text == ""
    return panel


@pytest.fixture
def ceria(panel, real_data, tmp_path):
    """The panel with a real frame of CeO2, and a copy of its PONI file."""
    poni = tmp_path / "ceria.poni"
    shutil.copy(real_data("diffraction/CeO2_Pilatus1M.poni"), poni)
    scan = str(real_data("diffraction/CeO2_Pilatus1M.tif"))
    panel.load(scan, str(poni), flip="ud", calibrant="CeO2")
    assert panel.jobs.wait(60)
    assert panel.notice.text == ""
    return panel


def pressed(panel, button):
    """Press a button and wait; what the panel says then."""
    button.click()
    assert panel.jobs.wait(120)
    assert panel.notice.kind == "done", panel.notice.text
    return panel.notice.text


def test_opened_frames_show_the_rings_and_the_beam_of_their_geometry(ceria):
    assert "Distance 208.69 mm" in ceria.facts.value
    assert "17 rings" in ceria.facts.value
    seen = ceria.experiment.seen
    assert {ring for ring, _ in seen.rings} == set(range(17))
    assert ceria.experiment.shape == (1, 1043, 981)


def test_a_mask_is_drawn_counted_undone_and_saved(ceria, session, tmp_path, real_data):
    mask = ceria.mask
    mask._drawn(Drawn("rectangle", ((100.0, 200.0), (160.0, 320.0))))
    mask._drawn(Drawn("polygon", ((700.31, 100.17), (900.53, 150.29), (800.07, 300.41))))
    mask.erases.value = True
    mask._drawn(Drawn("circle", ((130.0, 260.0),), radius=20.0))
    mask.erases.value = False
    mask.limits.fill(above="4000")
    mask.threshold.click()
    mask.undo.click()
    mask.redo.click()
    assert ceria.jobs.wait(60)
    image = fabio.open(str(real_data("diffraction/CeO2_Pilatus1M.tif"))).data
    rows, columns = np.indices(image.shape)
    expected = (rows >= 100) & (rows <= 160) & (columns >= 200) & (columns <= 320)
    # Inside a triangle: on the same side of its three edges.
    a, b, c = (700.31, 100.17), (900.53, 150.29), (800.07, 300.41)
    sides = [
        (columns - p[1]) * (q[0] - p[0]) - (rows - p[0]) * (q[1] - p[1])
        for p, q in ((a, b), (b, c), (c, a))
    ]
    expected |= np.all(np.array(sides) > 0, axis=0) | np.all(np.array(sides) < 0, axis=0)
    expected &= (rows - 130) ** 2 + (columns - 260) ** 2 > 400
    expected |= (image > 4000) | (image < 0)
    found = session[ceria.desk.calls.own("mask")][...] == 1
    np.testing.assert_array_equal(found, expected)
    assert f"{np.count_nonzero(found)} of {found.size} pixels" in mask.count.value
    mask.output.fill(**{"mask file": str(tmp_path / "mask.edf")})
    assert f"leaves out {np.count_nonzero(found)} pixels" in pressed(ceria, mask.save)
    np.testing.assert_array_equal(fabio.open(str(tmp_path / "mask.edf")).data, found)
    assert ceria.form.filled["mask"] == str(tmp_path / "mask.edf")
    mask.clear.click()
    assert pressed(ceria, mask.save)  # one's own file may be saved again
    assert np.count_nonzero(fabio.open(str(tmp_path / "mask.edf")).data) < np.count_nonzero(found)


def test_pixels_beyond_the_limits_are_tinted_before_they_are_accepted(ceria, real_data):
    image = fabio.open(str(real_data("diffraction/CeO2_Pilatus1M.tif"))).data
    ceria.mask.limits.fill(above="40000")
    assert ceria.jobs.wait(60)
    wanted = image > 40_000
    assert ceria.mask.limited.value == f"{np.count_nonzero(wanted)} pixels of frame 0"
    tinted = np.zeros(image.shape, bool)
    for shape in ceria.view._viewer.overlay:
        if shape.get("style") == "tint":
            (top, left), (bottom, right) = np.add(shape["points"], 0.5).astype(int)
            tinted[top:bottom, left:right] = True
    np.testing.assert_array_equal(tinted, wanted)
    assert ceria.mask.model.shapes == ()
    ceria.mask.limits.fill(above="")
    assert ceria.jobs.wait(60)
    assert ceria.mask.limited.value == ""
    assert not [s for s in ceria.view._viewer.overlay if s.get("style") == "tint"]


def test_gaps_do_not_darken_the_frame(heated):
    low, high = heated.view._viewer.window
    assert 0 <= low < high < 2000


def test_a_file_of_somebody_else_is_not_replaced_by_a_mask(ceria, tmp_path):
    (tmp_path / "mine.edf").write_text("precious")
    ceria.mask.output.fill(**{"mask file": str(tmp_path / "mine.edf")})
    ceria.mask.save.click()
    assert ceria.jobs.wait(60)
    assert ceria.notice.kind == "error"
    assert "mine.edf" in ceria.notice.text
    assert (tmp_path / "mine.edf").read_text() == "precious"


def test_what_cannot_be_drawn_is_said(ceria):
    ceria.mask.threshold.click()
    assert "fill below or above" in ceria.notice.text
    ceria.mask._drawn(Drawn("circle", ((1.0, 2.0),)))
    assert "drag it open" in ceria.notice.text
    assert ceria.mask.model.shapes == ()


def test_a_circle_along_a_ring_gives_centre_and_distance_to_refine_from(ceria, tmp_path):
    """From nothing but wavelength and pixel size to the geometry that came with the frame."""
    calibration, place = ceria.calibration, ceria.experiment.seen.place
    angle = np.radians(ceria.experiment.seen.angles_deg[2])
    calibration.form.fill(distance="150", center_x="300", center_y="300")
    radius = place.distance_mm * np.tan(angle) / 0.172
    calibration.ring.value = "3"
    calibration._drawn(Drawn("circle", ((place.beam_row + 5, place.beam_col - 6),), radius=radius))
    assert ceria.jobs.wait(60)
    filled = calibration.form.filled
    assert float(filled["center_x"]) == pytest.approx(place.center_x - 6, abs=0.02)
    assert float(filled["center_y"]) == pytest.approx(place.center_y - 5, abs=0.02)
    assert float(filled["distance"]) == pytest.approx(place.distance_mm, rel=0.002)
    calibration.form.fill(output=str(tmp_path / "refined.poni"))
    said = pressed(ceria, calibration.refine)
    refined = ceria.experiment.seen.place
    assert refined.distance_mm == pytest.approx(place.distance_mm, abs=0.1)
    assert refined.center_y == pytest.approx(place.center_y, abs=0.1)
    # As pyFAI's own refinement does (see tests/algorithms/test_calibrate_geometry.py).
    assert refined.center_x == pytest.approx(place.center_x + 0.135, abs=0.05)
    assert "Residual 0.00" in calibration.result.value
    assert "is saved" in said
    assert ceria.form.filled["geometry"] == str(tmp_path / "refined.poni")


def test_lines_of_ceria_lie_on_its_rings_in_every_unit(ceria, tmp_path):
    patterns = ceria.patterns
    ceria.integration.form.fill(
        output=str(tmp_path / "patterns.h5"), bins="1500", polarization="0.99"
    )
    pressed(ceria, ceria.integration.start)
    patterns.n_peak.value = "12"
    assert "12 lines were found" in pressed(ceria, patterns.find)
    table = patterns._table.of(0)
    assert len(table) == 12
    assert np.sqrt(np.mean([peak.off_deg**2 for peak in table])) < 0.0035
    assert patterns.peaks.value.count("<tr>") == 13
    labels = dict(patterns.unit.options)
    assert list(labels.values()) == ["2th_deg", "q_A^-1", "d_A", "r_mm"]
    for label, unit in labels.items():
        patterns.unit.value = unit
        assert ceria.jobs.wait(60)
        series, single = patterns.plot.figure.axes
        assert series.get_xlabel() == single.get_xlabel() == label
        marks = next(line for line in single.lines if line.get_marker() == "v").get_xdata()
        values = {
            "2th_deg": [peak.two_theta_deg for peak in table],
            "q_A^-1": [peak.q for peak in table],
            "d_A": [peak.d for peak in table],
            "r_mm": [208.686 * np.tan(np.radians(peak.two_theta_deg)) for peak in table],
        }[unit]
        np.testing.assert_allclose(marks, values, rtol=2e-5)
        # The marks stand on the maxima of what is drawn.
        (curve,) = (line for line in single.lines if len(line.get_xdata()) == 1500)
        for at in marks:
            near = np.argsort(np.abs(curve.get_xdata() - at))[:7]
            highest = curve.get_xdata()[near[np.argmax(curve.get_ydata()[near])]]
            step = np.abs(np.diff(np.sort(curve.get_xdata()[near]))).max()
            assert abs(highest - at) <= 2 * step
    patterns.peak_file.value = str(tmp_path / "lines.dat")
    assert "has 12 rows" in pressed(ceria, patterns.save)
    saved = np.loadtxt(tmp_path / "lines.dat")
    np.testing.assert_allclose(saved[:, 1], [peak.two_theta_deg for peak in table], rtol=1e-9)


def test_patterns_appear_while_the_run_goes_on(heated, session, tmp_path, monkeypatch):
    shown, integrate = [], PowderIntegration._integrated

    def slowly(self, *args, **params):
        time.sleep(0.7)
        return integrate(self, *args, **params)

    monkeypatch.setattr(PowderIntegration, "_integrated", slowly)
    show = heated.patterns.show

    def record(series, *, is_complete):
        shown.append((series.n_known, is_complete, series.values))
        show(series, is_complete=is_complete)

    heated.patterns.show = record
    output = tmp_path / "patterns.h5"
    heated.integration.form.fill(output=str(output), bins="300", unit="q_A^-1")
    heated.integration.form.fill(**{"threads at once": "1", "memory for arrays": "20MB"})
    pressed(heated, heated.integration.start)
    counts = [n for n, is_complete, _ in shown if not is_complete]
    assert counts == sorted(counts)
    assert counts
    assert 0 < counts[0] < N_FRAME
    assert shown[-1][:2] == (N_FRAME, True)
    with h5py.File(output) as file:
        truth = file["entry/data/I"][...]
    for _, _, values in shown:  # what was there early was there for good
        known = np.isfinite(values).any(axis=1)
        np.testing.assert_array_equal(values[known], truth[known])
    assert heated.desk.calls.own("unfinished") not in session.objects


def test_frame_map_and_viewer_are_linked(heated, tmp_path):
    heated.integration.form.fill(output=str(tmp_path / "patterns.h5"), bins="300")
    pressed(heated, heated.integration.start)
    patterns, experiment = heated.patterns, heated.experiment
    patterns._clicked(17, 12.5)
    assert heated.jobs.wait(60)
    assert experiment.frame == heated.view.index == patterns.frame.value == 17
    assert patterns.plot.figure.axes[1].get_title() == "frame 17"
    assert "2θ (degree) 12.5" in patterns.position.value
    # The ring at that position is drawn on the frame, where pyFAI sees this angle.
    ((_, ring), *_) = heated.view._marked
    place = experiment.seen.place
    radius = 0.06 * np.tan(np.radians(12.5)) / (75e-6 * 514 / 130)
    distances = np.hypot(ring[:, 0] - place.beam_row, ring[:, 1] - place.beam_col)
    np.testing.assert_allclose(distances, radius, rtol=1e-6)
    heated.view._viewer.index = 40
    assert heated.jobs.wait(60)
    assert patterns.plot.figure.axes[1].get_title() == "frame 40"
    patterns.style.value = "Waterfall"
    assert heated.jobs.wait(60)
    series = patterns.plot.figure.axes[0]
    assert sum(len(line.get_xdata()) == 300 for line in series.lines) == 32  # every second one
    patterns._choose(999)
    assert experiment.frame == N_FRAME - 1


def test_the_mask_that_was_saved_is_integrated_without(heated, session, tmp_path):
    form = heated.integration.form
    form.fill(output=str(tmp_path / "all.h5"), bins="300")
    pressed(heated, heated.integration.start)
    whole = session["patterns"][...]
    heated.mask._drawn(Drawn("rectangle", ((-1.0, -1.0), (64.0, 200.0))))  # the upper half
    heated.mask.output.fill(**{"mask file": str(tmp_path / "half.npy")})
    pressed(heated, heated.mask.save)
    form.fill(output=str(tmp_path / "half.h5"))
    pressed(heated, heated.integration.start)
    half = session["patterns"][...]
    run = session.run(
        "powder", scan=heated.experiment.scan, geometry=heated.experiment.geometry,
        mask=tmp_path / "half.npy", output=tmp_path / "same.h5", bins=300,
    ).wait(60)  # fmt: skip
    assert run.record["inputs"]["mask"] == str(tmp_path / "half.npy")
    with h5py.File(tmp_path / "same.h5") as file:
        np.testing.assert_array_equal(half, file["entry/data/I"])
    assert not np.allclose(np.nan_to_num(half), np.nan_to_num(whole))


def test_what_is_missing_is_said_before_anything_runs(panel, session):
    panel.integration.form.fill(output="x.h5")
    panel.integration.start.click()
    assert "Open frames with a geometry first" in panel.notice.text
    panel.calibration.refine.click()
    assert "Open frames first" in panel.notice.text
    panel.mask.save.click()
    assert "Still needed: mask file" in panel.notice.text
    panel.open_button.click()
    assert panel.notice.text == "Still needed: scan."
    panel.load("nowhere.h5")
    assert panel.jobs.wait(60)
    assert (panel.notice.kind, "nowhere.h5" in panel.notice.text) == ("error", True)
    assert all(session.runs[run].state == "failed" for run in session.runs)


def test_a_run_that_nobody_watches_is_taken_up_with_its_frames_by_a_new_panel(
    session, stack, tmp_path, monkeypatch
):
    integrate = PowderIntegration._integrated
    may_go_on = threading.Event()

    def slowly(self, *args, **params):
        may_go_on.wait(60)
        return integrate(self, *args, **params)

    monkeypatch.setattr(PowderIntegration, "_integrated", slowly)
    scan, poni = map(str, stack)
    run = session.run("powder", scan=scan, geometry=poni, output=tmp_path / "p.h5", bins=300)
    made = powder(session=session)
    assert made.jobs.wait(60)
    assert made.offer.text.startswith("powder is ")
    made.offer.button.click()
    assert made.integration.start.disabled
    may_go_on.set()
    assert made.jobs.wait(120)
    assert made.run.id == run.id
    assert made.notice.text.startswith("Integrating: done"), made.notice.text
    assert (made.form.filled["scan"], made.form.filled["geometry"]) == (scan, poni)
    assert made.experiment.shape == (N_FRAME, 130, 130)
    assert made.step.value == "Integrate"
    assert made.patterns._series.n_known == N_FRAME
    assert not made.integration.start.disabled
    assert len(session.runs.summaries("powder")) == 1
    made.close()


def test_a_geometry_that_was_opened_is_not_replaced_by_a_refined_one(ceria, tmp_path):
    opened = ceria.experiment.geometry
    before = Path(opened).read_text()
    place = ceria.experiment.seen.place
    ceria.calibration.form.fill(
        output=opened,
        distance=f"{place.distance_mm}",
        center_x=f"{place.center_x}",
        center_y=f"{place.center_y}",
    )
    ceria.calibration.refine.click()
    assert ceria.jobs.wait(60)
    assert ceria.notice.kind == "error"
    assert Path(opened).name in ceria.notice.text
    assert Path(opened).read_text() == before
    for _ in range(2):  # what was refined here may be refined again
        ceria.calibration.form.fill(output=str(tmp_path / "own.poni"))
        assert "own.poni is saved" in pressed(ceria, ceria.calibration.refine)
