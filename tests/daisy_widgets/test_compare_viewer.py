"""Two objects side by side without a browser: what they share, and their difference."""

import threading

import numpy as np
import pytest

from daisy_kernel.errors import AxesClash
from daisy_widgets import CompareViewer


@pytest.fixture
def other(volume):
    """Between 3 less and 56 more than the volume."""
    return volume + np.arange(60, dtype=np.float32).reshape(3, 4, 5) - 3


@pytest.fixture
def viewer(volume, other):
    made = CompareViewer(volume, other, titles=("fbp", "sirt"))
    yield made
    made.close()


def all_of(viewer):
    return [view for view in (viewer.first, viewer.second, viewer.difference) if view is not None]


def subtract(viewer):
    viewer.mode = "difference"
    assert viewer.first.jobs.wait(10)
    return viewer.difference


@pytest.mark.parametrize("leader", [0, 1, 2])
def test_axis_plane_and_zoom_are_those_of_all_views(viewer, leader):
    subtract(viewer)

    all_of(viewer)[leader].set_state({"axis": 2, "index": 4})
    all_of(viewer)[leader].set_state({"sight": [2.0, 0.25, 0.75]})

    assert [(view.axis, view.index) for view in all_of(viewer)] == [(2, 4)] * 3
    assert [view.sight for view in all_of(viewer)] == [(2, 0.25, 0.75)] * 3


def test_the_difference_is_made_when_it_is_asked_for_and_begins_where_the_others_are(viewer):
    viewer.first.set_state({"axis": 1, "index": 3})
    assert viewer.difference is None

    difference = subtract(viewer)

    assert (difference.axis, difference.index, difference.title) == (1, 3, "sirt − fbp")
    viewer.mode = "side by side"
    assert subtract(viewer) is difference


def test_the_difference_has_a_symmetric_window_and_colours_of_its_own(viewer, volume, other):
    difference = subtract(viewer)
    assert difference.window[0] == -difference.window[1]
    assert difference.colormap == "blue-red"

    viewer.first.set_state({"window": [1.0, 2.0], "colormap": "magma", "scale": "log"})

    assert viewer.second.window == (1, 2)
    assert (viewer.second.colormap, viewer.second.scale) == ("magma", "log")
    assert difference.window[0] < 0
    assert (difference.colormap, difference.scale) == ("blue-red", "linear")
    found = difference.model.full(size=9, index=2)
    values = found.low + found.levels / 65535 * (found.high - found.low)
    step = (found.high - found.low) / 65535
    np.testing.assert_allclose(values, (other - volume)[2], atol=0.51 * step)


def test_both_begin_with_a_window_that_suits_both(volume):
    viewer = CompareViewer(volume, volume - 1000)

    assert viewer.first.window == viewer.second.window
    low, high = viewer.first.window
    assert low < -990
    assert high > 200


def test_objects_of_a_session_bring_their_names(session, other):
    session["other"] = other
    viewer = CompareViewer(session["volume"], session["other"], mode="difference")

    assert viewer.first.jobs.wait(10)
    assert [view.title for view in all_of(viewer)] == ["volume", "other", "other − volume"]
    assert viewer.difference.axes == ["slice", "y", "x"]


@pytest.mark.parametrize("replaced", ["volume", "other"])
def test_the_difference_is_formed_anew_when_an_object_is_replaced(session, other, replaced):
    session["other"] = other
    viewer = CompareViewer(session["volume"], session["other"], mode="difference")
    assert viewer.first.jobs.wait(10)
    shown, where = viewer.difference, {"axis": 0, "index": 1, "y": 2, "x": 3}
    before = shown.model.full(size=9, index=1, window=(-100, 100))
    value = shown.model.value(**where)
    changed = threading.Event()
    shown.send = lambda content, buffers=None: changed.set()

    session[replaced] = session[replaced][...] + 7

    assert changed.wait(10)
    after = shown.model.full(size=9, index=1, window=(-100, 100))
    moved = (after.levels.astype(float) - before.levels) / 65535 * (after.high - after.low)
    sign = 1 if replaced == "other" else -1
    np.testing.assert_allclose(moved, 7 * sign, atol=0.1)
    assert shown.model.value(**where) == value + 7 * sign
    viewer.close()


def test_an_object_may_be_replaced_before_the_difference_is_looked_at(session, volume, other):
    session["other"] = other
    viewer = CompareViewer(session["volume"], session["other"])
    renewed = threading.Event()
    viewer.second.observe(lambda change: renewed.set(), "renewed")

    session["other"] = volume + 5

    assert renewed.wait(10)
    assert subtract(viewer).model.value(axis=0, index=1, y=2, x=3) == 5
    viewer.close()


def test_the_switch_and_the_mode_are_the_same(viewer):
    assert viewer.mode == "side by side"
    viewer.switch.value = "flicker"
    assert viewer.mode == "flicker"
    viewer.mode = "side by side"
    assert viewer.switch.value == "side by side"


def test_a_difference_that_cannot_be_formed_is_told_and_the_two_stay(viewer, monkeypatch):
    def fail(**asked):
        raise OSError("the disk is gone")

    monkeypatch.setattr(viewer._source, "value_range", fail)
    assert subtract(viewer) is None

    assert viewer.mode == "side by side"
    assert "the disk is gone" in viewer._notice.text


def test_images_are_compared_as_well(volume):
    viewer = CompareViewer(volume[0], volume[1], mode="difference")

    assert viewer.first.jobs.wait(10)
    assert set(viewer.difference.model.full(size=9).levels.flat) == {
        round(65535 * (0.5 + 100 / (viewer.difference.window[1] * 9 * 2)))
    }


def test_objects_of_different_shapes_are_refused(volume):
    with pytest.raises(AxesClash, match=r"'first' has shape \(3, 4, 5\) and 'second' has"):
        CompareViewer(volume, volume[:2])
