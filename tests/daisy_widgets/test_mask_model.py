"""What is drawn for a mask, and its way into the kernel."""

import json

import numpy as np
import pytest

from daisy_kernel.algorithms.diffraction.mask_shapes import drawn, parse_shapes
from daisy_kernel.errors import InvalidParameter
from daisy_widgets.mask_model import MaskModel, MaskShape

RECTANGLE = MaskShape("rectangle", ((2.0, 3.0), (8.0, 12.0)))
CIRCLE = MaskShape("circle", ((5.0, 6.0),), radius=3.0, erases=True)
POLYGON = MaskShape("polygon", ((10.5, 1.25), (18.0, 4.0), (12.0, 15.0)))
THRESHOLD = MaskShape("threshold", above=120.0)
ALL = (RECTANGLE, CIRCLE, POLYGON, THRESHOLD)


def test_what_is_drawn_is_what_the_kernel_understands():
    model = MaskModel()
    for shape in ALL:
        model = model.drawn(shape)
    image = np.random.default_rng(0).poisson(100, (20, 25)).astype(np.float32)
    found = drawn(image, parse_shapes(model.text), np.zeros(image.shape, bool))
    rows, columns = np.indices(image.shape)
    expected = (rows >= 2) & (rows <= 8) & (columns >= 3) & (columns <= 12)
    expected &= (rows - 5) ** 2 + (columns - 6) ** 2 > 9
    just = parse_shapes(json.dumps([POLYGON.as_json]))
    expected |= just[0].pixels(image)
    expected |= image > 120
    np.testing.assert_array_equal(found, expected)


def test_every_change_can_be_undone_and_done_again():
    first = MaskModel().drawn(RECTANGLE)
    second = first.drawn(POLYGON)
    cleared = second.cleared()
    assert (first.shapes, cleared.shapes) == ((RECTANGLE,), ())
    assert cleared.undone().shapes == (RECTANGLE, POLYGON)
    assert cleared.undone().undone().shapes == (RECTANGLE,)
    assert cleared.undone().undone().redone().redone().shapes == ()
    assert second.without(0).shapes == (POLYGON,)
    assert second.without(0).undone().shapes == second.shapes


def test_what_was_undone_is_forgotten_with_the_next_shape():
    model = MaskModel().drawn(RECTANGLE).undone().drawn(CIRCLE)
    assert model.redone() is model
    assert model.undone().undone().shapes == ()


def test_nothing_to_undo_redo_or_clear_changes_nothing():
    model = MaskModel()
    assert model.undone() is model.redone() is model.cleared() is model


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "circle", "points": ((1.0, 2.0),)},
        {"kind": "polygon", "points": ((1.0, 2.0), (2.0, 3.0))},
        {"kind": "rectangle", "points": ((1.0, 2.0), (float("nan"), 3.0))},
        {"kind": "threshold"},
    ],
)
def test_what_holds_no_pixel_is_refused(values):
    with pytest.raises(InvalidParameter):
        MaskShape(**values)


def test_a_shape_says_what_it_does():
    assert [str(shape) for shape in ALL] == [
        "rectangle excludes 2–8, 3–12",
        "circle takes back radius 3 at 5, 6",
        "polygon excludes 10–18, 1–15",
        "threshold excludes above 120",
    ]
