"""Masks, built from each of their parts."""

import numpy as np
import pytest

from daisy_kernel.contracts.run import RunOptions
from daisy_kernel.datastore import DataStore
from daisy_kernel.engines.inprocess import InProcessEngine
from daisy_kernel.errors import AxesClash


def mask_of(image, **params):
    store = DataStore()
    store.put("image", image)
    if "other_dataobj" in params:
        store.put(params["other_dataobj"], np.eye(*image.shape, dtype=np.uint8))
    engine = InProcessEngine(store, RunOptions(1 << 30, 2))
    engine["MakeMask"].execute(input_dataobj="image", output_dataobj="mask", **params)
    mask = engine.data["mask"]
    assert mask.dtype == np.uint8
    return mask


@pytest.fixture
def image():
    return np.random.default_rng(0).poisson(100, (30, 40)).astype(np.float32)


def test_negative_and_unknown_pixels_are_excluded_without_being_asked(image):
    image[3, 4], image[5, 6] = -1, np.nan
    assert np.argwhere(mask_of(image)).tolist() == [[3, 4], [5, 6]]


def test_limits_and_rectangles_and_a_circle_and_another_mask_add_up(image):
    expected = (image > 120) | (image < 85)
    expected[2:5, 7:9] = True
    rows, columns = np.ogrid[:30, :40]
    expected |= (rows - 20) ** 2 + (columns - 10.5) ** 2 <= 9
    expected |= np.eye(30, 40, dtype=bool)
    found = mask_of(
        image, above=120, below=85, regions="2:5,7:9", beam_stop="20,10.5,3", other_dataobj="other"
    )
    np.testing.assert_array_equal(found, expected)


def test_a_hot_pixel_is_an_outlier_but_a_bright_ring_is_none(image):
    rows, columns = np.ogrid[:30, :40]
    radius = np.hypot(rows - 15, columns - 20)
    image += 3000 * np.exp(-0.5 * ((radius - 9) / 3) ** 2)
    image[6, 35] = 5000
    assert np.argwhere(mask_of(image, outliers=60)).tolist() == [[6, 35]]


def test_what_is_excluded_grows(image):
    image[10, 10] = -5
    assert mask_of(image, grow=2).sum() == 13


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"beam_stop": "1,2"}, "write it as row,column,radius"),
        ({"beam_stop": "1,2,0"}, "radius of beam_stop is 0"),
        ({"regions": "0:50,0:1"}, "goes beyond"),
    ],
)
def test_shapes_that_make_no_sense_are_refused_where_they_are_written(image, params, message):
    with pytest.raises(AxesClash, match=message):
        mask_of(image, **params)
