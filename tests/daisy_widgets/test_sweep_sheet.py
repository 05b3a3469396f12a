"""The contact sheet on a real session: the pictures are the slices that a run gives."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

from daisy_kernel.errors import InvalidParameter
from daisy_kernel.session import DirectTransport, Service, Session
from daisy_widgets import SweepSheet


@pytest.fixture
def session(tmp_path):
    return Session(DirectTransport(Service(runs=tmp_path / "runs")))


@pytest.fixture
def sheet(session, scan, tmp_path):
    made = SweepSheet(session, inputs={"scan": str(scan), "output": "elsewhere.h5", "stripes": 3})
    made.output.value = str(tmp_path / "sheet.h5")
    yield made
    made.close()
    assert made.leaving.wait(60)


def made(sheet):
    sheet.start.click()
    assert sheet.jobs.wait(120)
    return sheet.view


def test_every_picture_is_the_slice_of_its_combination(sheet, session, scan, tmp_path):
    sheet.vary({"filter": "ramp, hann", "center": "22.5:24.5:0.5"})
    view = made(sheet)
    assert sheet.notice.text.startswith("10 combinations."), sheet.notice.text
    assert view.grid.arrangement["across"][0] == "center 22.5"
    assert view.grid.arrangement["down"] == ["filter ramp", "filter hann"]
    for tile in (0, 4, 7):
        chosen = view.sheet.values(tile)
        output = tmp_path / f"alone_{tile}.h5"
        session.run("tomography", scan=scan, output=output, stripes=3, **chosen).wait(60)
        with h5py.File(output) as file:
            alone = file["entry/data/data"][3]
        picture = view.grid._pictures[tile]
        shown = picture.low + picture.levels * (picture.high - picture.low) / 65535
        expected = np.clip(alone, picture.low, picture.high)
        step = (picture.high - picture.low) / 65535
        np.testing.assert_allclose(shown, expected, atol=step)
        view.grid.selected = tile
        assert view.viewer.model.value(axis=0, index=0, y=20, x=25) == alone[20, 25]
        assert view.viewer.title == view.sheet.told(tile)
        planes = view.viewer.model.source
        line = planes.profile((20, 5), (20, 30))
        np.testing.assert_allclose(line, alone[20, 5:31], rtol=0, atol=1e-6)
        assert planes.statistics((10, 20), (5, 9))["high"] == alone[10:20, 5:9].max()


def test_a_click_adopts_the_selected_combination(sheet):
    sheet.vary({"center": "22.5, 23.5, 24.5", "non_negative": "false, true", "algorithm": "sirt"})
    seen = []
    sheet.observe(lambda change: seen.append(change["new"]), "adopted")
    view = made(sheet)
    view.grid.selected = 4
    assert view.adopt.description.startswith("Adopt center 23.5, non_negative yes")
    view.adopt.click()
    expected = {"center": 23.5, "non_negative": True, "algorithm": "sirt"}
    assert seen == [expected]
    view.grid._answer(None, {"type": "choose", "tile": 0}, [])  # Enter
    assert sheet.adopted == {"center": 22.5, "non_negative": False, "algorithm": "sirt"}


def test_scores_are_shown_when_asked_for_with_what_they_cannot_tell(sheet):
    sheet.vary({"center": "20, 23.5, 27"})
    view = made(sheet)
    assert view.grid.selected == 1  # the cleanest: only the centre is varied
    assert view.grid.notes == []
    view.merit.value = "entropy"
    assert len(view.grid.notes) == 3
    assert view.grid.marks == ["", "best", ""]
    assert "do not tell which filter" in sheet.notice.text


def test_window_and_colours_are_those_of_the_larger_view(sheet):
    sheet.vary({"center": "23.5, 24"})
    view = made(sheet)
    view.viewer.window = (0.0, 0.5)
    view.viewer.colormap = "magma"
    assert (view.grid.window, view.grid.colormap) == ((0.0, 0.5), "magma")


def test_another_slice_is_shown_where_several_were_made(sheet):
    sheet.slices.value = "1, 4"
    sheet.vary({"center": "23.5, 24"})
    view = made(sheet)
    before = view.grid._pictures[0].levels.copy()
    assert view.number.options == (("1", 0), ("4", 1))
    view.number.value = 0
    assert sheet.jobs.wait(60)
    assert (view.grid._pictures[0].levels != before).any()
    assert view.sheet.plane(1, 0) == view._closer.index + 2 * (1 - view.grid.selected)


def test_a_second_sheet_takes_the_place_of_the_first_but_of_no_other_file(sheet, session, tmp_path):
    sheet.vary({"center": "23.5, 24"})
    made(sheet)
    sheet.vary({"center": "23.5, 24, 24.5"})
    assert made(sheet).sheet.count == 3
    (tmp_path / "precious.h5").write_text("precious")
    sheet.output.value = str(tmp_path / "precious.h5")
    made(sheet)
    assert sheet.notice.kind == "error"
    assert "precious.h5" in sheet.notice.text
    assert (tmp_path / "precious.h5").read_text() == "precious"
    assert not sheet.start.disabled


def test_what_is_missing_or_wrong_is_said(sheet, session):
    sheet.start.click()
    assert sheet.notice.text == "Still needed: a parameter to vary."
    sheet.vary({"center": "5:x:1"})
    made(sheet)
    assert sheet.notice.kind == "error"
    assert "a range is FIRST:LAST:STEP" in sheet.notice.text
    with pytest.raises(InvalidParameter, match="'scan' cannot be varied: choose one of center"):
        sheet.vary({"scan": "a, b"})
    assert list(session.runs) == []


def test_its_objects_go_when_it_is_closed(session, scan, tmp_path):
    sheet = SweepSheet(session, inputs={"scan": str(scan)})
    sheet.output.value = str(tmp_path / "sheet.h5")
    sheet.vary({"center": "23.5, 24"})
    made(sheet)
    assert [name for name in session.objects if name.startswith("sheet ")]
    sheet.close()
    assert sheet.leaving.wait(60)
    assert not [name for name in session.objects if name.startswith("sheet ")]
    assert (tmp_path / "sheet.h5").exists()
