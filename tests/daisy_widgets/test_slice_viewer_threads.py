"""The widget answers on a thread of its own: what goes on meanwhile, and how it ends."""

from __future__ import annotations

import threading
import time

import pytest

from daisy_widgets import CompareViewer, OrthogonalViewer, SliceViewer
from daisy_widgets.plane_sources import plane_source
from daisy_widgets.slice_model import SliceModel

PLANE = {
    **{"type": "plane", "view": "v", "detail": "full"},
    **{"axis": 2, "index": 0, "size": 9, "window": [0, 1]},
}


def answers(viewer):
    """Kinds of the custom messages so far."""
    return [data["content"]["type"] for data, _ in viewer.comm.sent if data["method"] == "custom"]


@pytest.fixture
def slow(volume, monkeypatch):
    """A viewer whose planes come when `release` is set; `begun` tells that one is being read."""
    viewer = SliceViewer(volume)
    viewer.begun, viewer.release = threading.Event(), threading.Event()
    full = viewer.model.full

    def held(**asked):
        viewer.begun.set()
        assert viewer.release.wait(10)
        return full(**asked)

    monkeypatch.setattr(viewer.model, "full", held)
    yield viewer
    viewer.release.set()
    assert viewer.jobs.wait(10)


def test_while_a_plane_is_read_whoever_asked_goes_on(slow, volume):
    slow._handle_custom_msg(PLANE, [])
    assert slow.begun.wait(10)

    slow.set_state({"axis": 2, "index": 4, "window": [5.0, 6.0]})
    quick = SliceViewer(volume)
    quick._handle_custom_msg(PLANE, [])

    assert quick.jobs.wait(10)
    assert answers(quick) == ["plane"]
    assert (slow.axis, slow.index, slow.window) == (2, 4, (5, 6))
    assert answers(slow) == []
    slow.release.set()
    assert slow.jobs.wait(10)
    assert answers(slow) == ["plane"]


def test_closing_waits_for_no_plane_and_nothing_comes_afterwards(slow, caplog):
    slow._handle_custom_msg(PLANE, [])
    slow._handle_custom_msg(PLANE, [])
    assert slow.begun.wait(10)
    slow.begun.clear()
    link = slow.comm

    slow.close()

    assert not slow.release.is_set()
    slow.release.set()
    assert slow.jobs.wait(10)
    assert not slow.begun.is_set()  # the second one is not read any more
    assert not [data for data, _ in link.sent if data["method"] == "custom"]
    assert not caplog.records


def test_a_plane_that_was_being_read_when_it_was_forgotten_is_not_kept(volume, monkeypatch):
    source = plane_source(volume)
    model, read = SliceModel(source), source.image
    model.set_window(0, 255)

    def read_and_change(**asked):
        image = read(**asked)
        volume[0] = 255
        model.forget()
        return image

    monkeypatch.setattr(source, "image", read_and_change)
    before = model.preview(index=0)
    monkeypatch.setattr(source, "image", read)

    assert before.levels.max() < 255
    after = model.preview(index=0)
    assert after.levels.min() == 255
    assert model.preview(index=0) is after


def test_a_window_that_was_found_waits_while_the_page_is_heard(volume, monkeypatch):
    """What is set from another thread in between can be swallowed by what ends there."""
    viewer, seen = SliceViewer(volume), []
    check, ask = viewer.model.check, {"type": "window", "which": "full", "axis": 0, "index": 2}

    def press(axis, index):
        check(axis, index)
        if seen:
            return
        viewer._handle_custom_msg(ask, [])
        end = time.monotonic() + 0.2
        while time.monotonic() < end and viewer.window != (200, 234):
            time.sleep(0.01)
        seen.append(viewer.window)

    monkeypatch.setattr(viewer.model, "check", press)
    before = viewer.window
    viewer.set_state({"axis": 0, "index": 2})

    assert viewer.jobs.wait(10)
    assert seen == [before]
    assert viewer.window == viewer.model.window == (200, 234)
    told = [data["state"] for data, _ in viewer.comm.sent if data["method"] == "update"]
    assert {"window": (200, 234)} in told


def compared(volume):
    viewer = CompareViewer(volume, volume + 1, mode="difference")
    assert viewer.first.jobs.wait(10)
    return viewer, [viewer.difference, viewer.first, viewer.second]


def orthogonal(volume):
    viewer = OrthogonalViewer(volume)
    return viewer, list(reversed(viewer.views))


@pytest.mark.parametrize("linked", [compared, orthogonal])
def test_linked_views_change_one_after_the_other(volume, linked):
    """Each with a lock of its own could wait for the other for ever."""
    viewer, views = linked(volume)
    seen = []

    def change_another(change):
        other = threading.Thread(target=lambda: views[1].set_state({"colormap": "magma"}))
        other.start()
        other.join(0.2)
        seen.append((other, views[2].colormap))

    views[0].observe(change_another, "index")
    views[0].set_state({"axis": views[0].axis, "index": 0})

    [(other, colormap)] = seen
    other.join(10)
    assert (colormap, views[2].colormap) == ("gray", "magma")
    viewer.close()
