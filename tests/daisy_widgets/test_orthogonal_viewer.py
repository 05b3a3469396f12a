"""Three linked planes without a browser: who follows whom, and what is said."""

import threading

import numpy as np
import pytest

from daisy_kernel.errors import AxesClash
from daisy_widgets import OrthogonalViewer, plane_source


@pytest.fixture
def viewer(volume):
    made = OrthogonalViewer(volume, title="ramp", axes=("slice", "y", "x"), point=(2, 1, 3))
    yield made
    made.close()


def places(viewer):
    return [(view.axis, view.index, view.cross) for view in viewer.views]


def through(z, y, x):
    """What the three views show when their planes meet there."""
    return [(0, z, (y, x)), (1, y, (z, x)), (2, x, (z, y))]


def test_the_planes_meet_where_they_are_told_or_in_the_middle(viewer, volume):
    assert places(viewer) == through(2, 1, 3)
    assert OrthogonalViewer(volume).point == (1, 2, 2)


def test_a_cross_moved_by_the_browser_moves_the_two_other_planes(viewer):
    viewer.views[1].set_state({"cross": [0, 4]})  # in the y plane: slice down, x to the right

    assert viewer.point == (0, 1, 4)
    assert places(viewer) == through(0, 1, 4)


def test_a_plane_moved_by_its_slider_moves_the_cross_in_the_two_others(viewer):
    viewer.views[2].set_state({"axis": 2, "index": 0})

    assert places(viewer) == through(2, 1, 0)


def test_python_leads_as_well(viewer):
    viewer.point = (1, 3, 4)

    assert places(viewer) == through(1, 3, 4)
    with pytest.raises(AxesClash, match=r"\(1, 4, 0\) is not in a volume"):
        viewer.point = (1, 4, 0)
    assert places(viewer) == through(1, 3, 4)


def test_a_cross_dragged_beside_the_plane_stays_at_its_edge_in_the_browser_too(viewer):
    first = viewer.views[0]
    first.comm.sent.clear()
    first.set_state({"cross": [-3, 99]})

    assert places(viewer) == through(2, 0, 4)
    told = [data["state"] for data, _ in first.comm.sent if data["method"] == "update"]
    assert {"cross": (0, 4)} in told


@pytest.mark.parametrize(
    ("name", "value"), [("window", (5.0, 6.0)), ("colormap", "magma"), ("scale", "log")]
)
@pytest.mark.parametrize("leader", [0, 1, 2])
def test_window_colours_and_scale_are_those_of_all_planes(viewer, name, value, leader):
    viewer.views[leader].set_state({name: value})

    assert [getattr(view, name) for view in viewer.views] == [value] * 3


def test_the_value_at_the_cross_is_told_after_every_move(viewer, volume):
    for point in ((2, 1, 3), (0, 3, 4)):
        viewer.point = point
        assert viewer.views[0].jobs.wait(10)
        assert f"<dt>value</dt><dd>{volume[point]:g}</dd>" in viewer.note.value
        for name, place in zip(("slice", "y", "x"), point, strict=True):
            assert f"<dt>{name}</dt><dd>{place}</dd>" in viewer.note.value


def test_the_value_at_the_cross_has_its_unit(volume):
    viewer = OrthogonalViewer(plane_source(volume, unit="<1/cm>"), point=(2, 1, 3))

    assert viewer.views[0].jobs.wait(10)
    assert f"<dd>{volume[2, 1, 3]:g} &lt;1/cm&gt;</dd>" in viewer.note.value


def test_names_are_no_html(volume):
    viewer = OrthogonalViewer(volume, title="<i>", axes=("<b>", "y", "x"))

    assert "<i>" not in viewer.note.value
    assert "&lt;b&gt;" in viewer.note.value


def test_a_slow_plane_holds_up_no_other_one(viewer, monkeypatch):
    slow, quick = viewer.views[2], viewer.views[0]
    release, answered = threading.Event(), threading.Event()
    full = slow.model.full
    monkeypatch.setattr(slow.model, "full", lambda **asked: release.wait(10) and full(**asked))
    monkeypatch.setattr(quick, "send", lambda *answer: answered.set())
    asked = {"type": "plane", "view": "v", "detail": "full", "size": 9, "window": [0, 1]}

    slow._handle_custom_msg({**asked, "axis": 2, "index": 0}, [])
    quick._handle_custom_msg({**asked, "axis": 0, "index": 0}, [])

    assert answered.wait(10)
    sent = [data for data, _ in slow.comm.sent if data["method"] == "custom"]
    assert sent == []
    release.set()
    assert slow.jobs.wait(10)
    sent = [data["content"]["type"] for data, _ in slow.comm.sent if data["method"] == "custom"]
    assert sent == ["plane"]


def test_every_question_is_answered_in_its_order(viewer):
    view = viewer.views[0]
    view.comm.sent.clear()
    for x in range(5):
        asked = {"type": "value", "axis": 0, "index": 0, "y": 0, "x": x, "question": str(x)}
        view._handle_custom_msg(asked, [])

    assert view.jobs.wait(10)
    answers = [data["content"] for data, _ in view.comm.sent if data["method"] == "custom"]
    assert [(a["question"], a["text"]) for a in answers] == [(str(x), str(x)) for x in range(5)]


def test_a_refresh_reads_data_that_have_changed(viewer, volume):
    volume[2, 1, 3] = -7

    viewer.refresh()

    assert viewer.views[0].jobs.wait(10)
    assert "<dd>-7</dd>" in viewer.note.value
    assert all(view.comm.sent[-1][0]["content"] == {"type": "changed"} for view in viewer.views)


def test_the_value_of_an_object_that_was_replaced_is_told(session, volume):
    viewer = OrthogonalViewer(session["volume"], point=(2, 1, 3))
    first, told = viewer.views[0], threading.Event()
    assert first.jobs.wait(10)
    assert f"<dd>{volume[2, 1, 3]:g}</dd>" in viewer.note.value
    is_new = f"<dd>{volume[2, 1, 3] + 7:g}</dd>"
    viewer.note.observe(lambda change: is_new in change["new"] and told.set(), "value")

    session["volume"] = volume + 7

    assert told.wait(10), viewer.note.value
    viewer.close()


def test_an_image_is_refused_with_what_to_do():
    with pytest.raises(AxesClash, match="look at it with a SliceViewer"):
        OrthogonalViewer(np.zeros((4, 5)))
    with pytest.raises(AxesClash, match="holds no value"):
        OrthogonalViewer(np.zeros((4, 0, 5)))


def test_all_of_it_ends_together(viewer):
    parts = (*viewer.views, viewer.note, *viewer.children, viewer)
    assert all(part.comm is not None for part in parts)

    viewer.close()

    assert [part.comm for part in parts] == [None] * 6
