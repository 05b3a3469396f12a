"""Which part of a slice is shown, and with which values."""

from __future__ import annotations

import numpy as np
import pytest

from daisy_widgets.picture_parts import most_detailed, pictures_of, quantised


def test_the_part_that_shows_most_is_found():
    picture = np.zeros((60, 60))
    picture[20:30, 35:45] = np.indices((10, 10)).sum(axis=0) % 2
    top, left = most_detailed(picture, 14)
    assert 16 <= top <= 20
    assert 31 <= left <= 35
    assert most_detailed(np.zeros((5, 5)), 9) == (0, 0)


def test_streaks_in_the_corners_do_not_count():
    picture = np.zeros((60, 60))
    picture[:6, :6] = 100 * (np.indices((6, 6)).sum(axis=0) % 2)
    picture[30:34, 30:34] = np.indices((4, 4)).sum(axis=0) % 2
    assert most_detailed(picture, 6) != (0, 0)


def test_levels_stand_for_the_values():
    crop = np.array([[0.0, 0.5], [1.0, np.nan], [-3.0, 7.0]], np.float32)
    image = quantised(crop, -1.0, 1.0)
    values = image.low + image.levels * (image.high - image.low) / 65535
    expected = [[0.0, 0.5], [1.0, -1.0], [-1.0, 1.0]]
    np.testing.assert_allclose(values, expected, atol=2e-5)


@pytest.mark.parametrize("part", ["detail", "whole slice"])
def test_all_pictures_show_the_same_part_over_the_same_values(session, part):
    rng = np.random.default_rng(0)
    stack = rng.normal(size=(2, 3, 300, 300)).astype(np.float32)
    session["stack"] = stack
    made = {}

    def put(number, image):
        made[number] = image
        return number < 2

    pictures_of(session["stack"], [5, 0, 3, 4], part, 100, put)
    assert list(made) == [0, 1, 2]  # no more were wanted
    assert len({(i.low, i.high, i.levels.shape) for i in made.values()}) == 1
    if part == "detail":
        values = made[0].low + made[0].levels * (made[0].high - made[0].low) / 65535
        known = np.clip(stack[1, 2], made[0].low, made[0].high)
        places = [
            (y, x)
            for y, x in np.argwhere(np.abs(known - values[0, 0]) < 1e-3)
            if y <= 140 and x <= 140
        ]
        assert any(
            np.allclose(known[y : y + 160, x : x + 160], values, atol=1e-3) for y, x in places
        )
    else:
        assert made[0].levels.shape == (100, 100)
