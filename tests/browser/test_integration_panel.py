"""The integration panel in JupyterLab, from frames to lines, by mouse and by the keyboard."""

import re
import shutil
import time

import fabio
import numpy as np
import pytest

from daisy_kernel.cli.demo_frames import write_stack
from daisy_kernel.simulate.powder import demo_stack

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PANEL = """
from daisy_widgets.apps import powder

powder(session=session)
"""
MIDDLE = 522, 491
"""Row and column where the keys begin to draw on the frame of CeO2."""


class Page:
    """The panel on a page of JupyterLab, whose buttons are pressed by mouse or keys."""

    def __init__(self, lab, manner):
        self.page, self.manner = lab.page, manner
        manner.open("integration", PANEL)
        self.field("scan *").wait_for(timeout=60_000)
        self.notice = self.page.locator(".daisy-notice")

    def field(self, label):
        return self.page.get_by_label(label, exact=True).first

    def fill(self, **fields):
        """Type into fields and leave them."""
        for label, text in fields.items():
            field = self.field(label.replace("_", " "))
            field.fill(text)
            field.press("Tab")

    def press(self, name, said=None):
        """Press a button; what the panel says then."""
        self.manner.press(self.page.get_by_role("button", name=name, exact=True))
        if said:
            self.notice.get_by_text(re.compile(said)).wait_for(timeout=60_000)
        return self.notice.inner_text()

    def at(self, row, col, shape=(1043, 981)):
        """Where a pixel of the frame is on the page."""
        canvas = self.page.locator(".daisy-slice-canvas").first
        box = canvas.bounding_box()
        return (
            box["x"] + (col + 0.5) / shape[1] * box["width"],
            box["y"] + (row + 0.5) / shape[0] * box["height"],
        )

    def take(self, tool, hint):
        """Choose a tool, and wait until it can be drawn with."""
        self.press(tool)
        self.page.get_by_text(hint).wait_for(timeout=30_000)

    def drag(self, start, stop):
        """Press the button on one pixel and release it on another."""
        mouse = self.page.mouse
        mouse.move(*self.at(*start))
        mouse.down()
        mouse.move(*self.at(*stop), steps=4)
        mouse.up()

    def start(self):
        """Press the button that integrates."""
        self.manner.press(self.page.locator(".daisy-side .mod-primary:visible").last)

    def keys(self, *words):
        """Press keys on the frame, such as "Shift+ArrowUp 20"."""
        for word in words:
            key, _, times = word.partition(" ")
            for _ in range(int(times or 1)):
                self.page.keyboard.press(key)

    def wait_for_shapes(self, count):
        """What the list says was drawn, once there are so many."""
        listed = "count => document.querySelectorAll('.daisy-shapes option').length === count"
        self.page.wait_for_function(listed, arg=count)
        return self.page.locator(".daisy-shapes option").all_inner_texts()

    def plot(self, other_than=None):
        """What the figure shows once it is drawn to the end, and differs from this picture."""
        figure, last = self.page.locator(".jupyter-matplotlib-canvas-div"), None
        deadline = time.monotonic() + 60
        while (seen := figure.screenshot()) != last or seen == other_than:
            assert time.monotonic() < deadline, "the figure did not change, or did not come to rest"
            last = seen
            self.page.wait_for_timeout(500)
        return seen

    def picture(self, path, selector=".daisy-panel"):
        self.page.locator(selector).first.evaluate("node => node.scrollIntoView()")
        self.page.wait_for_timeout(400)
        self.page.screenshot(path=path)


@pytest.fixture
def ceria(server, real_data):
    """The real frame and its geometry in the server's folder."""
    for name in ("CeO2_Pilatus1M.tif", "CeO2_Pilatus1M.poni"):
        shutil.copy(real_data(f"diffraction/{name}"), server.work)


def by_mouse(panel, reach):
    """Rectangle, triangle, circle, and another that takes back a part of the first."""
    panel.page.locator(".daisy-bench").evaluate("node => node.scrollIntoView()")
    panel.take("Rectangle", "Drag from corner")
    panel.drag((60, 80), (160, 300))
    panel.take("Polygon", "Click each corner")
    corners = ((700, 150), (900, 200), (820, 420))
    for corner in corners[:-1]:
        panel.page.mouse.click(*panel.at(*corner))
    panel.page.mouse.dblclick(*panel.at(*corners[-1]))
    panel.take("Circle", "Drag from the centre")
    panel.drag((520, 480), (520, 530))
    panel.field("take back what is excluded").check()
    panel.drag((110, 190), (110, 220))
    panel.field("take back what is excluded").uncheck()


def by_keys(panel, reach):
    """The same shapes, as exact as keys are."""
    page, erases = panel.page, panel.field("take back what is excluded")
    panel.take("Rectangle", "Drag from corner")
    reach(page, "Shift+Tab", ".daisy-slice-stage")
    panel.keys("Shift+ArrowUp 46", "ArrowUp 2", "Shift+ArrowLeft 41", "ArrowLeft", "Enter")
    panel.keys("Shift+ArrowDown 10", "Shift+ArrowRight 22", "Enter")
    panel.wait_for_shapes(1)
    panel.take("Polygon", "Click each corner")
    reach(page, "Shift+Tab", ".daisy-slice-stage")
    panel.keys("Shift+ArrowDown 18", "Shift+ArrowLeft 34", "Enter")
    panel.keys("Shift+ArrowDown 20", "Shift+ArrowRight 5", "Enter")
    panel.keys("Shift+ArrowUp 8", "Shift+ArrowRight 22", "Enter", "Enter")
    panel.wait_for_shapes(2)
    panel.take("Circle", "Drag from the centre")
    reach(page, "Shift+Tab", ".daisy-slice-stage")
    panel.keys("Enter", "Shift+ArrowRight 5", "Enter")
    panel.wait_for_shapes(3)
    erases.press("Space")
    panel.take("Circle", "Drag from the centre")
    reach(page, "Shift+Tab", ".daisy-slice-stage")
    panel.keys("Shift+ArrowUp 41", "ArrowUp 2", "Shift+ArrowLeft 30", "ArrowLeft", "Enter")
    panel.keys("Shift+ArrowRight 3", "Enter")
    listed = panel.wait_for_shapes(4)
    row, column = MIDDLE
    assert [" ".join(text.split()[1:]) for text in listed] == [
        "rectangle excludes 60–160, 80–300",
        "polygon excludes 702–902, 151–421",
        f"circle excludes radius 50 at {row}, {column}",
        "circle takes back radius 30 at 110, 190",
    ]
    panel.keys("Escape")
    page.get_by_text("choose a shape to draw").wait_for(timeout=30_000)
    erases.press("Space")


JOURNEYS = [
    "light canvas near mouse",
    "dark webgl far mouse",
    "light webgl far keys",
    "dark canvas far keys",
]


@pytest.mark.parametrize("manner", JOURNEYS, indirect=True)
def test_a_frame_of_ceria_is_masked_calibrated_integrated_and_its_lines_are_told(
    lab, ceria, screenshots, overlaps, reach, manner
):
    name = manner.name
    panel = Page(lab, manner)
    page = panel.page
    assert overlaps(page) == []
    panel.fill(**{"scan *": "CeO2_Pilatus1M.tif", "geometry": "CeO2_Pilatus1M.poni"})
    panel.field("flip").select_option("ud")
    panel.fill(calibrant="CeO2")
    panel.press("Open")
    page.get_by_text(re.compile(r"Distance 208\.69 mm.*17 rings")).wait_for(timeout=60_000)
    page.locator("[data-detail=full]").wait_for(timeout=30_000)
    manner.assert_painted()
    panel.picture(screenshots / f"integration_{name}_opened.png", ".daisy-bench")
    assert overlaps(page) == []

    # ---- the mask ----
    rings = page.locator(".daisy-mark-ring path")
    assert rings.count() >= 17
    (by_mouse if manner.has_mouse else by_keys)(panel, reach)
    panel.fill(**{"above [counts]": "20000"})
    page.get_by_text("pixels of frame 0").wait_for(timeout=30_000)
    page.locator(".daisy-mark-tint path").first.wait_for(state="attached", timeout=30_000)
    panel.press("Add threshold")
    panel.wait_for_shapes(5)
    panel.press("Undo")
    panel.wait_for_shapes(4)
    panel.press("Redo")
    kinds = [text.split()[1] for text in panel.wait_for_shapes(5)]
    assert kinds == ["rectangle", "polygon", "circle", "circle", "threshold"]
    panel.fill(**{"mask file *": f"mask_{name}.edf"})
    panel.press("Save mask", r"mask_\w+\.edf is saved; it leaves out \d+ pixels")
    panel.picture(screenshots / f"integration_{name}_mask.png", ".daisy-bench")
    assert overlaps(page) == []
    mask = fabio.open(str(lab.server.work / f"mask_{name}.edf")).data
    image = fabio.open(str(lab.server.work / "CeO2_Pilatus1M.tif")).data
    off = 3  # pixels that a pointer of whole CSS pixels may miss by
    assert mask[60 + off : 80, 80 + off : 300 - off].all()
    assert not mask[100:120, 180:200][image[100:120, 180:200] >= 0].any()  # taken back
    assert mask[515:525, 440 + 2 * off : 520].all()
    assert mask[800:820, 220:330].all()
    assert mask[(image < 0) | (image > 20_000)].all()
    share = (mask[image >= 0] != 0).mean()
    assert 0.04 < share < 0.07
    assert panel.field("mask").input_value() == f"mask_{name}.edf"

    # ---- the geometry ----
    panel.press("Calibrate")
    panel.fill(**{"output *": f"refined_{name}.poni"})
    panel.press("Refine", r"is saved\. Residual 0\.00")
    panel.picture(screenshots / f"integration_{name}_refined.png", ".daisy-bench")
    assert overlaps(page) == []

    panel.press("Integrate")
    panel.page.locator(".daisy-side").get_by_label("output *", exact=True).last.fill(f"p_{name}.h5")
    panel.page.keyboard.press("Tab")
    panel.fill(bins="1500", polarization="0.99")
    panel.start()
    panel.notice.get_by_text(re.compile("Integrating: done")).wait_for(timeout=60_000)
    page.locator(".jupyter-matplotlib-canvas-div").wait_for(timeout=30_000)
    panel.press("Find lines", "12 lines were found")
    panel.picture(screenshots / f"integration_{name}_lines.png", ".daisy-patterns")
    for unit in ("q (1/Å)", "d (Å)", "r (mm)") if manner.has_mouse else ("d (Å)",):
        before = panel.plot()
        panel.field("against").select_option(label=unit)
        panel.plot(other_than=before)
    rows = page.locator(".daisy-peaks tbody tr").all_inner_texts()
    assert len(rows) == 12
    off_ring = [float(text.split()[-1].replace("−", "-")) for text in rows]
    assert np.sqrt(np.mean(np.square(off_ring))) < 0.0035
    assert overlaps(page) == []


@pytest.mark.parametrize("manner", ["dark webgl near keys"], indirect=True)
def test_a_series_is_integrated_while_its_patterns_are_watched(
    lab, server, screenshots, overlaps, manner
):
    stack = demo_stack(n_frame=120, n=514)
    write_stack(stack, server.work / "heat_master.h5", server.work / "heat.poni", overwrite=True)
    panel = Page(lab, manner)
    page = panel.page
    panel.fill(**{"scan *": "heat_master.h5", "geometry": "heat.poni", "calibrant": "CeO2"})
    panel.press("Open")
    page.get_by_text(re.compile(r"Distance 60\.00 mm")).wait_for(timeout=60_000)
    panel.press("Integrate")
    side = page.locator(".daisy-side")
    side.get_by_label("output *", exact=True).last.fill("heat.h5")
    page.keyboard.press("Tab")
    panel.start()
    panel.notice.get_by_text(re.compile("Integrating: done")).wait_for(timeout=90_000)
    plot = page.locator(".jupyter-matplotlib-canvas-div")
    plot.wait_for(timeout=30_000)
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    page.mouse.click(box["x"] + 0.25 * box["width"], box["y"] + 0.3 * box["height"])
    page.get_by_text(re.compile(r"Marked: 2θ")).wait_for(timeout=30_000)
    page.wait_for_function("() => document.querySelector('.daisy-slice-number').value > 50")
    page.locator(".daisy-mark-measure path").first.wait_for(state="attached", timeout=30_000)
    panel.picture(screenshots / "integration_linked.png", ".daisy-bench")
    panel.press("Waterfall")
    panel.picture(screenshots / "integration_waterfall.png", ".daisy-patterns")
    assert overlaps(page) == []
