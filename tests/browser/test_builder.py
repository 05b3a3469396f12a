"""The workflow builder in JupyterLab: from a template to a volume, by keyboard and by mouse."""

import pytest

from daisy_kernel.cli.demo_scan import write_scan
from daisy_kernel.simulate import TomographyScan, foam

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BUILDER = """
from daisy_widgets import build

build("tomography")
"""


@pytest.fixture(scope="module")
def scan(server):
    made = TomographyScan(foam(3, 40, half_height=0.6), n_angle=61, n_row=16, n_col=48)
    path = server.work / "foam.h5"
    write_scan(made, path)
    return path


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_look(lab, scan, screenshots, theme):
    name = theme.rpartition(" ")[2].lower()
    page = lab.page
    page.set_viewport_size({"width": 1280, "height": 800})
    lab.open(lab.server.write(f"builder_{name}.ipynb", BUILDER))
    lab.do("apputils:change-theme", theme=theme)
    lab.do("notebook:run-all-cells")
    page.locator(".daisy-flow-step").first.wait_for(timeout=30_000)
    page.wait_for_timeout(1500)
    page.screenshot(path=screenshots / f"builder_{name}_start.png")
    page.get_by_role("option", name="Step 6").click()
    page.get_by_role("searchbox").fill("outl")
    page.wait_for_timeout(500)
    page.screenshot(path=screenshots / f"builder_{name}_chosen.png")
    page.get_by_role("searchbox").press("Enter")
    page.wait_for_timeout(1500)
    page.screenshot(path=screenshots / f"builder_{name}_added.png")
