"""A slice viewer whose object is registered again, or grows in its file."""

from __future__ import annotations

import time
from typing import Any

import h5py
import numpy as np
import pytest

from daisy_widgets import OrthogonalViewer, SliceViewer


def eventually(holds: Any) -> bool:
    """Whether something comes to hold within ten seconds."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.01)
    return False


def ask(viewer, **content):
    viewer._handle_custom_msg({"view": "v1", **content}, [])


def messages(viewer):
    """The custom messages so far."""
    return [data["content"] for data, _ in viewer.comm.sent if data["method"] == "custom"]


@pytest.fixture
def growing(tmp_path, session):
    """The writer of a dataset of two frames, which is the object "live"."""
    with h5py.File(tmp_path / "live.h5", "w", libver="latest") as file:
        frames = file.create_dataset(
            "frames", data=np.zeros((2, 3, 4), "u2"), chunks=(1, 3, 4), maxshape=(None, 3, 4)
        )
        file.flush()
        file.swmr_mode = True
        session.open(f"{tmp_path / 'live.h5'}:/frames", name="live")
        yield frames


def append(frames, value):
    frames.resize(frames.shape[0] + 1, axis=0)
    frames[-1] = value
    frames.flush()


def test_an_object_that_is_registered_again_is_shown_as_it_is_now(session, volume):
    viewer = SliceViewer(session["volume"])
    viewer.model.preview(index=0, window=(0, 255))

    session["volume"] = volume + 1000

    assert eventually(lambda: {"type": "changed"} in messages(viewer))
    assert viewer.model.preview(index=0, window=(0, 255)).levels.min() == 255
    assert (viewer.shape, viewer.axes, viewer.index) == ([3, 4, 5], ["slice", "y", "x"], 1)


def test_an_object_that_has_grown_has_more_planes_and_who_follows_sees_the_newest(session, volume):
    viewer, follower = SliceViewer(session["volume"]), SliceViewer(session["volume"])
    follower.follow = True
    assert follower.index == 2

    session["volume"] = np.concatenate([volume, volume])

    assert eventually(lambda: viewer.shape == follower.shape == [6, 4, 5])
    assert eventually(lambda: follower.index == 5)
    assert viewer.index == 1


def test_an_object_that_has_shrunk_shows_its_last_plane(session, volume):
    viewer = SliceViewer(session["volume"], index=2)

    session["volume"] = volume[:1]

    assert eventually(lambda: viewer.shape == [1, 4, 5])
    assert (viewer.index, viewer.model.index) == (0, 0)


def test_an_object_that_has_become_an_image_is_refused_with_a_sentence(session, volume):
    viewer = SliceViewer(session["volume"])

    session["volume"] = volume[0]

    assert eventually(lambda: messages(viewer))
    [told] = messages(viewer)
    assert (told["type"], viewer.shape) == ("error", [3, 4, 5])
    assert "had shape (3, 4, 5), now (4, 5): make a new viewer" in told["message"]


def test_a_page_that_asks_again_learns_that_a_file_has_grown(session, growing):
    viewer = SliceViewer(session["live"])
    viewer.follow = True
    append(growing, 7)
    append(growing, 9)

    ask(viewer, type="again")

    assert eventually(lambda: viewer.index == 3)
    assert viewer.shape == [4, 3, 4]
    assert viewer.model.value(y=0, x=0) == 9
    assert viewer._look_again.wait(10)


def test_a_file_that_is_gone_is_told_below_the_image(session, growing, tmp_path):
    viewer = SliceViewer(session["live"])
    (tmp_path / "live.h5").unlink()

    ask(viewer, type="again")

    assert eventually(lambda: any("live.h5" in m.get("message", "") for m in messages(viewer)))


def test_only_volumes_of_a_session_can_be_followed(session, volume):
    session["image"] = volume[0]

    assert SliceViewer(session["volume"]).can_grow
    assert not SliceViewer(volume).can_grow
    assert not SliceViewer(session["image"]).can_grow
    views = OrthogonalViewer(session["volume"]).views
    assert not any(view.can_grow for view in views)


def test_linked_planes_see_new_values_and_refuse_another_shape(session, volume):
    view = OrthogonalViewer(session["volume"]).views[0]

    session["volume"] = volume + 1
    assert eventually(lambda: {"type": "changed"} in messages(view))
    session["volume"] = volume[:2]

    assert eventually(
        lambda: any("make a new viewer" in m.get("message", "") for m in messages(view))
    )
    assert view.shape == [3, 4, 5]


def test_a_viewer_that_was_closed_is_told_nothing(session, volume):
    viewer, other = SliceViewer(session["volume"]), SliceViewer(session["volume"])
    viewer.close()

    session["volume"] = volume[:2]

    assert eventually(lambda: other.shape == [2, 4, 5])
    assert viewer.shape == [3, 4, 5]


@pytest.mark.browser
def test_the_slider_grows_and_the_newest_plane_is_shown(show, tell, session, growing):
    viewer = SliceViewer(session["live"], index=0, window=(0, 255))
    page = show(viewer)
    button = page.locator(".daisy-slice-follow")
    assert button.get_attribute("aria-pressed") == "false"

    button.click()
    page.wait_for_selector("#view[data-plane='1'][data-detail=full]")
    assert eventually(lambda: viewer.follow)
    append(growing, 200)
    for _ in range(100):  # the page asks by itself, every second
        page.wait_for_timeout(50)
        tell(page, viewer)
        if viewer.index == 2:
            break
    tell(page, viewer)
    page.wait_for_selector("#view[data-plane='2'][data-detail=full]")

    assert page.locator(".daisy-slice-slider").get_attribute("max") == "2"
    assert page.locator(".daisy-slice-last").inner_text() == "/ 2"
    assert page.locator(".daisy-slice-facts").inner_text() == "3 × 3 × 4  uint16"
    page.locator(".daisy-slice-slider").press("Home")
    page.wait_for_selector("#view[data-plane='0'][data-detail=full]")
    page.evaluate("toKernel({method: 'update', state: {}})")
    assert not viewer.follow
    assert button.get_attribute("aria-pressed") == "false"


@pytest.mark.browser
def test_what_cannot_grow_has_no_button_for_it(show, volume):
    page = show(SliceViewer(volume))

    assert not page.locator(".daisy-slice-follow").is_visible()
