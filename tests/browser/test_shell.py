"""The shell around the kernel: data objects, runs and workflows without a line of code."""

import json
import re
import time

import h5py
import numpy as np
import pytest

from daisy_kernel.cli.demo_scan import write_scan
from daisy_kernel.simulate import demo_scan
from daisy_kernel.workflow import predefined

pytestmark = [pytest.mark.browser, pytest.mark.slow]

EMPTY = "import daisy_kernel"
# Brightness, 0 to 1, of the ground that an element stands on and of its text.
COLOURS = """node => {
  const brightness = colour => {
    const [red, green, blue, opacity = 1] = colour.match(/[\\d.]+/g).map(Number);
    return opacity === 0 ? null : (red + green + blue) / 765;
  };
  let ground = node;
  while (brightness(getComputedStyle(ground).backgroundColor) === null) {
    ground = ground.parentElement;
  }
  return [ground, node].map((found, ink) =>
    brightness(getComputedStyle(found)[ink ? 'color' : 'backgroundColor']));
}"""
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
    write_scan(made, path)
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
        self.fold("workflows", True)
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

    def fold(self, section, is_open):
        """Fold or unfold a section."""
        heading = self.page.locator(f"[data-section={section}] .daisy-Section-button")
        if heading.get_attribute("aria-expanded") != str(is_open).lower():
            heading.click()


@pytest.fixture
def panel(lab):
    lab.page.set_viewport_size({"width": 1280, "height": 800})
    lab.open(lab.server.write("shell.ipynb", EMPTY))
    return Panel(lab)


def start_long_run(panel, scan, output):
    """A reconstruction of several minutes, started from its form; gives its card."""
    form = panel.fill(
        "tomography", scan=str(scan), output=str(output), center="131.7", algorithm="sirt",
        iterations="20000", **{"threads at once": "1"},
    )  # fmt: skip
    form.get_by_role("button", name="Run").click()
    form.get_by_text("Started as").wait_for()
    run = panel.run("tomography")
    run.locator(".daisy-Run-bar").wait_for()
    return run


def lines(run):
    run.locator(".daisy-Log-line").first.wait_for(timeout=20_000)
    return run.locator(".daisy-Log-line").all_inner_texts()


def test_a_volume_on_disk_is_looked_through_while_a_run_goes_on_and_all_comes_back(
    lab, panel, volume, scan, screenshots, browser, record_property
):
    lab.do("daisy:open-file", path=volume.name)
    panel.object("volume").locator("[data-state=drawn]").wait_for()
    viewer = lab.viewer()
    assert viewer.plane() == 64
    output = lab.server.work / "reco.h5"
    run = start_long_run(panel, scan, output)
    panel.fold("workflows", False)

    drawn: list[float] = []
    while len(drawn) < 6 and max(drawn, default=0) < FRAMES_PER_SECOND:
        # Others may use the machine: the best pass shows what this can do.
        drawn.append(lab.page.evaluate(SCRUB, [0, 127, 4]) / 4)
    record_property("planes drawn per second", drawn)
    assert max(drawn) >= FRAMES_PER_SECOND, drawn
    plane, told = viewer.plane(), lines(run)
    lab.page.screenshot(path=screenshots / "shell.png")

    lab.page.wait_for_timeout(1500)  # JupyterLab saves where its tabs are with some delay
    lab.reload()
    begun = time.monotonic()
    panel.object("volume").wait_for()
    run.locator(".daisy-Run-bar").wait_for()
    assert viewer.plane() == plane
    back = time.monotonic() - begun
    record_property("seconds until all is back", back)
    assert back < SECONDS_UNTIL_BACK
    assert run.get_attribute("data-state") == "running"
    assert lines(run)[: len(told)] == told

    stranger = browser.new_context(viewport={"width": 1280, "height": 800})
    lab.page.goto("about:blank")
    other = type(lab)(lab.server, stranger.new_page())
    other.open()  # no notebook: the panel finds the kernel by itself
    seen = Panel(other)
    again = seen.run("tomography")
    assert again.get_attribute("data-state") == "running"
    again.locator(".daisy-Run-title").click()
    assert lines(again)[: len(told)] == told
    seen.object("volume").dblclick()
    assert other.viewer().plane() == 64
    again.get_by_role("button", name="Cancel").click()
    other.page.locator(".daisy-Run[data-state=cancelled]").wait_for(timeout=60_000)
    again.get_by_role("button", name="Resume").wait_for()
    assert not output.exists()
    assert other.errors == []
    stranger.close()


def test_enter_opens_the_viewer_while_a_cell_runs(lab, panel, volume):
    lab.do("notebook:run-all-cells")
    lab.do("daisy:open-file", path=volume.name)
    assert lab.viewer().plane() == 64
    lab.page.locator(".lm-TabBar-tab", has_text="volume").locator(".lm-TabBar-tabCloseIcon").click()
    lab.viewer().slider.wait_for(state="detached")
    cell = "import time; from pathlib import Path; time.sleep(30); Path('ended').touch()"
    lab.page.evaluate(
        "code => { window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"
        ".requestExecute({ code }); }",
        cell,
    )
    lab.page.locator(".daisy-Header-activity[data-activity=busy]").wait_for()
    listbox = panel.objects.get_by_role("listbox")
    listbox.focus()
    listbox.press("ArrowDown")
    assert panel.object("volume").get_attribute("aria-selected") == "true"
    listbox.press("Enter")
    assert lab.viewer().plane() == 64
    assert not (lab.server.work / "ended").exists()


def test_a_form_says_what_is_missing_what_it_would_do_and_what_is_wrong(
    lab, panel, scan, screenshots
):
    form = panel.fill("tomography", scan=str(scan))
    check, said = form.get_by_role("button", name="Check"), form.locator(".daisy-Form-said")
    check.click()
    assert said.inner_text() == "Still needed: output."
    form.locator("[name=output]").fill("checked.h5")
    check.click()
    said.get_by_text("Writes").wait_for()
    assert re.search(r"checked\.h5 /entry/data/data: 32 × 256 × 256 float32", said.inner_text())
    lab.page.screenshot(path=screenshots / "form.png")
    form.locator("[name=stripes]").fill("many")
    check.click()
    said.get_by_text("many").wait_for()
    assert "stripes" in said.inner_text()
    lab.page.wait_for_timeout(1500)
    lab.reload()
    assert form.locator("[name=output]").input_value() == "checked.h5"


def test_a_workflow_document_opens_as_its_workflow_and_runs(lab, panel, scan, screenshots):
    document = predefined.tomography() | {"name": "mine"}
    (lab.server.work / "mine.daisy.json").write_text(json.dumps(document))
    lab.do("docmanager:open", path="mine.daisy.json")
    opened = lab.page.locator(".daisy-WorkflowDocument")
    opened.get_by_role("heading", name="mine").wait_for()
    assert "find_center" in opened.locator("li").all_inner_texts()
    opened.locator("[name=scan]").fill(str(scan))
    opened.locator("[name=output]").fill("mine.h5")
    lab.page.screenshot(path=screenshots / "document.png")
    opened.get_by_role("button", name="Run").click()
    run = panel.run("mine")
    lab.page.locator(".daisy-Run[data-state=done]", has_text="mine").wait_for(timeout=60_000)
    run.get_by_role("button", name="Open").click()
    assert lab.viewer().plane() == 16
    lab.page.screenshot(path=screenshots / "result.png")
    assert (lab.server.work / "mine.h5").exists()


def test_the_file_browser_opens_a_data_file_without_a_notebook(lab, volume, screenshots):
    lab.open()
    lab.page.get_by_role("listitem", name="volume.h5").first.click(button="right")
    lab.page.get_by_text("Open with Daisy").click()
    assert lab.viewer().plane() == 64
    panel = Panel(lab)
    panel.object("volume").wait_for()
    assert [s["kernel"]["name"] for s in lab.server.ask("GET", "/api/sessions")] == ["daisy"]
    lab.page.wait_for_timeout(1500)
    lab.reload()
    assert lab.viewer().plane() == 64


def test_the_panel_follows_the_notebook_unless_one_is_chosen(lab, panel):
    put = "import daisy_kernel; daisy_kernel.connect()['{}'] = [[1.0, 2.0], [3.0, 4.0]]"
    for name in ("first", "second"):
        lab.do("docmanager:open", path=lab.server.write(f"{name}.ipynb", put.format(name)))
        lab.wait_until_ready()
        lab.do("notebook:run-all-cells")
        panel.object(name).wait_for()
    chooser = panel.page.get_by_label("Kernel that is looked at")
    chooser.select_option("first.ipynb")
    panel.object("first").wait_for()
    panel.object("first").dblclick()
    lab.page.locator(".daisy-slice-viewer").wait_for()
    chooser.select_option("Follow the notebook")
    panel.object("second").wait_for()


def test_all_of_it_can_be_seen_in_the_dark(lab, panel, volume, screenshots):
    lab.do("apputils:change-theme", theme="JupyterLab Dark")
    lab.do("daisy:open-file", path=volume.name)
    lab.viewer().plane()
    panel.page.locator("body[data-jp-theme-light=false]").wait_for(state="attached")
    panel.fill("center")
    lab.page.screenshot(path=screenshots / "dark.png")
    for part in (
        ".daisy-Section-title",
        ".daisy-Object-name",
        ".daisy-Workflow-name",
        ".daisy-Form label",
    ):
        ground, ink = lab.page.locator(part).first.evaluate(COLOURS)
        assert ground < 0.3, part
        assert ink > 0.6, part
    lab.do("apputils:change-theme", theme="JupyterLab Light")
