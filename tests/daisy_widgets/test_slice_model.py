"""Which plane is looked at, with which window, and the levels that stand for it."""

import h5py
import numpy as np
import pytest

from daisy_kernel.errors import AxesClash, DaisyError, InvalidParameter
from daisy_widgets.plane_sources import plane_source
from daisy_widgets.slice_model import PREVIEW_SIZE, SliceModel


def model_of(array, **names):
    return SliceModel(plane_source(array, **names))


def values_of(image):
    """What the levels of a plane stand for."""
    return image.low + image.levels / np.iinfo(image.levels.dtype).max * (image.high - image.low)


class Counting:
    """A handle that counts the planes that are read from it."""

    def __init__(self, handle):
        self._handle, self.reads = handle, 0

    def __getattr__(self, name):
        return getattr(self._handle, name)

    def __getitem__(self, key):
        return self._handle[key]

    def image(self, **asked):
        self.reads += 1
        return self._handle.image(**asked)


@pytest.mark.parametrize("name", ["volume", "volume in a file"])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_full_plane_shows_the_values_of_the_object_in_storage_order(session, volume, name, axis):
    model = SliceModel(session[name])
    model.set_window(0, 240)

    image = model.full(size=512, axis=axis, index=2)

    assert image.levels.dtype == np.dtype("<u2")
    step = (image.high - image.low) / 65535
    np.testing.assert_allclose(values_of(image), volume.take(2, axis), atol=0.51 * step)


def test_a_preview_spends_all_its_levels_within_the_window(volume):
    model = model_of(volume)

    image = model.preview(index=1, window=(110, 120))

    assert image.levels.dtype == np.uint8
    expected = np.rint(255 * np.clip((volume[1] - 110) / 10, 0, 1))
    np.testing.assert_array_equal(image.levels, expected)


def test_a_preview_for_logarithmic_colours_has_65536_levels_within_the_window(volume):
    image = model_of(volume).preview(index=1, window=(110, 120), bits=16)

    expected = np.clip(volume[1], 110, 120)
    np.testing.assert_allclose(values_of(image), expected, atol=0.51 * 10 / 65535)


def test_a_preview_is_never_larger_than_its_limit():
    model = model_of(np.zeros((1300, 700)))

    assert max(model.preview(size=4096).levels.shape) <= PREVIEW_SIZE
    assert model.full(size=4096).levels.shape == (1300, 700)


def test_the_window_may_move_by_its_width_within_a_full_plane(volume):
    model = model_of(volume)
    model.set_window(50, 60)

    image = model.full(size=512)

    assert image.low <= 40
    assert image.high >= 70


def test_the_first_window_leaves_out_a_stray_pixel(volume):
    magnified = volume.repeat(20, axis=1).repeat(20, axis=2)
    magnified[0, 0, 0] = 1e6
    model = model_of(magnified)

    assert 200 < model.window[1] < 300
    assert model.window_limits[1] < 1000


def test_a_volume_is_first_seen_in_its_middle_and_an_image_as_it_is(volume):
    assert (model_of(volume).axis, model_of(volume).index) == (0, 1)
    assert (model_of(volume[0]).axis, model_of(volume[0]).index) == (0, 0)


def test_an_image_gives_its_values_and_its_window(volume):
    model = model_of(volume[2])

    assert model.value(y=3, x=4) == 234
    assert model.full_window() == (200, 234)
    assert model.count(0) == 1


def test_a_plane_is_read_once(volume):
    source = Counting(plane_source(volume))
    model = SliceModel(source)

    first = model.preview(index=0)
    again = model.preview(index=0)
    model.preview(index=1)

    assert again is first
    assert source.reads == 2


def test_few_planes_are_kept():
    source = Counting(plane_source(np.zeros((40, 2, 2))))
    model = SliceModel(source)
    for index in range(40):
        model.preview(index=index)

    model.preview(index=39)
    assert source.reads == 40
    model.preview(index=0)
    assert source.reads == 41


def test_what_was_forgotten_is_read_anew(volume):
    model = model_of(volume)
    model.set_window(0, 255)
    model.preview(index=0)
    volume[0] = 255

    assert model.preview(index=0).levels.max() < 255
    model.forget()
    assert model.preview(index=0).levels.min() == 255


@pytest.mark.parametrize("value", [0.0, -4.0, 1e-30, 7])
def test_a_constant_image_has_a_window_around_its_value(value):
    model = model_of(np.full((3, 4, 5), value))

    for low, high in (model.window, model.auto_window(), model.wide_window(), model.full_window()):
        assert low < value < high
    np.testing.assert_allclose(values_of(model.full(size=9)), value, atol=1e-3 * abs(value) + 1e-3)


def test_nan_counts_for_no_window(volume):
    volume[1, :, 0] = np.nan
    model = model_of(volume)

    assert np.isfinite(model.window).all()
    assert model.full_window(index=1) == (101, 134)
    assert np.isnan(model.value(index=1, y=2, x=0))


def test_a_plane_without_a_finite_value_says_so(volume):
    volume[1] = np.nan
    model = model_of(volume, name="holes")

    with pytest.raises(DaisyError, match=r"Plane 1 of 'holes' holds no finite value: choose"):
        model.auto_window(index=1)
    assert not model.full(size=9, index=1).levels.any()


def test_the_windows_of_a_plane_follow_its_percentiles_even_when_sampled():
    values = np.random.default_rng(1).normal(size=(1200, 1300))
    values[7, 7] = 99
    model = model_of(values)

    np.testing.assert_allclose(model.auto_window(), np.percentile(values, (1, 99)), atol=0.02)
    np.testing.assert_allclose(model.wide_window(), np.percentile(values, (0.1, 99.9)), atol=0.05)
    assert model.full_window() == (values.min(), 99)


@pytest.mark.parametrize(
    "dtype", [bool, np.uint8, np.int16, np.uint16, ">u2", np.int64, np.float64, ">f4", np.complex64]
)
def test_every_numerical_type_can_be_looked_at(dtype):
    array = np.arange(12).reshape(3, 4).astype(dtype)
    model = model_of(array)

    assert model.value(y=1, x=1) == array[1, 1]
    assert model.full(size=9).levels.shape == (3, 4)
    assert np.isfinite(model.full_window()).all()


def test_a_dataset_of_an_open_file_can_be_looked_at(volume, tmp_path):
    with h5py.File(tmp_path / "open.h5", "w") as file:
        model = model_of(file.create_dataset("counts", data=volume), name="counts")

        assert model.name == "counts"
        assert model.value(axis=2, index=4, y=1, x=3) == 134


def test_an_axis_that_is_shorter_is_entered_in_the_middle(volume):
    model = model_of(volume)
    model.move(axis=2, index=4)

    model.move(axis=1)

    assert (model.axis, model.index) == (1, 2)


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ({"axis": 3}, r"cannot be cut across axis 3; choose 0 to 2"),
        ({"index": 3}, r"3 planes across 'axis 0': there is no plane 3; choose 0 to 2"),
        ({"axis": 1, "index": -1}, r"there is no plane -1; choose 0 to 3"),
    ],
)
def test_a_plane_that_is_not_there_changes_nothing(volume, place, message):
    model = model_of(volume)

    with pytest.raises(AxesClash, match=message):
        model.move(**place)

    assert (model.axis, model.index) == (0, 1)


@pytest.mark.parametrize("window", [(2, 1), (1, 1), (0, np.nan), (-np.inf, 0)])
def test_a_window_that_does_not_rise_changes_nothing(volume, window):
    model = model_of(volume)
    before = model.window

    with pytest.raises(InvalidParameter, match="must be a number below its upper end"):
        model.set_window(*window)

    assert model.window == before


@pytest.mark.parametrize("shape", [(), (4,), (2, 2, 2, 2)])
def test_other_dimensions_are_refused_with_what_to_do(shape):
    with pytest.raises(AxesClash, match=r"shows two or three dimensions; give a part"):
        model_of(np.zeros(shape))


def test_an_empty_object_is_refused():
    with pytest.raises(AxesClash, match="holds no value"):
        model_of(np.zeros((0, 4, 4)))


def test_a_name_is_not_taken_for_an_array():
    with pytest.raises(DaisyError, match=r"str holds <U5, not numbers.*session\['name'\]"):
        plane_source("recon")


def test_axes_that_do_not_fit_are_refused(volume):
    with pytest.raises(DaisyError, match="name every dimension once"):
        plane_source(volume, axes=("y", "x"))


@pytest.mark.parametrize("name", ["volume", "volume in a file"])
def test_a_region_of_a_plane_shows_its_values_and_is_told_apart_from_others(session, volume, name):
    source = Counting(session[name])
    model = SliceModel(source)
    model.set_window(0, 240)

    part = model.full(size=512, index=2, region=((1, 3), (2, 5)))
    other = model.full(size=512, index=2, region=((0, 2), (2, 5)))
    again = model.full(size=512, index=2, region=((1, 3), (2, 5)))

    step = (part.high - part.low) / 65535
    np.testing.assert_allclose(values_of(part), volume[2, 1:3, 2:5], atol=0.51 * step)
    np.testing.assert_allclose(values_of(other), volume[2, 0:2, 2:5], atol=0.51 * step)
    assert part.full_shape == (4, 5)
    assert again is part
    assert source.reads == 2


def test_a_model_of_an_object_that_has_grown_has_more_planes_and_none_of_the_old_ones(volume):
    model = model_of(volume, axes=("slice", "y", "x"))
    model.set_window(0, 255)
    model.preview(index=2)

    model.renew(plane_source(np.concatenate([volume, volume]) * 0))

    assert (model.shape, model.axes) == ((6, 4, 5), ("slice", "y", "x"))
    assert model.preview(index=2).levels.max() == 0
    with pytest.raises(AxesClash, match="make a new viewer"):
        model.renew(plane_source(volume[0]))
    with pytest.raises(AxesClash, match="holds no value"):
        model.renew(plane_source(volume[:0]))
    assert model.shape == (6, 4, 5)
