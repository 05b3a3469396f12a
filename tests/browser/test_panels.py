"""A facility's own panel in JupyterLab, from an empty form to the volume, by the keyboard."""

import h5py
import pytest

from daisy_kernel.cli.demo_scan import write_scan
from daisy_kernel.simulate import TomographyScan, foam

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PANEL = """
from daisy_widgets import panel

asked = ["scan", "output", "center"]
panel("tomography", session=session, expose=asked, title="Foam at the beamline")
"""
CENTER = 49.3


@pytest.fixture(scope="module")
def scan(server):
    """A scan of 64 rows in the server's folder."""
    made = TomographyScan(
        foam(3, 40, half_height=0.6), n_angle=121, n_row=64, n_col=96, centre=CENTER
    )
    path = server.work / "foam.h5"
    write_scan(made, path)
    return path


@pytest.mark.parametrize("manner", ["light webgl far", "dark canvas near"], indirect=True)
def test_a_scan_is_reconstructed_by_the_keyboard_alone(lab, scan, screenshots, overlaps, manner):
    name, page = manner.theme, lab.page
    manner.open("panel", PANEL)
    field = page.get_by_label("scan *")
    field.wait_for(timeout=30_000)
    assert overlaps(page) == []
    page.screenshot(path=screenshots / f"panel_{name}_empty.png")

    field.focus()
    keyboard = page.keyboard
    keyboard.type(scan.name)
    keyboard.press("Tab")
    keyboard.type(f"reco_{name}.h5")
    keyboard.press("Tab")
    keyboard.type("49,3")
    keyboard.press("Tab")  # to "More parameters"
    notice = page.locator(".daisy-notice")
    page.get_by_text("center is '49,3': give a number [pixel].").first.wait_for()
    page.screenshot(path=screenshots / f"panel_{name}_wrong.png")
    keyboard.press("Shift+Tab")
    keyboard.type(str(CENTER))  # what is there is selected
    keyboard.press("Tab")
    keyboard.press("Space")
    page.get_by_label("threads at once").wait_for()
    page.wait_for_timeout(300)
    assert overlaps(page) == []
    page.screenshot(path=screenshots / f"panel_{name}_more.png")
    keyboard.press("Space")
    page.get_by_label("threads at once").wait_for(state="hidden")
    keyboard.press("Tab")  # to "Check"
    keyboard.press("Enter")
    page.get_by_text("tomography can run. Memory").wait_for(timeout=30_000)
    page.screenshot(path=screenshots / f"panel_{name}_checked.png")
    keyboard.press("Tab")  # to "Run"
    keyboard.press("Enter")

    page.get_by_text("Done in").wait_for(timeout=60_000)
    assert lab.viewer().plane() == 32
    manner.assert_painted()
    assert page.get_by_role("button", name=f"Open reco_{name}.h5").is_visible()
    assert f"center {CENTER}" in notice.inner_text()
    page.locator(".daisy-panel").scroll_into_view_if_needed()
    page.screenshot(path=screenshots / f"panel_{name}_done.png")
    assert overlaps(page) == []
    with h5py.File(lab.server.work / f"reco_{name}.h5") as file:
        assert file["entry/data/data"].shape == (64, 96, 96)
