"""The workflow builder in JupyterLab: from a template to a volume, by keyboard and by mouse."""

import json
import subprocess
import sys

import h5py
import numpy as np
import pytest

from daisy_kernel.cli.demo_scan import write_scan
from daisy_kernel.simulate import TomographyScan, foam

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BUILDER = """
from daisy_widgets import build

builder = build({workflow!r}, session=session)
builder
"""
CENTER = 49.3
WRONG = "Step 'remove_outliers' (RemoveOutliers): parameter 'threshold' [as the input] cannot be"
PARTS = (
    ".daisy-builder-columns > *, .daisy-document-bar > *, "
    ".daisy-builder-middle > .widget-hbox > *, .daisy-step-form .daisy-field, "
    ".daisy-step-line > *, .daisy-run-form .daisy-field, .daisy-run-form button"
)
"""Of these, those of one row or column lie beside each other."""


@pytest.fixture(scope="module")
def scan(server):
    """A scan of 64 rows in the server's folder."""
    made = TomographyScan(
        foam(3, 40, half_height=0.6), n_angle=121, n_row=64, n_col=96, centre=CENTER
    )
    path = server.work / "foam.h5"
    write_scan(made, path)
    return path


class Builder:
    """The builder of the current notebook."""

    def __init__(self, lab, manner, name: str, workflow: str = "tomography"):
        self.lab, self.page = lab, lab.page
        manner.open(name, BUILDER.format(workflow=workflow))
        self.steps = self.page.locator(".daisy-flow-step")
        self.steps.first.wait_for(timeout=60_000)

    def step(self, number: int):
        return self.page.get_by_role("option", name=f"Step {number} of")

    def names(self) -> list[str]:
        """What the steps are called, and what each takes and gives."""
        return [step.get_attribute("aria-label") for step in self.steps.all()]

    def wait_for_state(self, text: str) -> None:
        self.page.locator(".daisy-run-state").get_by_text(text).wait_for(timeout=20_000)

    def faulty(self) -> list[str]:
        return [
            step.get_attribute("aria-label")
            for step in self.page.locator(".daisy-flow-faulty").all()
        ]


def volume(path):
    with h5py.File(path) as file:
        return file["entry/data/data"][...]


def is_the_volume_of_the_command_line(work, document, made) -> bool:
    output = work / f"again_{made}"
    inputs = ["--scan", "foam.h5", "--output", output.name, "--center", str(CENTER)]
    command = [sys.executable, "-m", "daisy_kernel.cli", "run", document, *inputs]
    subprocess.run(command, cwd=work, check=True, capture_output=True)
    return np.array_equal(volume(work / made), volume(output))


@pytest.mark.parametrize("manner", ["light webgl near"], indirect=True)
def test_a_workflow_is_built_mended_saved_and_run_by_the_keyboard(
    lab, scan, screenshots, overlaps, manner
):
    builder = Builder(lab, manner, "builder_keys")
    page, keyboard = lab.page, lab.page.keyboard
    builder.wait_for_state("Still needed: scan, output")
    assert overlaps(page, ".daisy-builder", PARTS) == []
    page.screenshot(path=screenshots / "builder_light_start.png")

    builder.step(1).focus()
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    page.locator(".daisy-step-form").get_by_text("inspect").wait_for()
    page.get_by_role("searchbox").focus()
    keyboard.type("remove outl")
    keyboard.press("Enter")
    builder.step(3).and_(page.locator("[aria-selected=true]")).wait_for()
    page.get_by_text("lacks the parameter 'threshold'").first.wait_for()

    page.get_by_label("threshold [as the input] *").first.focus()
    keyboard.type("many")
    page.locator(".daisy-wrong").get_by_text(f"{WRONG} 'many'").wait_for()
    assert page.evaluate("document.activeElement.value") == "many"
    assert [name[:31] for name in builder.faulty()] == ["Step 3 of 13: remove_outliers, "]
    assert overlaps(page, ".daisy-builder", PARTS) == []
    page.screenshot(path=screenshots / "builder_light_wrong.png")
    keyboard.press("Control+a")
    keyboard.type("50")
    builder.wait_for_state("No fault found.")
    assert builder.faulty() == []

    builder.step(3).focus()
    keyboard.press("Alt+ArrowDown")
    page.locator(".daisy-flow-step:focus").and_(builder.step(4)).wait_for()
    assert "remove_outliers" in builder.names()[3]
    keyboard.press("Delete")
    page.locator(".daisy-flow-empty").wait_for(state="hidden")
    builder.step(12).and_(page.get_by_role("option", name="of 12:")).wait_for()
    keyboard.press("Control+z")
    builder.step(13).wait_for()
    keyboard.press("Control+z")
    builder.step(3).and_(page.get_by_role("option", name="remove_outliers")).wait_for()

    page.get_by_label("document", exact=True).focus()
    keyboard.type("keys")
    keyboard.press("Tab")
    keyboard.press("Tab")
    keyboard.press("Enter")
    page.get_by_text("Saved as ").wait_for()
    saved = lab.server.work / "keys.daisy.json"
    page.get_by_label("scan *").focus()
    keyboard.type(scan.name)
    keyboard.press("Tab")
    keyboard.type("keys.h5")
    keyboard.press("Tab")
    builder.wait_for_state("Ready to run.")
    keyboard.press("Space")  # more parameters
    centre = page.get_by_label("center [pixel]").last
    centre.wait_for()  # what is hidden cannot take the focus
    centre.focus()
    keyboard.type(str(CENTER))
    keyboard.press("Tab")
    builder.wait_for_state("Ready to run.")
    page.get_by_role("button", name="Run all", exact=True).focus()
    keyboard.press("Enter")
    page.get_by_text("Done in").wait_for(timeout=60_000)
    page.screenshot(path=screenshots / "builder_light_done.png")
    assert lab.viewer().plane() == 32
    manner.assert_painted()
    assert is_the_volume_of_the_command_line(lab.server.work, saved.name, "keys.h5")


@pytest.mark.parametrize("manner", ["dark canvas far"], indirect=True)
def test_a_workflow_is_built_opened_again_and_run_by_the_mouse(
    lab, scan, screenshots, overlaps, manner
):
    builder = Builder(lab, manner, "builder_mouse")
    page = lab.page
    builder.step(2).click()
    page.get_by_role("button", name="RemoveOutliers").click()
    field = page.get_by_label("threshold [as the input] *").first
    field.fill("-1")
    page.locator(".daisy-wrong").get_by_text(f"{WRONG} '-1'").wait_for()
    assert overlaps(page, ".daisy-builder", PARTS) == []
    page.screenshot(path=screenshots / "builder_dark_wrong.png")
    field.fill("50")
    builder.wait_for_state("No fault found.")
    page.get_by_role("button", name="Duplicate", exact=True).click()
    builder.step(14).wait_for()
    page.get_by_role("button", name="Remove", exact=True).click()
    builder.step(14).wait_for(state="detached")

    names = builder.names()
    page.get_by_label("document", exact=True).fill("mouse.daisy.json")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Saved as ").wait_for()
    saved = lab.server.work / "mouse.daisy.json"
    text = saved.read_text()
    page.locator(".daisy-document-bar select").select_option("an empty workflow")
    page.locator(".daisy-flow-empty").wait_for()
    page.screenshot(path=screenshots / "builder_dark_empty.png")
    page.get_by_label("document", exact=True).fill("mouse.daisy.json")
    page.get_by_role("button", name="Open", exact=True).click()
    page.get_by_text("Opened ").wait_for()
    assert builder.names() == names
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Saved as ").wait_for()
    assert saved.read_text() == text
    assert json.loads(text)["steps"][2]["params"]["threshold"] == 50

    page.get_by_label("scan *").fill(scan.name)
    page.get_by_label("output *").last.fill("mouse.h5")
    page.locator(".daisy-run-form").get_by_role("button", name="More parameters").click()
    page.get_by_label("center [pixel]").last.fill(str(CENTER))
    page.locator(".daisy-heading").first.click()
    builder.wait_for_state("Ready to run.")
    page.get_by_role("button", name="Run all", exact=True).click()
    page.get_by_text("Done in").wait_for(timeout=60_000)
    assert is_the_volume_of_the_command_line(lab.server.work, saved.name, "mouse.h5")
    builder.step(6).click()
    page.wait_for_timeout(500)
    assert overlaps(page, ".daisy-builder", PARTS) == []
    page.screenshot(path=screenshots / "builder_dark_done.png")
    page.get_by_role("button", name="Try it", exact=True).click()
    trial = page.locator(".daisy-trial")
    trial.locator(".daisy-before [data-detail=full]").wait_for(timeout=60_000)
    trial.locator(".daisy-after [data-detail=full]").wait_for(timeout=60_000)
    manner.assert_painted()
    trial.scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    assert overlaps(page, ".daisy-trial") == []
    page.screenshot(path=screenshots / "builder_dark_trial.png")
