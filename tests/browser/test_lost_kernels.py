"""A page that is reloaded, a kernel that is restarted or killed: panels say so and go on."""

import os
import re
import signal

import pytest

from daisy_kernel.cli.demo_scan import write_scan
from daisy_kernel.simulate import TomographyScan, foam

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LONG = """
import os
from daisy_widgets import panel

print(f"process {os.getpid()}.")
shown = panel("tomography", title="A long one")
shown.form.fill(scan="foam.h5", output="long.h5", center="23.5", algorithm="sirt")
shown.form.fill(iterations="20000", **{"overwrite existing outputs": True})
shown.form.fill(**{"memory for arrays": "4MB", "threads at once": "1"})
shown
"""
LOOK = """
from daisy_widgets import RunView

RunView()
"""
RESTART = "() => { window.jupyterapp.shell.currentWidget.sessionContext.restartKernel(); }"
RESTARTED = "The kernel was restarted: run this cell again."


@pytest.fixture(scope="module")
def scan(server):
    """A scan in the server's folder."""
    made = TomographyScan(foam(3, 40, half_height=2.7), n_angle=61, n_row=400, n_col=48)
    path = server.work / "foam.h5"
    write_scan(made, path)
    return path


@pytest.fixture
def running(lab, scan):
    """A panel with a run that goes on for minutes."""
    lab.open(lab.server.write("long.ipynb", LONG))
    lab.do("notebook:run-all-cells")
    lab.page.get_by_role("button", name="Run", exact=True).click()
    wait_until_it_runs(lab.page)
    return lab


def wait_until_it_runs(page):
    page.locator(".daisy-notice").get_by_text("running:").wait_for(timeout=30_000)


def cancel(page):
    page.get_by_role("button", name="Cancel", exact=True).click()
    page.locator(".daisy-notice").get_by_text("cancelled").wait_for(timeout=30_000)


def process_of(lab):
    """Id of the process that the notebook's kernel is."""
    return int(re.findall(r"process (\d+)\.", str(lab.outputs()))[-1])


def run_again(lab):
    """Run the cell again, as the panel says."""
    lab.do("notebook:run-all-cells")
    lab.page.get_by_text(RESTARTED).wait_for(state="detached", timeout=30_000)


def test_a_reloaded_page_shows_the_panel_and_its_run_again(running):
    page = running.page
    running.do("docmanager:save")
    running.reload()
    wait_until_it_runs(page)
    assert page.get_by_text("tomography is running since").count() == 0
    cancel(page)


def test_a_page_that_was_reloaded_unsaved_is_given_the_run_by_its_cell(running, screenshots):
    page = running.page
    before = process_of(running)
    running.reload()
    running.wait_until_ready()
    assert running.outputs() == []  # the page has lost them; the kernel goes on
    running.do("notebook:run-all-cells")
    page.get_by_text("tomography is running since").wait_for(timeout=30_000)
    assert process_of(running) == before
    page.screenshot(path=screenshots / "offered.png")
    follow = page.get_by_role("button", name="Follow it")
    follow.focus()
    page.keyboard.press("Enter")
    wait_until_it_runs(page)
    assert follow.is_hidden()
    cancel(page)


def test_a_view_of_the_run_comes_back_in_another_notebook(running):
    page = running.page
    running.open(running.server.write("look.ipynb", LOOK))
    running.do("notebook:run-all-cells")
    page.locator(".daisy-notice").get_by_text("running:").wait_for(timeout=30_000)
    cancel(page)


def test_a_restarted_kernel_is_told_and_the_cut_off_run_resumed(running, screenshots):
    page = running.page
    page.evaluate(RESTART)
    line = page.get_by_role("alert").get_by_text(RESTARTED)
    line.wait_for(timeout=30_000)
    page.screenshot(path=screenshots / "restarted.png")
    check = page.get_by_role("button", name="Check", exact=True)
    # Out of reach for mouse, keyboard and screen reader.
    assert check.evaluate("button => button.closest('[inert]') !== null")
    assert not line.evaluate("line => line.closest('[inert]') !== null")
    running.wait_until_ready()
    run_again(running)
    page.get_by_text("tomography was interrupted").wait_for(timeout=30_000)
    page.screenshot(path=screenshots / "interrupted.png")
    page.get_by_role("button", name="Resume it").click()
    wait_until_it_runs(page)
    cancel(page)


def test_a_kernel_that_died_is_told(running):
    page = running.page
    os.kill(process_of(running), signal.SIGKILL)
    page.get_by_text("The kernel for long.ipynb appears to have died").wait_for(timeout=30_000)
    page.get_by_role("button", name="Ok").click()
    page.get_by_text(RESTARTED).wait_for()
    running.wait_until_ready()
    run_again(running)
    page.get_by_text("tomography was interrupted").wait_for(timeout=30_000)
