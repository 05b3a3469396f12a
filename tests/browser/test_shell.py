"""The shell around the kernel: data objects, runs and workflows without a line of code."""

import re
import statistics
import time

import h5py
import numpy as np
import pytest

from daisy_kernel.simulate import demo_scan

pytestmark = [pytest.mark.browser, pytest.mark.slow]

EMPTY = "import daisy_kernel"
FRAMES_PER_SECOND = 15
SECONDS_UNTIL_BACK = 5
# Moves the slider over these planes in this time [s], as a hand does, and waits for none; gives how
# many planes were drawn meanwhile.
SCRUB = """async ([first, last, seconds]) => {
  const slider = document.querySelector('.daisy-slice-slider');
  const shown = document.querySelector('[data-plane]');
  const drawn = new Set();
  const watcher = new MutationObserver(() => drawn.add(shown.dataset.plane));
  watcher.observe(shown, { attributeFilter: ['data-plane'] });
  const start = performance.now();
  for (let share = 0; share < 1; share = (performance.now() - start) / (1000 * seconds)) {
    slider.value = Math.round(first + share * (last - first));
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    await new Promise(resolve => setTimeout(resolve, 10));
  }
  watcher.disconnect();
  return drawn.size;
}"""


@pytest.fixture(scope="module")
def volume(server):
    """A volume on disk that no memory cache of ours holds: 128 slices of 768 x 768."""
    z, y, x = np.ogrid[-1:1:128j, -1:1:768j, -1:1:768j]
    path = server.work / "volume.h5"
    with h5py.File(path, "w") as file:
        data = file.create_dataset("volume", (128, 768, 768), "f4")
        for number, height in enumerate(z.ravel()):
            data[number] = np.sin(20 * np.sqrt(x[0] ** 2 + y[0] ** 2 + height**2))
    return path


@pytest.fixture(scope="module")
def scan(server):
    made = demo_scan(n_angle=181, n_row=32, n_col=256)
    path = server.work / "scan.h5"
    with h5py.File(path, "w") as file:
        file["exchange/data"] = made.projections()
        file["exchange/data_white"] = made.flats()
        file["exchange/data_dark"] = made.darks()
        file["exchange/theta"] = made.angles_deg
    return path


class Panel:
    """The side panel, used as people do."""

    def __init__(self, lab):
        lab.do("daisy:show-panel")
        self.lab, self.page = lab, lab.page
        self.objects = self.page.get_by_test_id("daisy-objects")
        self.runs = self.page.get_by_test_id("daisy-runs")
        self.workflows = self.page.get_by_test_id("daisy-workflows")

    def object(self, name):
        return self.objects.locator(f"li[data-name='{name}']")

    def fill(self, workflow, **inputs):
        """Unfold the form of a workflow and type into it."""
        item = self.workflows.locator(f"[data-workflow='{workflow}']")
        item.locator(".daisy-Workflow-title").click()
        form = item.locator("form")
        form.get_by_text("More parameters").click()
        for name, value in inputs.items():
            field = form.locator(f"[name='{name}']")
            if field.evaluate("node => node.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        return form

    def run(self, workflow):
        """The newest run of a workflow."""
        return self.runs.locator(".daisy-Run", has_text=workflow).first


def test_x(lab, volume, scan, screenshots):
    lab.page.set_viewport_size({"width": 1280, "height": 800})
    lab.page.on("console", lambda m: print("CONSOLE", m.type, m.text[:300]))
    lab.open(lab.server.write("shell.ipynb", EMPTY))
    panel = Panel(lab)
    lab.do("daisy:open-file", path="volume.h5")
    panel.object("volume").wait_for()
    time.sleep(4)
    lab.page.screenshot(path=screenshots / "a.png")
    print("FPS idle", lab.page.evaluate(SCRUB, [0, 127, 4]) / 4)
    form = panel.fill("tomography", scan=str(scan), output=str(lab.server.work / "reco.h5"), algorithm="sirt", iterations="5000", **{"threads at once": "1"})
    form.get_by_role("button", name="Check").click()
    time.sleep(2)
    lab.page.screenshot(path=screenshots / "c.png")
    form.get_by_role("button", name="Run").click()
    time.sleep(5)
    panel.runs.scroll_into_view_if_needed()
    lab.page.screenshot(path=screenshots / "d.png")
    t0 = time.time()
    for _ in range(3):
        print("FPS", lab.page.evaluate(SCRUB, [0, 127, 4]) / 4)
    lab.reload()
    time.sleep(5)
    lab.page.screenshot(path=screenshots / "e.png")
    print(lab.errors)
