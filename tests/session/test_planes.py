"""Pictures, histograms and profiles of planes, against plain NumPy."""

import numpy as np
import pytest

from daisy_kernel.datastore import ArrayReference
from daisy_kernel.errors import AxesClash, InvalidParameter, OutOfBudget, UnknownName
from daisy_kernel.session import plane


@pytest.fixture
def volume(store):
    values = np.random.default_rng(3).normal(100, 20, (4, 37, 29)).astype(np.float32)
    store.put("v", ArrayReference(values), ("slice", "y", "x"))
    return values


def _counts(buffers):
    return np.frombuffer(buffers[0], "<u4")


@pytest.mark.parametrize("binning", [1, 2, 5, 40])
def test_a_picture_read_in_bands_is_that_read_at_once(service, volume, monkeypatch, binning):
    asked = {"name": "v", "axis": 2, "index": 7, "bits": 16, "binning": binning}
    whole = service.call("objects.image", asked)
    monkeypatch.setattr(plane, "_BAND_BYTES", 3 * 4 * 37)
    banded = service.call("objects.image", asked)
    assert banded[0] == whole[0]
    assert bytes(banded[1][0]) == bytes(whole[1][0])
    assert whole[0]["binning"] == binning
    assert whole[0]["full_shape"] == [4, 37]


def test_a_picture_has_squares_of_the_side_asked_for(service, volume):
    picture, buffers = service.call(
        "objects.image",
        {"name": "v", "index": 1, "binning": 3, "bits": 16, "low": 0.0, "high": 200.0},
    )
    assert picture["shape"] == [12, 9]
    levels = np.frombuffer(buffers[0], "<u2").reshape(12, 9)
    means = volume[1, :36, :27].reshape(12, 3, 9, 3).mean(axis=(1, 3))
    assert np.abs(levels / 65535 * 200 - means).max() < 0.51 * 200 / 65535 + 1e-4


def test_a_picture_too_large_to_be_one_is_refused(service, store):
    store.put("wide", np.broadcast_to(np.float32(0), (2, 9000)))
    with pytest.raises(OutOfBudget, match="larger squares"):
        service.call("objects.image", {"name": "wide", "max_size": 10_000})


@pytest.mark.parametrize("index", [0, 3, None])
def test_a_histogram_is_numpys(service, volume, index):
    asked = {"name": "v", "index": index, "bins": 17, "low": 80.0, "high": 130.0}
    found, buffers = service.call("objects.histogram", asked)
    values = volume if index is None else volume[index]  # four planes: all of them are looked at
    expected, _ = np.histogram(values.astype(np.float64), 17, (80.0, 130.0))
    np.testing.assert_array_equal(_counts(buffers), expected)
    assert found["below"] == np.count_nonzero(values < 80)
    assert found["above"] == np.count_nonzero(values > 130)
    assert found["missing"] == 0
    assert found["below"] + found["above"] + expected.sum() == values.size


def test_a_histogram_without_bounds_holds_every_finite_value(service, store):
    store.put("h", np.array([[1.0, 2, 2, np.nan], [np.inf, -np.inf, 4, 3]]))
    found, buffers = service.call("objects.histogram", {"name": "h", "bins": 3})
    assert (found["low"], found["high"]) == (1, 4)
    assert _counts(buffers).tolist() == [1, 2, 2]
    assert (found["below"], found["above"], found["missing"]) == (1, 1, 1)


@pytest.mark.parametrize("value", [0.0, -3.0, 7.5])
def test_values_that_are_all_alike_fill_the_first_bin(service, store, value):
    store.put("h", np.full((3, 4), value))
    found, buffers = service.call("objects.histogram", {"name": "h", "bins": 4})
    assert found["low"] == value < found["high"]
    assert _counts(buffers).tolist() == [12, 0, 0, 0]


def test_a_histogram_that_goes_backwards_is_refused(service, volume):
    with pytest.raises(InvalidParameter, match="lower and a higher"):
        service.call("objects.histogram", {"name": "v", "low": 5.0, "high": 5.0})


def _profile(service, **asked):
    found, buffers = service.call("objects.profile", {"name": "v", "index": 2, **asked})
    values = np.frombuffer(buffers[0], "<f4")
    assert len(values) == found["samples"]
    return found, values


def test_a_profile_through_pixel_centres_has_their_values(service, volume):
    found, values = _profile(service, start=[5, 3], stop=[5, 20])
    np.testing.assert_array_equal(values, volume[2, 5, 3:21])
    assert found["length"] == 17
    _, values = _profile(service, start=[30, 4], stop=[10, 4])
    np.testing.assert_array_equal(values, volume[2, 30:9:-1, 4])


def test_a_profile_between_pixels_is_linear(service, store):
    y, x = np.mgrid[:40, :30]
    store.put("v", np.broadcast_to(3.0 * y - 2.0 * x, (3, 40, 30)))
    rows, columns = np.linspace(1.25, 30.5, 50), np.linspace(28.75, 2.5, 50)
    for width in (1, 2, 5):  # the mean of lines on both sides is the plane's own value
        found, values = _profile(
            service, start=[1.25, 25.75], stop=[30.5, 4.5], samples=50, width=width
        )
        columns = np.linspace(25.75, 4.5, 50)
        np.testing.assert_allclose(values, 3 * rows - 2 * columns, rtol=0, atol=1e-4)
        assert found["length"] == pytest.approx(np.hypot(29.25, 21.25))


def test_a_profile_is_nan_outside_and_a_missing_pixel_stays_alone(service, store):
    plane = np.ones((3, 6, 6))
    plane[2, 3, 3] = np.nan
    store.put("v", plane)
    _, values = _profile(service, start=[3, -2], stop=[3, 7])
    np.testing.assert_array_equal(np.isnan(values), [1, 1, 0, 0, 0, 1, 0, 0, 1, 1])
    _, values = _profile(service, start=[2, 2], stop=[2, 2])
    assert values.tolist() == [1, 1]


class _Watched:
    """An array of planes that remembers which parts were read."""

    def __init__(self, values):
        self.values, self.shape, self.dtype = values, values.shape, values.dtype
        self.read = []

    def __getitem__(self, key):
        self.read.append(self.values[key].shape)
        return self.values[key]


@pytest.mark.parametrize("width", [1, 4])
def test_a_profile_reads_the_box_about_its_lines_and_no_more(service, store, volume, width):
    ends = ([4.5, 3.25], [12, 9]), ([30, 25], [44, 33]), ([-3, 20], [9, 20]), ([50, 3], [60, 4])
    for start, stop in ends:
        asked = {"start": start, "stop": stop, "width": width}
        _, values = _profile(service, **asked)
        watched = _Watched(volume)
        store.put("watched", ArrayReference(watched))
        _, buffers = service.call("objects.profile", {"name": "watched", "index": 2, **asked})
        np.testing.assert_array_equal(np.frombuffer(buffers[0], "<f4"), values)
        most = np.abs(np.subtract(start, stop)) + width + 2
        assert all((np.array(read[-2:]) <= most).all() for read in watched.read)
        assert bool(watched.read) == (start != [50, 3])


def test_a_rectangle_of_too_many_pixels_is_refused(service, store):
    store.put("wide", np.broadcast_to(np.float32(0), (1 << 14, 1 << 13)))
    asked = {"name": "wide", "rows": [0, 1 << 14], "columns": [0, 1 << 13]}
    with pytest.raises(OutOfBudget, match="at most 67108864 pixels"):
        service.call("objects.statistics", asked)


def test_the_statistics_of_a_rectangle_are_numpys_and_count_what_is_missing(service, store):
    plane = np.random.default_rng(3).normal(5, 2, (4, 37, 29))
    plane[2, 5, 4], plane[2, 6, 9] = np.nan, np.inf
    store.put("v", plane)
    asked = {"name": "v", "index": 2, "rows": [3, 20], "columns": [2, 29]}

    found, _ = service.call("objects.statistics", asked)
    values = plane[2, 3:20, 2:29]
    finite = values[np.isfinite(values)]
    assert (found["count"], found["missing"]) == (finite.size, 2)
    expected = {
        "mean": finite.mean(),
        "deviation": finite.std(),
        "low": finite.min(),
        "high": finite.max(),
        "median": np.median(finite),
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-12)


def test_a_rectangle_without_a_finite_value_has_no_numbers(service, store):
    store.put("v", np.full((6, 6), np.nan, np.float32))

    found, _ = service.call("objects.statistics", {"name": "v", "rows": [0, 2], "columns": [1, 4]})
    assert (found["count"], found["missing"], found["median"]) == (0, 6, None)


@pytest.mark.parametrize("rows", [[0, 38], [5, 5], [9, 3]])
def test_a_part_that_is_not_in_the_plane_is_refused(service, volume, rows):
    with pytest.raises(AxesClash, match=r"\(37, 29\)"):
        service.call("objects.statistics", {"name": "v", "rows": rows, "columns": [0, 4]})
    with pytest.raises(AxesClash, match=r"\(37, 29\)"):
        service.call("objects.image", {"name": "v", "region": [rows, [0, 4]]})


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_picture_of_a_region_is_that_part_of_the_plane(service, volume, axis):
    plane = np.moveaxis(volume, axis, 0)[1]
    region = [[1, plane.shape[0]], [3, 19]]
    bounds = {"low": 0.0, "high": 255.0, "bits": 16}
    asked = {"name": "v", "axis": axis, "index": 1, "region": region, **bounds}

    found, buffers = service.call("objects.image", asked)
    levels = np.frombuffer(buffers[0], "<u2").reshape(found["shape"])
    expected = np.rint(np.clip(plane[1:, 3:19], 0, 255) * (65535 / 255))
    np.testing.assert_allclose(levels, expected, rtol=0, atol=1)
    assert found["full_shape"] == list(plane.shape)


@pytest.mark.parametrize("operation", ["objects.histogram", "objects.profile", "objects.image"])
def test_a_plane_that_is_not_there_is_refused(service, volume, operation):
    line = {"start": [0, 0], "stop": [1, 1]} if operation == "objects.profile" else {}
    for wrong in ({"index": 4}, {"index": -1}, {"axis": 3, "index": 0}):
        with pytest.raises(AxesClash, match=r"\(4, 37, 29\)"):
            service.call(operation, {"name": "v", **line, **wrong})


@pytest.fixture
def pair(store):
    """Two objects of equal shape whose difference is larger than either, and wraps around."""
    random = np.random.default_rng(4)
    first = random.integers(0, 65536, (4, 37, 29)).astype(np.uint16)
    second = random.integers(0, 65536, (4, 37, 29)).astype(np.uint16)
    store.put("first", ArrayReference(first))
    store.put("second", second)
    return first, second


@pytest.mark.parametrize("binning", [1, 3, 40])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_difference_is_that_of_all_values_averaged_as_a_picture(
    service, pair, monkeypatch, axis, binning
):
    first, second = (each.astype(np.float64).take(3, axis) for each in pair)
    monkeypatch.setattr(plane, "_BAND_BYTES", 3 * 4 * 37)
    asked = {"name": "second", "minus": "first", "axis": axis, "index": 3, "binning": binning}
    picture, buffers = service.call(
        "objects.image", {**asked, "bits": 16, "low": -65535.0, "high": 65535.0}
    )
    found = np.frombuffer(buffers[0], "<u2").reshape(picture["shape"]) * 2.0 - 65535
    y, x = (min(binning, n) for n in first.shape)
    n_y, n_x = (n // side for n, side in zip(first.shape, (y, x), strict=True))
    whole = (second - first)[: n_y * y, : n_x * x]
    np.testing.assert_allclose(found, whole.reshape(n_y, y, n_x, x).mean(axis=(1, 3)), atol=1.01)
    assert picture["full_shape"] == list(first.shape)


def test_a_difference_of_large_integers_keeps_what_float32_would_lose(service, store):
    first = np.full((3, 4), 2**40, np.int64)
    store.put("first", first)
    store.put("second", first + np.arange(4))
    found = service.call("objects.range", {"name": "second", "minus": "first"})[0]
    assert (found["low"], found["high"]) == (0.5, 2.5)  # means of squares of two pixels
    picture, _ = service.call("objects.image", {"name": "second", "minus": "first"})
    assert (picture["low"], picture["high"]) == (0, 3)


def test_a_histogram_of_a_difference_counts_its_values(service, pair):
    first, second = (each.astype(np.float64) for each in pair)
    for index in (2, None):
        asked = {"name": "second", "minus": "first", "index": index, "bins": 9}
        found, buffers = service.call("objects.histogram", asked)
        values = (second - first)[... if index is None else index]
        assert (found["low"], found["high"]) == (values.min(), values.max())
        np.testing.assert_array_equal(_counts(buffers), np.histogram(values, 9)[0])


def test_complex_objects_differ_by_their_magnitudes(service, store):
    store.put("first", np.array([[3 + 4j, np.nan]], np.complex64))
    store.put("second", np.array([[-2j, 1]], np.complex64))
    picture, _ = service.call("objects.image", {"name": "second", "minus": "first"})
    assert (picture["low"], picture["high"]) == (-3, -3)


@pytest.mark.parametrize("operation", ["objects.image", "objects.range", "objects.histogram"])
def test_objects_of_different_shapes_have_no_difference(service, volume, store, operation):
    store.put("other", np.zeros((4, 37, 28)))
    with pytest.raises(AxesClash, match=r"'v' has shape \(4, 37, 29\) and 'other' has"):
        service.call(operation, {"name": "v", "minus": "other"})
    with pytest.raises(UnknownName, match="nothing"):
        service.call(operation, {"name": "v", "minus": "nothing"})
