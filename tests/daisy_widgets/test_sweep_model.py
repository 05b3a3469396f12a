"""Which combination stands where on a contact sheet."""

from __future__ import annotations

import numpy as np
import pytest

from daisy_kernel.errors import InvalidParameter
from daisy_widgets.form_fields import Field
from daisy_widgets.sweep_model import Sheet, chosen_sweep, usual_values

CENTER = Field("center", "number", "pixel")
FILTER = Field("filter", "choice", choices=("ramp", "hann"), values=("ramp", "hann"))
STRIPES = Field("stripes", "number", is_whole=True, bounds=(("at least", 0),))
TICK = Field("non_negative", "tick", usual=False)


@pytest.fixture
def sheet():
    parameters = {"filter": ["ramp", "hann"], "center": [1.0, 2.0, 3.0, 4.0], "stripes": [0, 5, 9]}
    scores = np.arange(2 * 4 * 3 * 2, 0, -1.0).reshape(2, 4, 3, 2)
    scores[1, 2, 0, 0] = -1
    scores[0, 0, 0, 0] = np.nan
    return Sheet(parameters, (10, 20), {"entropy": scores, "flat": np.ones_like(scores)})


def test_the_longest_parameter_runs_to_the_right_the_next_down_the_third_in_bands(sheet):
    assert [axis.name for axis in sheet.axes] == ["center", "stripes", "filter"]
    assert sheet.axes[0].labels == ["center 1", "center 2", "center 3", "center 4"]
    assert sheet.count == 24
    assert sheet.values(0) == {"filter": "ramp", "center": 1.0, "stripes": 0}
    assert sheet.values(3) == {"filter": "ramp", "center": 4.0, "stripes": 0}
    assert sheet.values(4) == {"filter": "ramp", "center": 1.0, "stripes": 5}
    assert sheet.values(12) == {"filter": "hann", "center": 1.0, "stripes": 0}
    assert sheet.told(13) == "filter hann, center 2, stripes 0"


def test_every_combination_has_one_tile_and_its_own_plane(sheet):
    seen = {tuple(sheet.values(tile).values()) for tile in range(sheet.count)}
    assert len(seen) == 24
    planes = np.arange(48).reshape(2, 4, 3, 2)
    for tile in range(sheet.count):
        for number in (0, 1):
            assert sheet.plane(tile, number) == planes[(*sheet.place(tile), number)]
            expected = sheet.scores["entropy"][(*sheet.place(tile), number)]
            np.testing.assert_equal(sheet.score("entropy", tile, number), expected)


def test_the_best_is_the_lowest_that_is_known(sheet):
    best = sheet.best("entropy", 0)
    assert sheet.values(best) == {"filter": "hann", "center": 3.0, "stripes": 0}
    assert sheet.best("flat") is None
    assert not sheet.is_of_geometry
    assert Sheet({"center": [1.0]}, (0,), {}).is_of_geometry


def test_values_are_parsed_as_the_fields_of_the_workflow():
    chosen = [(CENTER, "294:298:0.5"), (FILTER, "ramp, hann"), (TICK, "true,False")]
    assert chosen_sweep(chosen) == {
        "center": "294:298:0.5",
        "filter": ["ramp", "hann"],
        "non_negative": [True, False],
    }
    assert chosen_sweep([(STRIPES, "0, 5")]) == {"stripes": [0, 5]}
    assert usual_values(FILTER) == "ramp, hann"
    assert usual_values(TICK) == "false, true"


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ([], "Still needed: a parameter to vary"),
        ([(CENTER, " ")], "Still needed: values of center"),
        ([(CENTER, "1,,2")], "have a gap"),
        ([(CENTER, "1, x")], "center is 'x': give a number"),
        ([(STRIPES, "-1")], "at least 0"),
        ([(FILTER, "boxcar")], "filter cannot be 'boxcar': choose ramp, hann"),
        ([(TICK, "maybe")], "give true or false"),
        ([(CENTER, "1"), (CENTER, "2")], r"center \[pixel\] is chosen twice"),
    ],
)
def test_what_cannot_be_swept_is_said_before_anything_runs(chosen, said):
    with pytest.raises(InvalidParameter, match=said):
        chosen_sweep(chosen)


def test_an_answer_at_the_edge_is_told():
    told = Sheet({"center": [1, 2, 3]}, (0,), {}, ("center",)).told_in_all()
    assert (
        told == "3 combinations. The best center is the first or last value: a better one may "
        "lie beyond."
    )
