"""Which widget shows which data object."""

import numpy as np
import pytest

from daisy_kernel import registry
from daisy_kernel.datastore import ArrayReference, DataStore
from daisy_kernel.errors import AxesClash, InvalidParameter, UnknownName
from daisy_kernel.session import DirectTransport, Service, Session
from daisy_widgets import apps, views
from daisy_widgets.curve_plot import CurvePlot
from daisy_widgets.views import view_object, view_picture

# of ipympl's toolbar
pytestmark = pytest.mark.filterwarnings("ignore:Passing unrecognized arguments:DeprecationWarning")


@pytest.fixture
def store():
    return DataStore()


@pytest.fixture
def session(store, tmp_path):
    return Session(DirectTransport(Service(store, tmp_path)))


@pytest.mark.parametrize("shape", [(2, 3, 4), (3, 4)])
def test_volumes_and_images_are_cut_into_slices(session, shape):
    session["volume"] = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    shown = view_object(session, "volume")
    assert (type(shown).__name__, shown.title, shown.shape) == (
        "SliceViewer",
        "volume",
        list(shape),
    )


def test_a_reconstructed_volume_is_seen_in_three_planes_where_there_is_room(
    session, store, monkeypatch
):
    store.put("reco", np.ones((3, 4, 5), np.float32), ("slice", "y", "x"))
    assert type(view_object(session, "reco")).__name__ == "OrthogonalViewer"
    assert type(apps.viewer("reco", session=session)).__name__ == "OrthogonalViewer"
    assert type(view_picture(session, "reco")).__name__ == "SliceViewer"
    # In a file, a plane across the last axis may cost all of it.
    store.put("in a file", ArrayReference(np.ones((3, 4, 5), np.float32)), ("slice", "y", "x"))
    assert type(view_object(session, "in a file")).__name__ == "OrthogonalViewer"
    monkeypatch.setattr(views, "_MOST_BYTES", 239)
    assert type(view_object(session, "in a file")).__name__ == "SliceViewer"
    assert type(view_object(session, "reco")).__name__ == "OrthogonalViewer"


def test_the_lab_extension_can_ask_for_every_view_by_its_name(session):
    session["first"], session["second"] = np.zeros((3, 4, 5)), np.ones((3, 4, 5))
    orthogonal = registry.views.get("orthogonal")(session, "first")
    assert (orthogonal.title, orthogonal.point) == ("first", (1, 2, 2))
    compared = registry.views.get("compare")(session, "first\nsecond")
    assert [compared.first.title, compared.second.title] == ["first", "second"]
    by_hand = apps.viewer("first", beside="second", session=session)
    assert [by_hand.first.title, by_hand.second.title] == ["first", "second"]
    with pytest.raises(InvalidParameter, match="names of two objects, one in a line"):
        registry.views.get("compare")(session, "first")
    with pytest.raises(UnknownName, match="third"):
        registry.views.get("compare")(session, "first\nthird")


def test_patterns_are_linked_with_their_axis_if_the_session_has_just_one(session, store):
    store.put("patterns", np.ones((4, 6), np.float32), ("frame", "radial_axis"))
    assert type(view_object(session, "patterns")).__name__ == "SliceViewer"
    store.put("radial", np.linspace(1, 2, 6), ("radial_axis",))
    shown = view_object(session, "patterns")
    assert len(shown.figure.axes) == 3
    drawn = shown.figure.axes[1].lines[-1]
    assert list(drawn.get_xdata()) == np.linspace(1, 2, 6).tolist()
    store.put("another", np.linspace(3, 4, 6), ("radial_axis",))
    assert type(view_object(session, "patterns")).__name__ == "SliceViewer"


def test_a_curve_shows_every_value_over_its_number(session, store):
    store.put("theta", np.array([3.0, 1.0, 2.0]), ("angle",))
    (axes,) = view_object(session, "theta").figure.axes
    (line,) = axes.lines
    assert (line.get_xdata().tolist(), line.get_ydata().tolist()) == ([0, 1, 2], [3, 1, 2])
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("angle", "theta")


def test_a_long_curve_is_thinned_and_a_complex_one_shows_its_magnitude(session):
    session["long"] = np.arange(250_000, dtype=np.complex64) * 1j
    (axes,) = CurvePlot(session["long"]).figure.axes
    x, y = axes.lines[0].get_data()
    assert len(x) <= 100_000
    np.testing.assert_array_equal(y, x)
    assert axes.get_ylabel() == "magnitude of long"


def test_what_cannot_be_seen_is_refused(session):
    session["number"] = 2.5
    session["hyper"] = np.zeros((2, 2, 2, 2))
    with pytest.raises(AxesClash, match=r"'number' is one number: 2\.5"):
        view_object(session, "number")
    with pytest.raises(AxesClash, match="hyper"):
        view_object(session, "hyper")
    with pytest.raises(UnknownName, match="nothing"):
        view_object(session, "nothing")
