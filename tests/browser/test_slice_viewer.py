"""The slice viewer in a real JupyterLab: window, detail, and an object that grows."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytestmark = [pytest.mark.browser, pytest.mark.slow]

THEMES = ["JupyterLab Light", "JupyterLab Dark"]
SIDE = 1500
# Smooth hills with a grain of single pixels on them, and a file that a detector still writes.
MAKE = f"""
import h5py
import numpy as np
import daisy_kernel
from daisy_widgets import SliceViewer

session = daisy_kernel.connect()
y, x = np.mgrid[:{SIDE}, :{SIDE}].astype("f4") / {SIDE}
hills = np.sin(9 * x) * np.cos(7 * y) + 0.4 * np.exp(-40 * ((x - 0.5) ** 2 + (y - 0.5) ** 2))
grain = np.random.default_rng(0).normal(0, 0.25, (3, {SIDE}, {SIDE})).astype("f4")
session["sample"] = hills + grain
file = h5py.File("live.h5", "w", libver="latest")
frames = file.create_dataset(
    "frames", data=np.zeros((2, 64, 96), "u2"), chunks=(1, 64, 96), maxshape=(None, 64, 96)
)
file.swmr_mode = True
live = session.open("live.h5:/frames", name="live")[0]
"""
SAMPLE = """
viewer = SliceViewer(session["sample"], axes=("slice", "y", "x"), window=(-1.5, 1.5))
viewer
"""
LIVE = """
live_viewer = SliceViewer(live, window=(0, 10))
live_viewer
"""
APPEND = """
frames.resize(frames.shape[0] + 1, axis=0)
frames[-1] = 5 * (frames.shape[0] - 2)
frames.flush()
"""
REGION = """
import json
top, bottom, left, right = {region}
image = session["sample"].image(
    index=1, max_size=4096, bits=16, low=-1.5, high=1.5, region=((top, bottom), (left, right))
)
np.save("part.npy", image.levels / 65535)
"""


class Page:
    """The viewer of the current notebook."""

    def __init__(self, lab):
        self.page = lab.page
        self.root = lab.page.locator(".daisy-slice-viewer")
        self.holder = self.root.locator("xpath=..")

    def greys(self) -> Any:
        """Red of every pixel of the canvas."""
        url = self.root.locator("canvas").evaluate("c => c.toDataURL('image/png')")
        png = base64.b64decode(url.partition(",")[2])
        return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))[..., 0].astype(int)

    def wait(self, **data: Any) -> None:
        """Wait for these data of the view, its plane being there in full."""
        found = "".join(f"[data-{name}='{value}']" for name, value in data.items())
        self.holder.and_(self.page.locator(f"{found}[data-detail=full]")).wait_for(timeout=30_000)

    def zoom(self, times: int) -> None:
        """Look closer at the middle, so often by the factor 1.25."""
        stage = self.root.locator(".daisy-slice-stage")
        stage.evaluate("e => e.scrollIntoView({ block: 'center' })")
        for _ in range(times):
            stage.press("+")


@pytest.fixture
def page(lab):
    lab.page.set_viewport_size({"width": 1280, "height": 800})
    return Page(lab)


@pytest.mark.parametrize("theme", THEMES)
def test_a_handle_on_the_histogram_changes_the_picture_by_keyboard(lab, page, screenshots, theme):
    lab.server.write("window.ipynb", MAKE, SAMPLE)
    lab.open("window.ipynb")
    lab.do("apputils:change-theme", theme=theme)
    lab.do("notebook:run-all-cells")
    page.wait(plane=1)
    curve = page.root.locator(".daisy-slice-counts")
    assert curve.get_attribute("d").count("V") > 100
    assert curve.bounding_box()["height"] > 25
    before = page.greys()

    handle = page.root.get_by_role("slider", name="Value of the last colour")
    handle.focus()
    for _ in range(150):
        handle.press("ArrowLeft")
    page.page.wait_for_timeout(500)

    assert page.greys().mean() > before.mean() + 10
    page.page.screenshot(path=screenshots / f"histogram {theme}.png")


@pytest.mark.parametrize("theme", THEMES)
def test_a_magnified_plane_shows_the_very_pixels_of_the_kernel(lab, page, screenshots, theme):
    lab.server.write("detail.ipynb", MAKE, SAMPLE)
    lab.open("detail.ipynb")
    lab.do("apputils:change-theme", theme=theme)
    lab.do("notebook:run-all-cells")
    page.wait(plane=1, region="")
    assert "binned" in page.root.locator(".daisy-slice-detail").inner_text()

    page.zoom(9)
    page.root.locator(".daisy-slice-detail", has_text="every pixel").wait_for()
    page.page.screenshot(path=screenshots / f"detail {theme}.png")

    region = page.holder.get_attribute("data-region")
    top, bottom, left, right = map(int, region.split(","))
    assert 100 < bottom - top < 400
    assert 100 < right - left < 500
    code = [REGION.replace("{region}", region)]
    lab.page.evaluate(
        "async code => await window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"
        ".requestExecute({ code }).done",
        code[0],
    )
    part = np.load(lab.server.work / "part.npy")
    assert part.shape == (bottom - top, right - left)
    seen = page.greys()
    # The middle of the plane is the middle of the canvas; screen pixels per pixel by its height.
    stage = page.root.locator(".daisy-slice-stage").bounding_box()
    scale = 1.25**9 * (stage["height"] - 2) / SIDE
    rows = np.arange(SIDE // 2 - 60, SIDE // 2 + 60)
    y, x = (((rows + 0.5 - SIDE / 2) * scale + n / 2).astype(int) for n in seen.shape)
    expected = 255 * part[np.ix_(rows - top, rows - left)]
    found = seen[np.ix_(y, x)]
    assert np.mean(abs(found - expected) <= 2) > 0.999  # the middle of one may lie on an edge


@pytest.mark.parametrize("theme", THEMES)
def test_a_file_that_is_still_written_is_followed(lab, page, screenshots, theme):
    lab.server.write("live.ipynb", MAKE, LIVE)
    lab.open("live.ipynb")
    lab.do("apputils:change-theme", theme=theme)
    lab.do("notebook:run-all-cells")
    page.wait(plane=1)

    page.root.locator(".daisy-slice-follow").click()
    for last in (2, 3):
        lab.page.evaluate(
            "async code => await window.jupyterapp.shell.currentWidget.sessionContext.session"
            ".kernel.requestExecute({ code }).done",
            APPEND,
        )
        page.wait(plane=last)
        assert page.root.locator(".daisy-slice-slider").get_attribute("max") == str(last)
        np.testing.assert_allclose(page.greys(), 255 * 5 * (last - 1) / 10, atol=1)
    page.page.screenshot(path=screenshots / f"follow {theme}.png")
