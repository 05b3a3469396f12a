"""The linked plot of patterns and frames, on handles of a real session."""

import base64
import io
import subprocess
import sys
import threading

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.backend_bases import MouseEvent
from PIL import Image

from daisy_kernel.datastore import DataStore
from daisy_kernel.session import DirectTransport, Service, Session
from daisy_widgets import IntegrationPlot, integration_plot

# ipympl's toolbar calls a constructor of matplotlib without its argument.
pytestmark = pytest.mark.filterwarnings("ignore:Passing unrecognized arguments:DeprecationWarning")
AXIS = np.linspace(1, 20, 60)


@pytest.fixture
def session():
    rng = np.random.default_rng(0)
    store = DataStore()
    store.put("patterns", rng.poisson(50, (40, 60)).astype(np.float32))
    store.put("axis", AXIS)
    store.put("frames", rng.poisson(20, (40, 30, 36)).astype(np.uint16))
    return Session(DirectTransport(Service(store)))


@pytest.fixture
def plot(session):
    return IntegrationPlot(session["patterns"], session["axis"], session["frames"])


def lines(axes):
    return {tuple(np.round(np.asarray(line.get_xdata(), float), 6)) for line in axes.lines}


def test_the_chosen_pattern_and_its_frame_are_shown(session, plot):
    plot.select(7)
    series, single, frame = plot.figure.axes
    shown = [line.get_ydata() for line in single.lines if len(line.get_ydata()) == 60]
    np.testing.assert_array_equal(shown[0], session["patterns"][7])
    drawn = frame.images[0].get_array()
    np.testing.assert_allclose(drawn, np.sqrt(session["frames"][7]), atol=0.01)
    assert series.images[0].get_array().shape == (40, 60)
    assert single.get_title() == "frame 7"


@pytest.mark.parametrize("kind", ["u2", "u4", "i4"])
def test_gaps_are_grey_and_do_not_darken_the_rings(session, kind):
    frames, mask = session["frames"][...].astype(kind), np.zeros((30, 36), np.uint8)
    mask[:, 17:19] = 1
    frames[:, mask == 1] = -1 if kind == "i4" else np.iinfo(kind).max
    mask[3, 4] = 1  # a pixel that counts, but wrongly
    session["gappy"], session["mask"] = frames, mask
    plot = IntegrationPlot(
        session["patterns"], session["axis"], session["gappy"], mask=session["mask"]
    )
    plot.select(5)
    image = plot.figure.axes[2].images[0]
    np.testing.assert_array_equal(image.get_array().mask, mask == 1)
    seen = np.sqrt(frames[5][mask == 0])
    np.testing.assert_allclose(image.get_array().compressed(), seen, atol=1e-5)
    assert image.get_clim() == pytest.approx(np.percentile(seen, (1, 99.7)), rel=1e-5)


def test_what_is_no_count_is_grey_without_a_mask(session):
    frames = session["frames"][...].astype("u4")
    frames[:, :3] = 2**32 - 1
    session["gappy"] = frames
    plot = IntegrationPlot(session["patterns"], session["axis"], session["gappy"])
    grey = plot.figure.axes[2].images[0].get_array().mask
    np.testing.assert_array_equal(grey, frames[0] == 2**32 - 1)


def test_a_frame_that_does_not_exist_becomes_the_nearest(plot):
    plot.select(99)
    assert plot.selected == 39
    plot.select(-3)
    assert plot.selected == 0


def test_a_click_into_the_map_chooses_a_frame_and_marks_a_position(plot):
    plot.figure.canvas.draw()
    series, single, _ = plot.figure.axes
    x, y = series.transData.transform((9.0, 12.2))
    event = MouseEvent("button_press_event", plot.figure.canvas, x, y, button=1)
    plot.figure.canvas.callbacks.process("button_press_event", event)
    assert plot.selected == 12
    for axes in (series, single):
        assert any(
            line == pytest.approx((9.0, 9.0), abs=1e-3) for line in lines(axes) if len(line) == 2
        )


def test_a_click_to_zoom_chooses_nothing(plot):
    plot.figure.canvas.draw()
    plot.figure.canvas.toolbar.zoom()
    x, y = plot.figure.axes[0].transData.transform((9.0, 12.2))
    event = MouseEvent("button_press_event", plot.figure.canvas, x, y, button=1)
    plot.figure.canvas.callbacks.process("button_press_event", event)
    assert plot.selected == 0


def test_a_long_series_is_thinned_out_for_the_map(session, plot, monkeypatch):
    monkeypatch.setattr(integration_plot, "_MOST_BYTES", session["patterns"].nbytes // 4)
    thinned = IntegrationPlot(session["patterns"], session["axis"])
    assert thinned.figure.axes[0].images[0].get_array().shape == (10, 60)
    assert not thinned.figure.axes[2].get_visible()


def test_it_shows_itself_with_a_picture_for_where_there_is_no_kernel(plot):
    shown = plot._repr_mimebundle_()
    assert shown["application/vnd.jupyter.widget-view+json"]["model_id"]
    with Image.open(io.BytesIO(base64.b64decode(shown["image/png"]))) as picture:
        assert picture.size == (1000, 340)
    assert "patterns" in shown["text/plain"]


def test_pyplot_is_left_as_it_was():
    code = """
import matplotlib
matplotlib.use("svg")
import matplotlib.pyplot as plt
import daisy_widgets
daisy_widgets.IntegrationPlot
assert matplotlib.get_backend() == "svg", matplotlib.get_backend()
assert type(plt.figure().canvas).__name__ == "FigureCanvasSVG"
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_pyplot_does_not_know_the_figure(plot):
    assert plt.get_fignums() == []


def test_the_browser_may_write_while_the_plot_is_pictured(plot):
    failed, pictured = [], threading.Event()

    def write():
        while not pictured.is_set():
            try:
                plot.figure.canvas._handle_message(None, {"type": "send_image_mode"}, [])
            except Exception as error:
                failed.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    for _ in range(3):
        plot._repr_mimebundle_()
    pictured.set()
    writer.join()
    assert failed == []
