"""Apps as pages of their own, as somebody sees them who has never seen a notebook."""

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import h5py
import pytest

from daisy_kernel.cli.demo_frames import write_stack
from daisy_kernel.cli.demo_scan import write_scan
from daisy_kernel.simulate import TomographyScan, foam
from daisy_kernel.simulate.powder import demo_stack

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def folder(tmp_path_factory, installed):
    """Where the apps are started, with a scan."""
    pytest.importorskip("voila")
    made = tmp_path_factory.mktemp("apps")
    scan = TomographyScan(foam(3, 40, half_height=2.7), n_angle=91, n_row=64, n_col=64)
    write_scan(scan, made / "rods.h5")
    return made


class App:
    """`daisy app` in a process of its own."""

    def __init__(self, folder, *words, base="/"):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.token = secrets.token_hex(16)
        self.address = f"http://127.0.0.1:{self.port}{base}"
        self.log = folder / f"{self.port}.log"
        command = [sys.executable, "-m", "daisy_kernel.cli", "app", *words, "--no-browser"]
        command += [f"--port={self.port}"]
        settings = {"JUPYTER_TOKEN": self.token, "DAISY_RUNS": str(folder / "runs")}
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
            settings[name] = str(folder / name.lower())
        environment = {**os.environ, **settings}
        environment.pop("DAISY_CONFIG", None)
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT
            )
        self.answer = self._first_answer()

    def _first_answer(self):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(self.address, timeout=20) as answer:
                    return answer.geturl()
            except urllib.error.HTTPError as error:
                return error.code
            except OSError:
                time.sleep(0.2)
        pytest.fail(f"the app did not start:\n{self.log.read_text()[-3000:]}")

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)


@pytest.fixture
def start(folder):
    made = []

    def started(*words, **options):
        made.append(App(folder, *words, **options))
        return made[-1]

    yield started
    for app in made:
        app.stop()


@pytest.fixture
def page(browser):
    """A page on which no error may appear."""
    faults = []
    made = browser.new_page(viewport={"width": 1280, "height": 800})
    made.on("pageerror", lambda error: faults.append(str(error)))
    yield made
    made.close()
    assert faults == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_scan_is_reconstructed_on_a_page_of_its_own(
    start, page, folder, screenshots, overlaps, theme
):
    app = start("tomography", f"--theme={theme}")
    assert "login" in str(app.answer)  # nobody gets in without the token
    page.goto(f"{app.address}?token={app.token}")
    page.get_by_role("option", name="rods.h5").wait_for(timeout=60_000)
    page.screenshot(path=screenshots / f"app_{theme}_empty.png")
    ground, words = page.evaluate(
        """() => {
          const style = getComputedStyle(document.querySelector('.daisy-panel'));
          return [style.backgroundColor, style.color].map(c => Number(c.match(/\\d+/)[0]));
        }"""
    )
    assert (ground < 80 < 180 < words) if theme == "dark" else (words < 80 < 180 < ground)
    page.get_by_role("option", name="rods.h5").click()
    page.locator(".daisy-step", has_text="rods.h5").wait_for()
    page.locator(".daisy-step", has_text="Volume").click()  # the centre is found by the run
    page.get_by_label("output *").fill(f"app_{theme}.h5")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_text("Done in").wait_for(timeout=90_000)
    page.locator(".daisy-slice-viewer [data-detail=full], [data-detail=full]").first.wait_for()
    page.screenshot(path=screenshots / f"app_{theme}_done.png", full_page=True)
    assert overlaps(page) == []
    with h5py.File(folder / f"app_{theme}.h5") as file:
        assert file["entry/data/data"].shape == (64, 64, 64)


@pytest.mark.parametrize(("hand", "theme"), [("mouse", "light"), ("keys", "dark")])
def test_frames_are_integrated_on_a_page_of_their_own(
    start, page, folder, screenshots, overlaps, hand, theme
):
    if not (folder / "heat.poni").exists():
        write_stack(demo_stack(n_frame=64, n=258), folder / "heat_master.h5", folder / "heat.poni")

    def press(button):
        if hand == "mouse":
            button.click()
        else:
            button.press("Enter")

    app = start("powder", f"--theme={theme}")
    page.goto(f"{app.address}?token={app.token}")
    for label, text in {
        "scan *": "heat_master.h5", "geometry": "heat.poni", "calibrant": "CeO2",
    }.items():  # fmt: skip
        field = page.get_by_label(label, exact=True).first
        field.wait_for(timeout=60_000)
        field.fill(text)
        field.press("Tab")
    press(page.get_by_role("button", name="Open", exact=True))
    page.get_by_text("Distance 60.00 mm").wait_for(timeout=60_000)
    page.locator("[data-detail=full]").wait_for(timeout=30_000)
    assert overlaps(page) == []
    press(page.get_by_role("button", name="Integrate", exact=True).first)
    side = page.locator(".daisy-side")
    side.get_by_label("output *", exact=True).last.fill(f"heat_{theme}.h5")
    page.keyboard.press("Tab")
    press(side.get_by_role("button", name="Integrate", exact=True).last)
    page.get_by_text("Integrating: done").wait_for(timeout=60_000)
    page.locator(".jupyter-matplotlib-canvas-div").wait_for(timeout=30_000)
    press(page.get_by_role("button", name="Find lines", exact=True))
    page.get_by_text("lines were found").wait_for(timeout=60_000)
    page.locator(".daisy-peaks tbody tr").first.wait_for()
    page.wait_for_timeout(1000)  # the figure is drawn when the browser has time
    page.screenshot(path=screenshots / f"app_powder_{theme}.png", full_page=True)
    assert overlaps(page) == []
    with h5py.File(folder / f"heat_{theme}.h5") as file:
        assert file["entry/data/I"].shape[0] == 64


def test_a_file_is_looked_at_below_the_address_of_a_hub(start, page, screenshots):
    app = start("viewer", "rods.h5", "--base_url=/user/me/apps/", base="/user/me/apps/")
    page.goto(f"{app.address}?token={app.token}")
    slider = page.locator(".daisy-slice-slider")
    slider.wait_for(timeout=60_000)
    page.locator("[data-plane='45'][data-detail=full]").wait_for()
    slider.press("ArrowRight")
    page.locator("[data-plane='46'][data-detail=full]").wait_for()
    page.screenshot(path=screenshots / "app_viewer.png")


def test_what_is_wrong_with_a_file_is_said_on_the_page(start, page, folder):
    (folder / "no.h5").write_text("no data")
    app = start("viewer", "no.h5")
    page.goto(f"{app.address}?token={app.token}")
    page.get_by_role("alert").get_by_text("no.h5").wait_for(timeout=60_000)
