"""Rectangles cover the pixels of a mask."""

import numpy as np
import pytest

from daisy_widgets.tint import boxes_of


def painted(boxes, shape):
    """The pixels whose centres lie in one of the boxes."""
    mask = np.zeros(shape, bool)
    for (top, left), (bottom, right) in boxes:
        mask[int(top + 0.5) : int(bottom + 0.5), int(left + 0.5) : int(right + 0.5)] = True
    return mask


def test_few_pixels_are_covered_exactly():
    mask = np.zeros((7, 11), bool)
    mask[0, :] = mask[3, 2:5] = mask[3, 10] = mask[6, 0] = True
    boxes = boxes_of(mask)
    assert len(boxes) == 4
    np.testing.assert_array_equal(painted(boxes, mask.shape), mask)


def test_nothing_is_covered_by_nothing():
    assert boxes_of(np.zeros((3, 4), bool)) == []


@pytest.mark.parametrize("shape", [(515, 301), (1043, 981)])
def test_many_pixels_are_covered_by_squares_within_the_frame(shape):
    mask = np.random.default_rng(0).random(shape) < 0.3
    boxes = boxes_of(mask)
    assert 0 < len(boxes) <= 3000
    assert painted(boxes, shape)[mask].all()
    corners = np.array(boxes)
    assert corners.min() >= -0.5
    assert (corners.max(axis=(0, 1)) <= np.array(shape) - 0.5).all()
