"""The difference of two objects, cut into planes."""

import numpy as np
import pytest

from daisy_kernel.errors import AxesClash
from daisy_widgets.difference_model import DifferenceModel, symmetric
from daisy_widgets.plane_sources import Difference, SampledOnce, plane_source


class Watched:
    """The transport of a session, and what was asked of it."""

    def __init__(self, transport):
        self._transport, self.asked = transport, []
        self.read_bytes = transport.read_bytes

    def call(self, operation, arguments, buffers=()):
        self.asked.append(operation)
        return self._transport.call(operation, arguments, buffers)


def difference_of(second, first):
    return Difference(plane_source(second), plane_source(first), name="difference")


def values_of(image):
    return image.low + image.levels / np.iinfo(image.levels.dtype).max * (image.high - image.low)


@pytest.fixture
def other(session, volume):
    """Another volume in the same session, from -7 to 52 above the first one."""
    values = volume + np.arange(volume.size).reshape(volume.shape) - 7
    session["other"] = values
    return values


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_objects_of_a_session_are_subtracted_there(session, volume, other, axis):
    watched = Watched(session.transport)
    first, second = session["volume"], session["other"]
    first._transport = second._transport = watched
    model = DifferenceModel(difference_of(second, first))

    image = model.full(size=99, axis=axis, index=2)

    expected = (other - volume).take(2, axis)
    step = (image.high - image.low) / 65535
    np.testing.assert_allclose(values_of(image), expected, atol=0.51 * step)
    assert watched.asked == ["objects.range", "objects.image"]


def pairs(session, volume, other):
    return {
        "arrays": (other, volume),
        "an array and an object": (other, session["volume"]),
        "an object and an array": (session["other"], volume),
    }


@pytest.mark.parametrize("which", ["arrays", "an array and an object", "an object and an array"])
def test_whatever_else_is_subtracted_here(session, volume, other, which):
    model = DifferenceModel(difference_of(*pairs(session, volume, other)[which]))

    image = model.full(size=99, axis=1, index=3)

    step = (image.high - image.low) / 65535
    np.testing.assert_allclose(values_of(image), (other - volume)[:, 3], atol=0.51 * step)
    for z, y, x in np.ndindex(volume.shape):
        found = model.value(axis=1, index=y, y=z, x=x)
        assert found == other[z, y, x] - volume[z, y, x]


def test_zero_lies_in_the_middle_of_every_window(session, volume, other):
    model = DifferenceModel(difference_of(other, volume))
    plane = (other - volume)[0]  # -7 to 12

    assert model.full_window(index=0) == (-12, 12)
    reach = np.percentile(plane, 99)
    assert model.auto_window(index=0) == pytest.approx((-reach, reach))
    reach = np.percentile(plane, 99.9)
    assert model.wide_window(index=0) == pytest.approx((-reach, reach))
    assert model.window[0] == -model.window[1] < 0
    assert model.window_limits[0] == -model.window_limits[1]
    reverse = DifferenceModel(difference_of(volume, other))
    assert reverse.full_window(index=0) == (-12, 12)
    assert symmetric((-3, 2)) == symmetric((-2, 3)) == (-3, 3)


def test_equal_objects_have_a_window_all_the_same(volume):
    model = DifferenceModel(difference_of(volume, volume.copy()))

    assert model.window[0] == -model.window[1] < 0
    image = model.preview(index=1)
    assert set(image.levels.flat) == {128}  # the middle of 255


def test_objects_of_different_shapes_are_not_compared(volume):
    with pytest.raises(AxesClash, match=r"'a' has shape \(3, 4, 4\) and 'b' has shape \(3, 4, 5\)"):
        Difference(
            plane_source(volume, name="b"), plane_source(volume[..., :4], name="a"), name="c"
        )


def test_the_range_of_an_object_is_sampled_once(session):
    handle = session["volume"]
    handle._transport = watched = Watched(session.transport)
    source = SampledOnce(handle)

    assert source.value_range() == source.value_range()
    assert watched.asked == ["objects.range"]
    assert (source.name, source.shape, source.axes) == ("volume", (3, 4, 5), ("slice", "y", "x"))
