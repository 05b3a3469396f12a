import numpy as np
import pytest
from scipy.ndimage import median_filter

from daisy_kernel.numba_kernels import remove_outliers


@pytest.fixture
def frames():
    rng = np.random.default_rng(2)
    smooth = 0.5 + 0.3 * np.sin(np.arange(9 * 11 * 13) / 50).reshape(9, 11, 13)
    frames = smooth + rng.normal(0, 0.1, smooth.shape)
    hits = rng.random(frames.shape) < 0.05
    frames[hits] += rng.uniform(-2, 3, hits.sum())
    return frames.astype(np.float32)


def plain(frames, threshold, size, window, sign):
    shape = (1, size, size) if window == "image" else (size, 1, 1)
    median = median_filter(frames, shape, mode="reflect")
    bright = (median < frames - np.float32(threshold)) & (sign != "dark")
    dark = (median > frames + np.float32(threshold)) & (sign != "bright")
    return np.where(bright | dark, median, frames)


@pytest.mark.parametrize("window", ["image", "angle"])
@pytest.mark.parametrize("sign", ["bright", "dark", "both"])
@pytest.mark.parametrize("size", [1, 3, 5])
def test_every_pixel_is_that_of_the_plain_algorithm(frames, window, sign, size):
    cleaned = remove_outliers(frames, threshold=0.4, size=size, window=window, sign=sign)
    np.testing.assert_array_equal(cleaned, plain(frames, 0.4, size, window, sign))
    assert size == 1 or (cleaned != frames).sum() > 5


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 1, 5), (1, 4, 1)])
@pytest.mark.parametrize("dtype", ["u2", "f8", ">i4"])
def test_small_stacks_of_any_type(shape, dtype):
    counts = np.random.default_rng(1).integers(0, 9000, shape).astype(dtype)
    for window in ("image", "angle"):
        cleaned = remove_outliers(counts, threshold=100, window=window, sign="both")
        expected = plain(counts.astype(np.float32), 100, 3, window, "both")
        np.testing.assert_array_equal(cleaned, expected)


def test_zingers_disappear_and_nothing_else_changes(frames):
    clean = np.full((3, 20, 20), 1000, np.uint16)
    hit = clean.copy()
    places = ([0, 1, 2, 2], [0, 7, 19, 12], [0, 8, 19, 3])
    hit[places] = 60_000
    np.testing.assert_array_equal(remove_outliers(hit, threshold=500), clean)


def test_a_nan_stays_and_does_not_hide_an_outlier_beside_it():
    frames = np.ones((1, 7, 7), np.float32)
    frames[0, 3, 3], frames[0, 3, 4] = np.nan, 50
    cleaned = remove_outliers(frames, threshold=1)
    assert np.argwhere(np.isnan(cleaned)).tolist() == [[0, 3, 3]]
    assert np.nanmax(cleaned) == 1


@pytest.mark.parametrize(("window", "axis"), [("image", 0), ("angle", 1)])
def test_blocks_without_neighbours_give_the_same_bits(frames, window, axis):
    whole = remove_outliers(frames, threshold=0.3, window=window)
    for i in range(frames.shape[axis]):
        block = np.ascontiguousarray(np.take(frames, [i], axis))
        part = remove_outliers(block, threshold=0.3, window=window)
        np.testing.assert_array_equal(part, np.take(whole, [i], axis))


@pytest.mark.parametrize(("window", "axis"), [("image", 1), ("angle", 0)])
def test_blocks_with_half_a_window_of_neighbours_give_the_same_bits(frames, window, axis):
    whole = remove_outliers(frames, threshold=0.3, size=5, window=window)
    n = frames.shape[axis]
    for i in range(n):
        lo, hi = max(0, i - 2), min(n, i + 3)
        block = np.ascontiguousarray(np.take(frames, range(lo, hi), axis))
        part = remove_outliers(block, threshold=0.3, size=5, window=window)
        np.testing.assert_array_equal(np.take(part, i - lo, axis), np.take(whole, i, axis))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"threshold": 0}, "threshold is 0; it must be positive"),
        ({"threshold": float("nan")}, "threshold is nan"),
        ({"size": 4}, "window is 4 wide; it must be odd"),
        ({"window": "time"}, "window is 'time'; known are image, angle"),
        ({"sign": "grey"}, "sign is 'grey'; known are bright, dark, both"),
    ],
)
def test_what_makes_no_sense_is_refused(frames, wrong, message):
    with pytest.raises(ValueError, match=message):
        remove_outliers(frames, **{"threshold": 1.0, **wrong})
