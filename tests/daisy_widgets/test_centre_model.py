"""What the centre assistant makes of curves and rows, without kernel and without widgets."""

from __future__ import annotations

import numpy as np
import pytest

from daisy_widgets.axis_line import axis_line, chosen_rows, spread_rows
from daisy_widgets.centre_model import Centre, CentreModel, Curve, RowResult
from daisy_widgets.centre_search import candidates
from daisy_widgets.scan_facts import ScanFacts

HALF = ScanFacts(n_angle=181, n_row=101, n_col=640, span_deg=180)


def curve(best, *, half_width=5.0, count=41):
    columns = 300 + np.linspace(-half_width, half_width, count)
    return Curve(columns, 4 + (columns - best) ** 2)


def row(number, column, **other):
    given = {"found": column, "confidence": 0.9, "near": curve(column)} | other
    return RowResult(number, **given)


def test_the_best_candidate_is_known_to_a_fraction_of_a_step():
    assert curve(300.1234).best == pytest.approx(300.1234)
    assert not curve(300.1234).is_at_edge


@pytest.mark.parametrize("beyond", [294.0, 306.0])
def test_the_end_of_a_curve_is_no_answer(beyond):
    found = row(3, 300.0, near=curve(beyond))
    assert found.near.is_at_edge
    assert found.is_at_edge
    assert not found.counts
    assert "at the edge" in found.remark
    assert found.near.best in (295.0, 305.0)


def test_candidates_without_a_score_are_passed_over():
    known = curve(301.0)
    scores = known.scores.copy()
    scores[:20] = np.nan
    found = Curve(known.columns, scores)
    assert found.best == pytest.approx(301.0)
    assert np.nanmin(found.relative) == 0
    assert np.nanmax(found.relative) == 1


def test_a_finder_at_the_edge_of_its_range_is_told():
    said = "The best rotation centre is 320, at the edge of the searched range 300 to 320, so ..."
    found = RowResult(5, refused=said, near=curve(300.0))
    assert found.is_at_edge
    assert not found.counts
    model = CentreModel(HALF)
    model.add(found)
    assert not model.propose()
    assert model.told() == (
        "No row shows a clear centre. At the edge of what was searched in row 5, which does not "
        "count: widen the range."
    )


def test_finder_and_cleanest_slice_that_differ_are_told():
    assert "found at 303.00, cleanest at 300.00" in row(1, 300.0, found=303.0).remark
    assert row(1, 300.0, found=300.8).remark == ""
    assert "not to be believed" in row(1, 300.0, confidence=0.05).remark


def test_of_a_half_acquisition_the_overlap_counts():
    found = row(1, 300.4, found=300.0, is_stitched=True)
    assert found.column == 300.0


def test_the_line_through_the_rows_tells_the_tilt_and_leaves_a_wrong_row_out():
    rows = [10, 30, 50, 70, 90]
    slope = np.tan(np.radians(0.25))
    columns = [300 + slope * r for r in rows]
    columns[1] += 4
    line = axis_line(rows, columns)
    assert line.tilt_deg == pytest.approx(0.25, abs=1e-9)
    assert line.left_out == (30,)
    assert line.column(0) == pytest.approx(300)
    assert line.scatter == pytest.approx(0, abs=1e-9)
    assert line.is_tilted(101) == (slope * 100 > 0.5)
    assert not line.is_tilted(2)


def test_the_error_of_the_tilt_is_that_of_least_squares():
    rng = np.random.default_rng(4)
    rows = np.arange(0, 200, 10)
    tilts, told = [], []
    for _ in range(300):
        line = axis_line(rows, 300 + 0.001 * rows + rng.normal(0, 0.1, len(rows)))
        tilts.append(line.tilt_deg)
        told.append(line.tilt_error_deg)
    assert np.mean(told) == pytest.approx(np.std(tilts), rel=0.1)


def test_two_rows_make_no_tilt():
    assert axis_line([0, 1], [295.9, 295.9]) is None
    assert axis_line([4, 4, 4], [1.0, 1.0, 1.0]) is None
    model = CentreModel(ScanFacts(181, 2, 640, 180))
    model.add(row(0, 299.9))
    model.add(row(1, 300.0))
    assert model.propose()
    assert (model.row, model.column) == (0, 299.95)
    assert model.told() == "Column 299.95 from 2 rows, 0.10 apart."
    assert model.accepted(with_tilt=True) == Centre(299.95, 0.0, 0.5)


def test_the_accepted_column_belongs_to_the_middle_row():
    model = CentreModel(HALF)
    for number in (10, 50, 90):
        model.add(row(number, 300 + 0.01 * number))
    assert model.propose()
    assert (model.row, model.column) == (50, 300.5)
    model.look_at(90)
    assert model.column == 300.9
    accepted = model.accepted(with_tilt=True)
    assert accepted.column == pytest.approx(300.5)
    np.testing.assert_allclose(accepted.columns(101), 300 + 0.01 * np.arange(101), atol=1e-4)
    assert model.accepted(with_tilt=False).column == 300.9
    assert "tilt +0.573° ± 0.000°, 3 rows within 0.00 columns" in model.told()


def test_a_candidate_stays_on_the_detector():
    model = CentreModel(HALF)
    model.move_to(700.0)
    assert model.column == 639.0
    model.move_to(-3.0)
    assert model.column == 0.0
    assert candidates(1.0, 0.5, 7, 640) == [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]


@pytest.mark.parametrize(
    ("span", "column", "said", "stitched"),
    [
        (180, 300.0, "half a turn", False),
        (90, 300.0, "less than half a turn, so the centre is uncertain", False),
        (360, 310.0, "a whole turn, with the axis near the middle", False),
        (360, 60.0, "half-acquisition, the axis is on the left and opposite projections share 121",
         True),
        (360, 600.0, "half-acquisition, the axis is on the right", True),
    ],
)  # fmt: skip
def test_the_kind_of_scan_is_said_plainly(span, column, said, stitched):
    facts = ScanFacts(181, 101, 640, span)
    assert said in facts.told(column)
    assert facts.is_half_acquisition(column) == stitched


def test_rows_are_spread_or_chosen():
    assert spread_rows(2, 5) == [0, 1]
    assert spread_rows(100, 5) == [10, 30, 50, 70, 90]
    assert chosen_rows("", 100) == [10, 30, 50, 70, 90]
    assert chosen_rows("7, 3 7", 100) == [3, 7]
    for wrong in ("100", "-1", "a", "1.5"):
        with pytest.raises(ValueError, match="give numbers from 0 to 99"):
            chosen_rows(wrong, 100)
