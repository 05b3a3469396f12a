"""What a scientist does in JupyterLab: launch, run, look through, come back."""

import re
import shutil
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FIRST = Path(__file__).parents[2] / "notebooks" / "01_first_reconstruction.ipynb"
SHELLS = """
import time
import numpy as np
import daisy_kernel
from daisy_widgets import SliceViewer

z, y, x = np.ogrid[-1:1:24j, -1:1:200j, -1:1:200j]
session = daisy_kernel.connect()
session["shells"] = np.sin(20 * np.sqrt(x**2 + y**2 + z**2)).astype("f4")
SliceViewer(session["shells"])
"""
LONG = """
from pathlib import Path

print("long cell", flush=True)
time.sleep(60)
Path("ended").touch()
"""


def test_the_launcher_opens_a_notebook_on_the_daisy_kernel(lab, screenshots):
    lab.open()
    tile = lab.page.locator(".jp-LauncherCard", has_text="Daisy notebook")
    tile.locator("svg").wait_for()
    lab.page.screenshot(path=screenshots / "launcher.png")
    tile.click()
    lab.wait_until_ready()
    assert [s["kernel"]["name"] for s in lab.server.ask("GET", "/api/sessions")] == ["daisy"]


def test_the_first_reconstruction_is_run_and_looked_through(lab, screenshots):
    shutil.copy(FIRST, lab.server.work)
    lab.open(FIRST.name)
    objects = lab.objects()
    lab.do("notebook:run-all-cells")
    outputs = lab.outputs()
    assert [output for output in outputs if output["output_type"] == "error"] == []
    assert "root mean square" in "".join("".join(output.get("text", "")) for output in outputs)
    lab.page.get_by_role("option", name="scan.h5").wait_for()  # of the panel at the end

    reco = objects.locator("li[data-name=reco]")
    reco.wait_for(timeout=5000)
    assert re.search(r"32\s*slice.*256\s*y.*256\s*x", reco.inner_text(), re.DOTALL)

    viewer = lab.viewer()
    middle, before = viewer.plane(), viewer.picture()
    assert middle == 16
    assert viewer.press("ArrowRight", 5) == 21
    assert viewer.picture() != before
    lab.page.screenshot(path=screenshots / "first_reconstruction.png")
    assert viewer.press("ArrowLeft", 5) == middle
    assert viewer.picture() == before


def test_viewer_and_panel_follow_while_a_cell_runs(lab):
    grow = "for n in range(60):\n    session[f'grown_{n}'] = np.ones(n)\n    time.sleep(0.5)"
    lab.open(lab.server.write("busy.ipynb", SHELLS, grow))
    objects = lab.objects()
    lab.start("notebook:run-all-cells")
    objects.locator("li[data-name=grown_1]").wait_for(timeout=30_000)

    viewer = lab.viewer()
    before = viewer.picture() if viewer.plane() == 12 else b""
    assert viewer.press("ArrowLeft", 3) == 9
    assert viewer.picture() != before
    objects.locator("li[data-name=grown_9]").wait_for(timeout=10_000)
    assert lab.page.locator(".daisy-Header-activity").inner_text() == "busy"


def test_a_reloaded_page_shows_the_viewer_again_while_a_cell_runs(lab):
    lab.open(lab.server.write("reload.ipynb", SHELLS, LONG))
    lab.start("notebook:run-all-cells")
    lab.page.get_by_text("long cell", exact=True).wait_for(timeout=30_000)
    assert lab.viewer().press("ArrowRight", 4) == 16
    lab.do("docmanager:save")
    lab.reload()

    viewer = lab.viewer()
    assert viewer.plane() == 16
    assert viewer.press("ArrowRight") == 17
    assert not (lab.server.work / "ended").exists()
