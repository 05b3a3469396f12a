"""Shapes above a plane are refused when a browser could not draw them."""

from __future__ import annotations

import numpy as np
import pytest
import traitlets

from daisy_kernel.errors import InvalidParameter
from daisy_widgets import SliceViewer
from daisy_widgets.overlay_shapes import check_shapes


def test_every_kind_of_shape_passes_with_the_points_that_it_needs():
    three = [(0, 0), (0, 4), (3, 2.5)]

    check_shapes(
        [
            {"kind": "point", "points": three[:1], "label": "beam"},
            {"kind": "circle", "points": three[:2], "style": "mask"},
            {"kind": "polygon", "points": three, "style": "erase"},
            {"kind": "polyline", "points": three, "style": "ring"},
        ]
    )


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ({"kind": "star", "points": []}, "of kind 'star'"),
        ({"kind": "circle", "points": [(1, 1)]}, "has 1 points: it takes 2"),
        ({"kind": "polygon", "points": [(1, 1)] * 2}, "it takes 3 or more"),
        ({"kind": "point", "points": [(1, float("nan"))]}, r"not \(row, column\)"),
        ({"kind": "point", "points": [(1, 1)], "style": "x y"}, "give a word"),
        ({"kind": "polyline", "points": [(1, 1)] * 20_001}, "more than 20000 points"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_a_sentence(shape, said):
    with pytest.raises(InvalidParameter, match=said):
        check_shapes([shape])


def test_a_viewer_keeps_its_shapes_when_new_ones_are_refused():
    viewer = SliceViewer(np.zeros((4, 6), np.float32))
    viewer.overlay = [{"kind": "point", "points": [[1, 2]]}]

    with pytest.raises(traitlets.TraitError, match="of kind 'star'"):
        viewer.overlay = [{"kind": "star", "points": []}]
    assert viewer.overlay == [{"kind": "point", "points": [[1, 2]]}]
