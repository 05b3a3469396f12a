"""The widget without a browser: what it syncs, what it answers, what it says when it cannot."""

import json

import numpy as np
import pytest
import traitlets

import daisy_widgets
from daisy_kernel.errors import AxesClash
from daisy_widgets import SliceViewer, plane_source


def ask(viewer, **content):
    """The message that answers a view's, and its buffers."""
    viewer.comm.sent.clear()
    viewer._handle_custom_msg({"view": "v1", **content}, [])
    assert viewer.jobs.wait(10)
    answers = [(d["content"], b) for d, b in viewer.comm.sent if d["method"] == "custom"]
    assert len(answers) == 1
    return answers[0]


def ask_plane(viewer, **asked):
    default = {"detail": "full", "axis": 0, "index": 1, "size": 64, "window": [0, 300]}
    return ask(viewer, type="plane", **{**default, **asked})


@pytest.mark.parametrize(("detail", "dtype"), [("preview", np.uint8), ("full", "<u2")])
def test_a_plane_travels_as_one_binary_buffer(volume, detail, dtype):
    answer, buffers = ask_plane(SliceViewer(volume), detail=detail)

    assert answer["shape"] == answer["full_shape"] == [4, 5]
    assert answer["bits"] == 8 * np.dtype(dtype).itemsize
    assert (answer["view"], answer["axis"], answer["index"]) == ("v1", 0, 1)
    levels = np.frombuffer(*buffers, dtype).reshape(4, 5) / (2 ** answer["bits"] - 1)
    values = answer["low"] + levels * (answer["high"] - answer["low"])
    np.testing.assert_allclose(values, volume[1], atol=1)


def test_a_large_plane_is_binned_to_the_size_asked_for():
    answer, buffers = ask_plane(SliceViewer(np.ones((300, 200))), index=0, size=100)

    assert (answer["shape"], answer["binning"]) == ([100, 66], 3)
    assert len(buffers[0]) == 2 * 100 * 66


def test_a_region_is_binned_by_itself_and_named_in_the_answer():
    data = np.arange(300 * 200, dtype=np.float32).reshape(300, 200)
    asked = {"index": 0, "size": 20, "region": [[40, 80], [100, 120]], "window": [0, 60000]}
    answer, buffers = ask_plane(SliceViewer(data), **asked)

    assert (answer["shape"], answer["binning"]) == ([20, 10], 2)
    assert (answer["region"], answer["full_shape"]) == (((40, 80), (100, 120)), [300, 200])
    levels = np.frombuffer(*buffers, "<u2").reshape(20, 10) / 65535
    means = data[40:80, 100:120].reshape(20, 2, 10, 2).mean(axis=(1, 3))
    values = answer["low"] + levels * (answer["high"] - answer["low"])
    np.testing.assert_allclose(values, means, atol=5)


def test_a_region_that_is_not_binned_comes_in_every_pixel():
    answer, _ = ask_plane(
        SliceViewer(np.ones((300, 200))), size=64, region=[[0, 64], [8, 48]], index=0
    )

    assert (answer["shape"], answer["binning"]) == ([64, 40], 1)


def test_a_plane_thinner_than_a_square_is_averaged_over_its_whole_side():
    answer, _ = ask_plane(SliceViewer(np.ones((2, 900))), index=0, size=100)

    assert (answer["shape"], answer["binning"]) == ([1, 100], 9)


def test_only_small_state_is_synced():
    viewer = SliceViewer(np.random.default_rng(0).normal(size=(50, 200, 200)))
    state = {k: v for k, v in viewer.get_state().items() if k not in ("_esm", "_css", "layout")}

    assert len(json.dumps(state)) < 2000


def test_an_object_of_a_session_brings_its_names(session):
    viewer = SliceViewer(session["volume"])

    assert viewer.title == "volume"
    assert viewer.axes == ["slice", "y", "x"]
    assert (viewer.shape, viewer.dtype) == ([3, 4, 5], "float32")


def test_a_file_is_read_plane_by_plane(session, volume):
    viewer = SliceViewer(session["volume in a file"], axis=2)

    answer, _ = ask_plane(viewer, axis=2, index=4)

    assert answer["full_shape"] == [3, 4]
    assert viewer.index == 2


def test_the_value_under_the_cursor_comes_from_the_full_data(volume):
    viewer = SliceViewer(volume)
    volume[2, 3, 1] = np.pi

    answer, buffers = ask(viewer, type="value", axis=1, index=3, y=2, x=1, question="q")

    assert (answer["text"], answer["question"], buffers) == ("3.14159", "q", [])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.float32("nan"), "NaN"),
        (np.float64("inf"), "inf"),
        (np.uint64(2**63 + 1), "9223372036854775809"),
        (np.bool_(True), "True"),
        (np.complex64(3 + 4j), "3+4j (magnitude 5)"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_values_are_written_as_they_are_read(value, text):
    image = np.full((2, 2), value)
    image[0] = 0

    answer, _ = ask(SliceViewer(image), type="value", axis=0, index=0, y=1, x=1)

    assert answer["text"] == text


@pytest.mark.parametrize(
    ("value", "text"), [(7, "7 counts"), (0.5, "0.5 counts"), (1j, "0+1j (magnitude 1) counts")]
)
def test_values_are_told_with_their_unit(value, text):
    source = plane_source(np.full((2, 2), value), unit="counts")

    answer, _ = ask(SliceViewer(source), type="value", axis=0, index=0, y=1, x=1)

    assert answer["text"] == text


@pytest.mark.parametrize(("which", "window"), [("full", (100, 134)), ("auto", (100.19, 133.81))])
def test_the_buttons_set_the_window_for_the_plane_that_is_seen(volume, which, window):
    viewer = SliceViewer(volume)

    answer, _ = ask(viewer, type="window", which=which, axis=0, index=1)

    assert answer["type"] == "window"
    assert viewer.window == pytest.approx(window)
    assert viewer.model.window == viewer.window


def test_what_goes_wrong_is_told_in_one_sentence_to_the_view_that_asked(volume):
    answer, buffers = ask_plane(SliceViewer(volume), index=9)

    assert (answer["type"], answer["asked"], answer["view"]) == ("error", "plane", "v1")
    assert "there is no plane 9" in answer["message"]
    assert "\n" not in answer["message"]
    assert buffers == []


def test_a_file_that_is_gone_is_named_in_the_view(session, tmp_path):
    viewer = SliceViewer(session["volume in a file"])
    (tmp_path / "volume.h5").unlink()

    answer, _ = ask_plane(viewer)

    assert answer["type"] == "error"
    assert "volume.h5" in answer["message"]


def test_a_defect_is_told_and_logged(volume, caplog):
    viewer = SliceViewer(volume)
    viewer.model.source = None

    answer, _ = ask_plane(viewer)

    assert answer["message"].startswith("AttributeError: ")
    assert "Traceback" in caplog.text


def test_an_unknown_question_is_answered_too(volume):
    answer, _ = ask(SliceViewer(volume), type="dance")

    assert "asked for 'dance'; there are plane, value, window" in answer["message"]


def test_the_browser_moves_to_another_axis_and_plane_at_once(volume):
    viewer = SliceViewer(volume)

    viewer.set_state({"axis": 2, "index": 4})

    assert (viewer.axis, viewer.index) == (2, 4)
    assert (viewer.model.axis, viewer.model.index) == (2, 4)


def test_in_python_the_plane_follows_an_axis_that_is_shorter(volume):
    viewer = SliceViewer(volume, axis=2, index=4)

    viewer.axis = 0

    assert (viewer.index, viewer.model.index) == (1, 1)


@pytest.mark.parametrize(
    ("trait", "value", "message"),
    [
        ("index", 3, "there is no plane 3; choose 0 to 2"),
        ("axis", 3, "cannot be cut across axis 3; choose 0 to 2"),
        ("window", (2.0, 1.0), "must be a number below its upper end"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_and_changes_nothing(volume, trait, value, message):
    viewer = SliceViewer(volume)
    before = getattr(viewer, trait)

    with pytest.raises(traitlets.TraitError, match=message):
        setattr(viewer, trait, value)

    assert getattr(viewer, trait) == before


def test_what_is_given_at_the_start_is_in_force(volume):
    viewer = SliceViewer(
        volume, title="mine", axis=1, index=3, window=(5, 6), colormap="magma", prefer="canvas"
    )

    state = viewer.get_state()
    assert (state["axis"], state["index"], state["title"]) == (1, 3, "mine")
    assert (state["window"], state["colormap"], state["prefer"]) == ((5, 6), "magma", "canvas")
    with pytest.raises(AxesClash, match="no plane 4"):
        SliceViewer(volume, axis=1, index=4)


def test_a_refresh_reads_data_that_have_changed(volume):
    viewer = SliceViewer(volume)
    _, before = ask_plane(viewer)
    volume[1] = 0

    viewer.refresh()

    assert viewer.comm.sent[-1][0]["content"] == {"type": "changed"}
    _, after = ask_plane(viewer)
    assert after != before


def test_the_package_names_what_it_has():
    assert daisy_widgets.SliceViewer is SliceViewer
    assert dir(daisy_widgets) == [
        "CentreAssistant",
        "CompareViewer",
        "IntegrationPanel",
        "IntegrationPlot",
        "OrthogonalViewer",
        "ReconstructionPanel",
        "RunView",
        "ScanOpener",
        "SliceViewer",
        "StepPreview",
        "SweepSheet",
        "WorkflowBuilder",
        "build",
        "panel",
        "plane_source",
    ]
    with pytest.raises(AttributeError, match=r"it has CentreAssistant, .*, plane_source"):
        _ = daisy_widgets.Slicer
