"""Tables that pyFAI makes wrong now and then are made again, or refused."""

import numpy as np
import pytest

from daisy_kernel.algorithms.diffraction.sound_shares import ATTEMPTS, with_sound_shares

PIXELS, FIRST = np.array([0, 1, 1, 2], np.int32), np.array([0, 2, 2, 4], np.int32)
GOOD = [0.4, 0.25, 0.75, 1]
"""Pixel 0 lies at the end of the range."""


class TableMaker:
    """Gives the tables that it was told, one after the other, and the last one from then on."""

    def __init__(self, *weights):
        self.weights, self.made = weights, 0

    def __call__(self):
        weights = self.weights[min(self.made, len(self.weights) - 1)]
        self.made += 1
        return self.made, (np.array(weights, np.float32), PIXELS, FIRST)


def far_from_beam(made):
    return np.empty(0, np.intp)


UNSOUND = {
    "no number": [np.nan, 0.25, 0.75, 1],
    "negative": [0.4, 1.8, -0.8, 1],
    "more than the pixel": [0.4, 0.25, 0.75, 1.01],
    "infinite": [0.4, 0.25, np.inf, 1],
}


@pytest.mark.parametrize("weights", UNSOUND.values(), ids=UNSOUND)
def test_an_unsound_table_is_made_again(weights):
    maker = TableMaker(weights, GOOD)
    made, (found, _, _) = with_sound_shares(maker, far_from_beam, 3)
    assert made == 2
    np.testing.assert_array_equal(found, np.float32(GOOD))


@pytest.mark.parametrize("weights", UNSOUND.values(), ids=UNSOUND)
def test_a_table_that_stays_unsound_is_refused(weights):
    maker = TableMaker(weights)
    with pytest.raises(ValueError, match=r"shares 1 of 3 pixels .* 5 times: choose another"):
        with_sound_shares(maker, far_from_beam, 3)
    assert maker.made == ATTEMPTS


def test_rounding_is_no_reason_to_make_a_table_again():
    maker = TableMaker([0.4, -5e-5, 1.00005, 1.00003])
    assert with_sound_shares(maker, far_from_beam, 3)[0] == 1


def test_a_pixel_near_the_beam_is_left_out_where_its_shares_are_unsound():
    maker = TableMaker([0.4, 1.8, -0.8, 1])
    made, (weights, pixels, first) = with_sound_shares(maker, lambda made: np.array([1]), 3)
    assert made == 1
    np.testing.assert_array_equal(weights, np.float32([0.4, 1]))
    np.testing.assert_array_equal(pixels, [0, 2])
    np.testing.assert_array_equal(first, [0, 1, 1, 2])
