"""What a viewer says of a line or a rectangle, without a browser."""

import numpy as np
import pytest

from daisy_kernel.errors import AxesClash, DaisyError, InvalidParameter
from daisy_widgets import SliceViewer
from daisy_widgets.measures import measure, metres_in_words, pixels_within
from daisy_widgets.plane_sources import plane_source


@pytest.fixture
def source(volume):
    """(3, 4, 5) with value 100 z + 10 y + x, and one value missing."""
    volume[1, 3, 4] = np.nan
    return plane_source(volume)


def test_a_distance_is_the_length_of_the_line(source):
    text, curve = measure(source, kind="distance", points=[(0, 1), (3, 5)])
    assert text == "5.0 pixels: 3.0 down, 4.0 across"
    assert curve is None


@pytest.mark.parametrize("points", [[(1, 2), (3, 4)], [(3.4, 4.4), (0.6, 1.6)], [(3, 2), (1, 9)]])
def test_a_region_counts_the_pixels_whose_centres_it_holds(source, points):
    values = [112, 113, 114, 122, 123, 124, 132, 133]
    text, curve = measure(source, kind="region", points=points, index=1)
    assert text == (
        f"{np.mean(values):.5g} ± {np.std(values):.5g}, from 112 to 133, "
        f"median {np.median(values):.5g}; 9 pixels, 1 without a value"
    )
    assert curve is None


def test_a_region_without_a_value_says_so(source):
    text, _ = measure(source, kind="region", points=[(3, 4), (3, 4)], index=1)
    assert text == "No value; 1 pixels, 1 without a value"


@pytest.mark.parametrize(
    ("axis", "text"),
    [
        (0, "14.42 µm (5.0 pixels): 12 µm down, 8 µm across"),
        (1, "5.0 pixels: 3.0 down, 4.0 across"),  # projections lie angles apart, not metres
    ],
)
def test_a_distance_is_a_length_where_the_pixels_have_a_size(volume, axis, text):
    source = plane_source(volume, steps_m=(None, 4e-6, 2e-6))
    assert measure(source, kind="distance", points=[(0, 1), (3, 5)], axis=axis) == (text, None)


def test_of_an_image_both_dimensions_count(volume):
    source = plane_source(volume[0], steps_m=(1e-3, 1e-3))
    text, _ = measure(source, kind="distance", points=[(0, 1), (3, 1)])
    assert text == "3 mm (3.0 pixels): 3 mm down, 0 µm across"


@pytest.mark.parametrize(
    ("length_m", "text"),
    [
        (0, "0 µm"), (2.345678e-10, "0.2346 nm"), (9.9e-7, "990 nm"), (1e-6, "1 µm"),
        (0.0123456, "12.35 mm"), (1.5, "1.5 m"), (2500, "2500 m"),
    ],
)  # fmt: skip
def test_a_length_is_told_in_the_unit_that_suits_it(length_m, text):
    assert metres_in_words(length_m) == text


def test_values_have_their_unit_and_profiles_their_length(volume):
    source = plane_source(volume, unit="counts", steps_m=(None, 4e-6, 2e-6))
    text, _ = measure(source, kind="profile", points=[(0, 0), (2, 0)])
    assert text == "From 0 to 20 counts; 8 µm (2.0 pixels) long"
    text, _ = measure(source, kind="region", points=[(0, 0), (0, 1)])
    assert text == "0.5 ± 0.5, from 0 to 1, median 0.5 [counts]; 2 pixels"


def test_steps_that_do_not_fit_are_refused(volume):
    with pytest.raises(DaisyError, match=r"shape \(3, 4, 5\) but 2 steps"):
        plane_source(volume, steps_m=(1e-6, 1e-6))


@pytest.mark.parametrize(
    ("corner", "opposite", "expected"),
    [
        ((-0.5, -0.5), (3.5, 4.5), ((0, 4), (0, 5))),
        ((1.2, 1.7), (1.4, 1.9), ((1, 2), (2, 3))),  # between centres: the nearest pixel
        ((-9, -9), (-5, 99), ((0, 1), (0, 5))),
        ((7, 7), (9, 9), ((3, 4), (4, 5))),
    ],
)
def test_a_region_is_clipped_to_the_plane_and_is_never_empty(corner, opposite, expected):
    assert pixels_within(corner, opposite, (4, 5)) == expected
    assert pixels_within(opposite, corner, (4, 5)) == expected


@pytest.mark.parametrize(("axis", "step"), [(0, 10), (1, 100), (2, 100)])
def test_a_profile_has_the_values_along_its_line(source, axis, step):
    text, curve = measure(source, kind="profile", points=[(0, 0), (2, 0)], axis=axis, index=0)
    np.testing.assert_array_equal(curve, [0, step, 2 * step])
    assert text == f"From 0 to {2 * step}; 2.0 pixels long"


def test_a_profile_without_a_value_says_so(source):
    text, curve = measure(source, kind="profile", points=[(-3, 0), (-3, 4)])
    assert text == "No value; 4.0 pixels long"
    assert np.isnan(curve).all()


@pytest.mark.parametrize(
    ("kind", "points"),
    [
        ("volume", [(0, 0), (1, 1)]),
        ("profile", [(0, 0)]),
        ("region", [(0, 0), (1, np.nan)]),
        ("distance", [(0, 0, 1), (1, 1, 2)]),
    ],
)
def test_what_cannot_be_measured_is_refused(source, kind, points):
    with pytest.raises(InvalidParameter, match="was to be measured"):
        measure(source, kind=kind, points=points)


def test_a_viewer_answers_with_words_and_a_curve_and_names_what_went_wrong(volume):
    viewer = SliceViewer(volume)
    asked = {"type": "measure", "kind": "profile", "axis": 0, "index": 2, "question": "q"}
    asked["points"] = [[1, 0], [1, 4]]
    viewer.comm.sent.clear()

    viewer._handle_custom_msg(asked, [])
    viewer._handle_custom_msg({**asked, "index": 3}, [])
    assert viewer.jobs.wait(10)
    (answer, [curve]), (refusal, _) = viewer.comm.sent
    assert answer["content"]["text"] == "From 210 to 214; 4.0 pixels long"
    assert answer["content"]["question"] == "q"
    np.testing.assert_array_equal(np.frombuffer(curve, "<f4"), volume[2, 1])
    assert refusal["content"]["type"] == "error"
    assert "no plane 3" in refusal["content"]["message"]
    with pytest.raises(AxesClash):
        viewer.model.check(0, 3)
