"""What lies over a frame, and what was drawn there."""

import numpy as np
import pytest

from daisy_kernel.contracts.detector_place import DetectorPlace
from daisy_widgets.frame_view import drawn_of, overlay_of
from daisy_widgets.mask_model import MaskShape
from daisy_widgets.powder_calls import Geometry

PLACE = DetectorPlace(200.0, 30.25, 40.5, 41.0, 30.75, 0.0, 100.0, 100.0, 0.4)
LINE = np.array([(1.0, 2.0), (3.0, 4.0), (5.125, 6.0)])


def test_rings_the_beam_and_the_shapes_of_the_mask_lie_over_a_frame():
    geometry = Geometry(PLACE, ((0, LINE), (0, LINE + 10), (1, LINE + 20)), (3.0, 4.0))
    shapes = (
        MaskShape("rectangle", ((1.0, 2.0), (8.0, 9.0))),
        MaskShape("circle", ((5.0, 6.0),), radius=3.0, erases=True),
        MaskShape("threshold", above=7),
    )
    found = overlay_of(geometry, ((0, LINE + 30),), shapes)
    assert [(shape["kind"], shape["style"]) for shape in found] == [
        *[("polyline", "ring")] * 3,
        ("point", "chosen"),
        ("polyline", "measure"),
        ("rectangle", "mask"),
        ("circle", "erase"),
    ]
    assert [shape.get("label") for shape in found[:3]] == ["1", "", "2"]
    np.testing.assert_allclose(found[1]["points"], LINE + 10, atol=0.005)
    assert found[3]["points"] == [[30.25, 40.5]]
    assert found[6]["points"] == [[5.0, 6.0], [5.0, 9.0]]


def test_rings_of_too_many_points_are_thinned_out_and_keep_their_ends():
    line = np.stack([np.arange(9000.0), np.zeros(9000)], axis=1)
    first, second, _ = overlay_of(Geometry(PLACE, ((0, line), (1, line))), (), ())
    assert len(first["points"]) + len(second["points"]) <= 12_000
    assert (first["points"][0], first["points"][-1]) == ([0, 0], [8999, 0])


@pytest.mark.parametrize("kind", ["rectangle", "polygon"])
def test_what_was_drawn_comes_back(kind):
    points = [[1, 2], [3, 4], [5, 9]][: 2 if kind == "rectangle" else 3]
    drawn = drawn_of({"kind": kind, "points": points, "count": 4})
    assert (drawn.kind, drawn.points) == (kind, tuple(map(tuple, points)))


def test_a_circle_comes_as_its_centre_and_a_point_of_its_rim():
    drawn = drawn_of({"kind": "circle", "points": [[10, 20], [13, 24]], "count": 1})
    assert (drawn.points, drawn.radius) == (((10.0, 20.0),), 5.0)


def test_what_is_no_part_of_a_mask_is_left_alone():
    assert drawn_of(None) is None
    assert drawn_of({"kind": "point", "points": [[1, 2]], "count": 1}) is None
