"""The centre assistant on a real session, against scans whose centre is known."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from daisy_kernel.numba_kernels import fourier_reconstruct
from daisy_kernel.session import DirectTransport, Service, Session
from daisy_kernel.simulate import TomographyScan, foam
from daisy_widgets import CentreAssistant
from daisy_widgets.axis_line import spread_rows

N_ROW, MIDDLE, TILT_DEG = 64, 100.3, 0.8
FLAT = 60_000.0


def write_tilted_scan(path: Path) -> None:
    """Half a turn, 64 rows of 216 columns; the axis crosses the middle of the rows at `MIDDLE`."""
    scan = TomographyScan(
        foam(3, 40, half_height=1.0), n_angle=271, n_row=N_ROW, n_col=216, detector=None
    )
    integrals = np.concatenate(
        [
            replace(scan, centre=tilted_centre(row)).line_integrals(rows=slice(row, row + 1))
            for row in range(N_ROW)
        ],
        axis=1,
    )
    _write(path, integrals, scan.angles_deg)


def tilted_centre(row: float) -> float:
    """The true column of the axis in a row."""
    return MIDDLE + np.tan(np.radians(TILT_DEG)) * (row - (N_ROW - 1) / 2)


def write_half_acquisition(path: Path, first: int) -> float:
    """A whole turn of four rows, seen from column `first` on; gives the true centre."""
    scan = TomographyScan(
        foam(3, 40, half_height=1.0), n_angle=181, n_row=4, n_col=128, centre=63.5, detector=None
    )
    ahead = scan.line_integrals()
    turn = np.concatenate((ahead, ahead[..., ::-1]))  # half a turn later it is mirrored
    _write(path, turn[..., first:], np.concatenate((scan.angles_deg, scan.angles_deg + 180)))
    return 63.5 - first


def _write(path: Path, integrals: np.ndarray, angles_deg: np.ndarray) -> None:
    counts = np.random.default_rng(1).poisson(FLAT * np.exp(-integrals))
    shape = integrals.shape[1:]
    with h5py.File(path, "w") as file:
        file["implements"] = "exchange"
        file["exchange/data"] = counts.astype(np.uint16)
        file["exchange/data_white"] = np.full((3, *shape), FLAT, np.uint16)
        file["exchange/data_dark"] = np.zeros((3, *shape), np.uint16)
        file["exchange/theta"] = angles_deg


class Asked:
    """The transport of a session, which knows on which thread it was asked."""

    def __init__(self, transport):
        self._transport, self.threads = transport, set()

    def call(self, operation, arguments, buffers=()):
        self.threads.add(threading.current_thread())
        return self._transport.call(operation, arguments, buffers)

    def __getattr__(self, name):
        return getattr(self._transport, name)


@pytest.fixture
def wire(tmp_path):
    return Asked(DirectTransport(Service(runs=tmp_path / "runs")))


@pytest.fixture
def session(wire):
    return Session(wire)


@pytest.fixture(scope="module")
def tilted(tmp_path_factory):
    path = tmp_path_factory.mktemp("tilted") / "tilted.h5"
    write_tilted_scan(path)
    return path


@pytest.fixture
def assist(session):
    """`assist(scan)` gives an assistant that has searched."""
    made = []

    def searched(scan, **options):
        fields = options.pop("fields", {})
        assistant = CentreAssistant(session, scan=scan, **options)
        made.append(assistant)
        assistant.form.fill(**fields)
        assistant.find.click()
        assert assistant.jobs.wait(120)
        return assistant

    yield searched
    for assistant in made:
        assistant.close()
        assert assistant.leaving.wait(60)


def test_the_centre_of_the_tooth_is_found_by_the_assistant_alone(assist, real_data):
    assistant = assist(real_data("tomography/tooth.h5"))
    assert assistant.notice.kind == "done"
    assert set(assistant.model.rows) == {0, 1}
    for result in assistant.model.rows.values():
        assert abs(result.column - 295.75) <= 0.5  # the truth is 295.5 to 296.0
    assistant.accept.click()
    assert abs(assistant.centre.column - 295.75) <= 0.5
    assert assistant.centre.tilt_deg == 0
    assert "over 180°: half a turn" in assistant.facts.value


def test_centre_and_tilt_of_a_simulated_scan_are_found(assist, tilted):
    assistant = assist(tilted)
    assert sorted(assistant.model.rows) == spread_rows(N_ROW, 5)
    for number, result in assistant.model.rows.items():
        assert result.column == pytest.approx(tilted_centre(number), abs=0.1)
    line = assistant.model.line
    assert line.tilt_deg == pytest.approx(TILT_DEG, abs=0.05)
    assert 0 < line.tilt_error_deg < 0.05
    assert assistant.with_tilt.value
    told = r"tilt \+0\.\d{3}° ± 0\.0\d\d°, [45] rows within 0\.0\d columns"
    assert re.search(told, assistant.notice.text)
    seen = []
    assistant.observe(lambda change: seen.append(change["new"]), "centre")
    assistant.accept.click()
    (centre,) = seen
    assert centre.column == pytest.approx(MIDDLE, abs=0.1)
    truth = [tilted_centre(row) for row in range(N_ROW)]
    np.testing.assert_allclose(centre.columns(N_ROW), truth, atol=0.1)


def test_an_axis_beyond_the_search_range_is_told_and_never_taken(assist, tilted):
    assistant = assist(tilted, rows=[20, 32, 44], fields={"search_from": "104", "search_to": "140"})
    assert assistant.notice.kind == "error"
    assert assistant.notice.text.startswith("No row shows a clear centre.")
    assert "edge of what was searched in row 20, 32, 44" in assistant.notice.text
    assert assistant.centre is None
    assert "the true one may lie beyond the searched range" in assistant.table.value


def test_a_curve_whose_best_lies_at_its_end_is_told(assist, tilted):
    assistant = assist(tilted, rows=[32])
    assistant.move_to(MIDDLE + 12)
    assistant.around.click()
    assert assistant.jobs.wait(60)
    assert "at the edge of what was tried: look beyond" in assistant.notice.text
    assert not assistant.model.rows[32].counts
    assistant.move_to(MIDDLE + 2)
    assistant.around.click()
    assert assistant.jobs.wait(60)
    assert assistant.model.rows[32].column == pytest.approx(tilted_centre(32), abs=0.1)


def test_half_acquisition_is_told_stitched_and_found(assist, tmp_path):
    centre = write_half_acquisition(tmp_path / "half.h5", first=45)
    assistant = assist(tmp_path / "half.h5", rows=[1, 2])
    assert "over 360°: half-acquisition, the axis is on the left" in assistant.facts.value
    assert "share 38 columns" in assistant.facts.value
    for result in assistant.model.rows.values():
        assert result.column == pytest.approx(centre, abs=0.1)
    assert assistant.live.viewer.shape[1] > 83  # wider than the detector


def test_a_nudge_shows_the_slice_of_the_other_candidate(assist, session, tilted):
    assistant = assist(tilted, rows=[32])
    before, viewer = assistant.model.column, assistant.live.viewer
    for press in assistant.nudges:
        press.click()
    assert assistant.model.column == pytest.approx(before)
    assistant.nudges[4].click()
    assert assistant.jobs.wait(60)
    assert assistant.column.value == assistant.curve.column == round(before + 0.5, 2)
    assert assistant.live.viewer is viewer  # window and zoom stay
    search = assistant._search
    name = search._own("slice")
    rows, theta = session[search._own("rows")][...], session[search._own("theta")][...]
    expected = fourier_reconstruct(rows, theta, before + 0.5)[0]
    np.testing.assert_allclose(session[name][0], expected, atol=1e-6)
    assert viewer.model.value(axis=0, index=0, y=100, x=90) == session[name][0][100, 90]


def test_strip_curve_field_and_buttons_show_the_same_candidate(assist, tilted):
    assistant = assist(tilted, rows=[32])
    grid = assistant.strip.grid
    assert len(grid.arrangement["captions"]) == 7
    assert grid.selected == 3
    assert grid.marks[3] == "best"
    middle = assistant.model.column
    grid.selected = 5
    assert assistant.jobs.wait(60)
    assert assistant.model.column == pytest.approx(middle + 1.0)
    assert grid.selected == 5  # the strip stays where it is
    assistant.curve.column = middle - 4.0
    assert assistant.jobs.wait(60)
    assert assistant.column.value == pytest.approx(middle - 4.0)
    assert grid.arrangement["captions"][3] == f"{middle - 4.0:.2f}"  # it has come along
    assistant.strip.step.value = 2.0
    assert assistant.jobs.wait(60)
    assert grid.arrangement["captions"][4] == f"{middle - 2.0:.2f}"
    assistant.live.viewer.window = (0.0, 0.02)
    assert grid.window == (0.0, 0.02)


def test_a_picture_is_of_the_candidate_that_it_names_until_others_are_drawn(assist, tilted):
    assistant = assist(tilted, rows=[32])
    grid, middle = assistant.strip.grid, assistant.model.column
    going_on, made = threading.Event(), assistant.strip._made
    assistant.strip._made = lambda strip: going_on.wait(60) and made(strip)
    assistant.strip.step.value = 5.0
    grid.selected = 4
    assert assistant.model.column == pytest.approx(middle + 0.5)
    assert grid.selected == 4
    going_on.set()
    assert assistant.jobs.wait(60)
    assert grid.arrangement["captions"][4] == f"{middle + 5.0:.2f}"

    def fail(strip):
        raise OSError("gone")

    assistant.strip._made = fail
    assistant.strip.step.value = 0.1
    assert assistant.jobs.wait(60)
    grid.selected = 4
    assert assistant.model.column == pytest.approx(middle + 5.0)


def test_nothing_of_one_scan_can_be_accepted_for_another(assist, tilted, tmp_path):
    assistant = assist(tilted, rows=[32])
    looking = assistant.looking.layout
    assert looking.display == ""
    assistant.look_at(tmp_path / "missing.h5")
    assert looking.display == "none"
    assistant.search()
    assistant.accept.click()
    assert assistant.jobs.wait(60)
    assistant.accept.click()
    assert assistant.notice.kind == "error"
    assert (assistant.centre, looking.display) == (None, "none")
    assistant.look_at(tilted)
    assistant.search()
    assert assistant.jobs.wait(120)
    assert looking.display == ""
    assert len(assistant.strip.grid.arrangement["captions"]) == 7


def test_another_row_is_looked_at_where_the_axis_crosses_it(assist, tilted):
    assistant = assist(tilted)
    assistant.row.value = 57
    assert assistant.jobs.wait(60)
    assert assistant.model.column == pytest.approx(tilted_centre(57), abs=0.1)
    assert assistant.live.viewer.title.startswith("row 57")


def test_its_objects_can_be_told_and_go_when_it_is_closed(session, tilted):
    session["mine"] = np.zeros(3)
    before = set(session.objects)
    assistant = CentreAssistant(session, scan=tilted, rows=[10, 20])
    assistant.search()
    assert assistant.jobs.wait(60)
    others = set(session.objects) - before
    assert others
    assert [n for n in others if not re.match(r"centre [0-9a-f]{4} ", n)] == []
    assistant.nudge(0.5)  # in work while it is closed
    assistant.close()
    assert assistant.leaving.wait(60)
    assert set(session.objects) == before


def test_nothing_is_asked_of_the_session_on_the_thread_of_the_messages(assist, wire, tilted):
    assistant = assist(tilted, rows=[32])
    assistant.nudges[0].click()
    assistant.around.click()
    assert assistant.jobs.wait(60)
    assistant.close()
    assert assistant.leaving.wait(60)
    assert wire.threads
    assert threading.current_thread() not in wire.threads


def test_what_is_wrong_is_one_sentence_and_the_assistant_goes_on(assist, tilted):
    assistant = assist("")
    assert assistant.notice.text == "Still needed: scan."
    assistant.look_at(tilted)
    assistant.form.fill(rows="12, 64")
    assistant.find.click()
    assert assistant.jobs.wait(60)
    assert assistant.notice.text == (
        "There is no row '64': give numbers from 0 to 63, such as 16, 32."
    )
    assistant.form.fill(rows="12", scan="nowhere.h5")
    assistant.find.click()
    assert assistant.jobs.wait(60)
    assert assistant.notice.kind == "error"
    assert "nowhere.h5" in assistant.notice.text
    assistant.form.fill(scan=str(tilted))
    assistant.find.click()
    assert assistant.jobs.wait(60)
    assert assistant.notice.text.startswith("Column")
