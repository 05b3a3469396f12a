"""The integration panel in JupyterLab, from frames to lines, by mouse and by the keyboard."""

import re
import shutil

import fabio
import numpy as np
import pytest

from daisy_kernel.cli.demo_frames import write_stack
from daisy_kernel.simulate.powder import demo_stack

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PANEL = """
from daisy_widgets.apps import powder

powder()
"""


class Page:
    """The panel on a page of JupyterLab."""

    def __init__(self, lab, name, theme):
        self.page = lab.page
        self.page.set_viewport_size({"width": 1280, "height": 800})
        lab.open(lab.server.write(name, PANEL))
        lab.do("apputils:change-theme", theme=theme)
        lab.do("notebook:run-all-cells")
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
        """Press a button by the keyboard; what the panel says then."""
        button = self.page.get_by_role("button", name=name, exact=True)
        button.focus()
        button.press("Enter")
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

    def wait_for_shapes(self, count):
        """What the list says was drawn, once there are so many."""
        listed = "count => document.querySelectorAll('.daisy-shapes option').length === count"
        self.page.wait_for_function(listed, arg=count)
        return self.page.locator(".daisy-shapes option").all_inner_texts()

    def overlaps(self):
        """Controls of the panel that lie over each other or stick out of it."""
        return self.page.evaluate(
            """() => {
              const panel = document.querySelector('.daisy-panel').getBoundingClientRect();
              const shown = Array.from(document.querySelectorAll(
                '.daisy-panel :is(input, select, button, label, .daisy-help,' +
                ' .daisy-frame-view, .jupyter-matplotlib-canvas-div)'
              )).filter(node => node.getClientRects().length > 0
                && !node.parentElement.closest('.daisy-frame-view, .jupyter-matplotlib-canvas-div')
                && node.getBoundingClientRect().height > 0);
              const boxes = shown.map(node => [node, node.getBoundingClientRect()]);
              const faults = [];
              for (const [node, box] of boxes) {
                if (box.left < panel.left - 1 || box.right > panel.right + 1)
                  faults.push('sticks out: ' + node.outerHTML.slice(0, 200));
                for (const [other, rest] of boxes) {
                  if (node === other || node.contains(other) || other.contains(node)) continue;
                  if (box.left < rest.right - 1 && rest.left < box.right - 1
                    && box.top < rest.bottom - 1 && rest.top < box.bottom - 1)
                    faults.push([node, other].map(n => n.outerHTML.slice(0, 150)).join(' over '));
                }
              }
              return faults;
            }"""
        )

    def picture(self, path, selector=".daisy-panel"):
        self.page.locator(selector).first.evaluate("node => node.scrollIntoView()")
        self.page.wait_for_timeout(400)
        self.page.screenshot(path=path)


@pytest.fixture
def ceria(server, real_data):
    """The real frame and its geometry in the server's folder."""
    for name in ("CeO2_Pilatus1M.tif", "CeO2_Pilatus1M.poni"):
        shutil.copy(real_data(f"diffraction/{name}"), server.work)


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_a_frame_of_ceria_is_masked_calibrated_integrated_and_its_lines_are_told(
    lab, ceria, screenshots, theme
):
    name = theme.rpartition(" ")[2].lower()
    panel = Page(lab, f"integration_{name}.ipynb", theme)
    page = panel.page
    assert panel.overlaps() == []
    panel.fill(**{"scan *": "CeO2_Pilatus1M.tif", "geometry": "CeO2_Pilatus1M.poni"})
    panel.field("flip").select_option("ud")
    panel.fill(calibrant="CeO2")
    panel.press("Open")
    page.get_by_text(re.compile(r"Distance 208\.69 mm.*17 rings")).wait_for(timeout=60_000)
    page.locator("[data-detail=full]").wait_for(timeout=30_000)
    panel.picture(screenshots / f"integration_{name}_opened.png", ".daisy-bench")
    assert panel.overlaps() == []

    # ---- the mask: by mouse, and the threshold by the keyboard ----
    rings = page.locator(".daisy-mark-ring path")
    assert rings.count() >= 17
    panel.page.locator(".daisy-bench").evaluate("node => node.scrollIntoView()")
    panel.take("Rectangle", "Drag from corner")
    panel.drag((60, 80), (160, 300))
    panel.take("Polygon", "Click each corner")
    corners = ((700, 150), (900, 200), (820, 420))
    for corner in corners[:-1]:
        page.mouse.click(*panel.at(*corner))
    page.mouse.dblclick(*panel.at(*corners[-1]))
    panel.take("Circle", "Drag from the centre")
    panel.drag((520, 480), (520, 530))
    panel.field("take back what is excluded").check()
    panel.drag((110, 190), (110, 220))
    panel.field("take back what is excluded").uncheck()
    panel.fill(**{"above [counts]": "500000"})
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
    assert panel.overlaps() == []
    mask = fabio.open(str(lab.server.work / f"mask_{name}.edf")).data
    image = fabio.open(str(lab.server.work / "CeO2_Pilatus1M.tif")).data
    off = 3  # pixels that a pointer of whole CSS pixels may miss by
    assert mask[60 + off : 80, 80 + off : 300 - off].all()
    assert not mask[100:120, 180:200][image[100:120, 180:200] >= 0].any()  # taken back
    assert mask[515:525, 440:520].all()
    assert mask[800:820, 220:330].all()
    assert mask[(image < 0) | (image > 500_000)].all()
    share = (mask[image >= 0] != 0).mean()
    assert 0.04 < share < 0.07
    assert panel.field("mask").input_value() == f"mask_{name}.edf"

    # ---- the geometry ----
    panel.press("Calibrate")
    panel.fill(**{"output *": f"refined_{name}.poni"})
    panel.press("Refine", r"is saved\. Residual 0\.00")
    panel.picture(screenshots / f"integration_{name}_refined.png", ".daisy-bench")
    assert panel.overlaps() == []

    panel.press("Integrate")
    panel.page.locator(".daisy-side").get_by_label("output *", exact=True).last.fill(f"p_{name}.h5")
    panel.page.keyboard.press("Tab")
    panel.fill(bins="1500", polarization="0.99")
    page.locator(".daisy-side .mod-primary:visible").last.click()
    panel.notice.get_by_text(re.compile("Integrating: done")).wait_for(timeout=60_000)
    page.locator(".jupyter-matplotlib-canvas-div").wait_for(timeout=30_000)
    panel.press("Find lines", "12 lines were found")
    panel.picture(screenshots / f"integration_{name}_lines.png", ".daisy-patterns")
    for unit in ("q (1/Å)", "d (Å)", "r (mm)"):
        before = page.locator(".jupyter-matplotlib-canvas-div").screenshot()
        panel.field("against").select_option(label=unit)
        page.wait_for_timeout(1500)
        assert page.locator(".jupyter-matplotlib-canvas-div").screenshot() != before
    rows = page.locator(".daisy-peaks tbody tr").all_inner_texts()
    assert len(rows) == 12
    off_ring = [float(text.split()[-1].replace("−", "-")) for text in rows]
    assert np.sqrt(np.mean(np.square(off_ring))) < 0.0035
    assert panel.overlaps() == []


def test_a_series_is_integrated_while_its_patterns_are_watched(lab, server, screenshots):
    stack = demo_stack(n_frame=120, n=514)
    write_stack(stack, server.work / "heat_master.h5", server.work / "heat.poni", overwrite=True)
    panel = Page(lab, "integration_live.ipynb", "JupyterLab Light")
    page = panel.page
    panel.fill(**{"scan *": "heat_master.h5", "geometry": "heat.poni", "calibrant": "CeO2"})
    panel.press("Open")
    page.get_by_text(re.compile(r"Distance 60\.00 mm")).wait_for(timeout=60_000)
    panel.press("Integrate")
    side = page.locator(".daisy-side")
    side.get_by_label("output *", exact=True).last.fill("heat.h5")
    page.keyboard.press("Tab")
    page.locator(".daisy-side .mod-primary:visible").last.click()
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
    assert panel.overlaps() == []
