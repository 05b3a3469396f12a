import numpy as np
import pytest

from daisy_kernel.numba_kernels import mask_pixels, repair_pixels


@pytest.fixture
def frames():
    return np.random.default_rng(5).integers(100, 900, (4, 6, 12)).astype(np.uint16)


def test_the_mask_excludes_dead_saturated_and_hot_pixels_only():
    flats, darks = np.full((3, 4, 5), 1000, np.uint16), np.full((2, 4, 5), 10, np.uint16)
    flats[:, 0, 1] = 10
    flats[1, 1, 2] = 65535
    darks[:, 2, 3] = 700
    assert np.argwhere(mask_pixels(flats, darks)).tolist() == [[0, 1]]
    mask = mask_pixels(flats, darks, saturation=65535, hot=500)
    assert np.argwhere(mask).tolist() == [[0, 1], [1, 2], [2, 3]]
    assert mask.dtype == np.uint8


def test_bad_values_are_the_median_of_two_good_neighbours_on_each_side(frames):
    mask = np.zeros((6, 12), bool)
    mask[2, [0, 5, 6]] = True
    frames[3, 2, 7] = 65535
    repaired = repair_pixels(frames, mask, saturation=65535)
    expected = frames.astype(np.float32)
    for angle in range(4):
        bad = mask[2] | (frames[angle, 2] >= 65535)
        good = np.flatnonzero(~bad)
        for col in np.flatnonzero(bad):
            near = [*good[good < col][-2:], *good[good > col][:2]]
            expected[angle, 2, col] = np.median(frames[angle, 2, near])
    np.testing.assert_array_equal(repaired, expected)


def test_nothing_changes_without_mask_and_limit(frames):
    np.testing.assert_array_equal(repair_pixels(frames), frames)


def test_a_nan_is_no_good_neighbour_and_stays():
    frames = np.full((1, 1, 6), 3, np.float32)
    frames[0, 0, 2] = np.nan
    repaired = repair_pixels(frames, np.array([[0, 0, 0, 1, 0, 0]]))
    np.testing.assert_array_equal(repaired, frames)


def test_rows_and_projections_can_be_computed_apart(frames):
    mask = np.random.default_rng(1).random((6, 12)) < 0.2
    whole = repair_pixels(frames, mask, saturation=800)
    for i in range(6):
        part = repair_pixels(frames[:, i : i + 1].copy(), mask[i : i + 1], saturation=800)
        np.testing.assert_array_equal(part, whole[:, i : i + 1])
    for i in range(4):
        part = repair_pixels(frames[i : i + 1], mask, saturation=800)
        np.testing.assert_array_equal(part, whole[i : i + 1])


def test_a_row_without_a_good_value_and_a_mask_of_another_shape_are_refused(frames):
    frames[2, 3] = 65535
    with pytest.raises(ValueError, match="row 3 of projection 2 are masked or saturated"):
        repair_pixels(frames, saturation=65535)
    with pytest.raises(
        ValueError, match=r"mask has shape \(6, 11\) but projections show \(6, 12\)"
    ):
        repair_pixels(frames, np.zeros((6, 11)))
