"""From opening a file to the saved volume in JupyterLab: by the mouse, and by the keyboard."""

import hashlib
import shutil
import subprocess
import sys

import h5py
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PANEL = "from daisy_widgets.apps import tomography\n\ntomography(session=session)"
CLICKS = 8
TRUTH = 295.5, 296.0


@pytest.fixture(scope="module")
def tooth(server, real_data):
    """The tooth scan in a folder of the server's."""
    path = server.work / "tooth.h5"
    shutil.copy(real_data("tomography/tooth.h5"), path)
    return path


class Hand:
    """Clicks, counted; a picture of every stage."""

    def __init__(self, lab, screenshots, overlaps, name):
        self.page, self.clicks, self._overlaps = lab.page, 0, overlaps
        self._folder, self._name = screenshots, name

    def click(self, found) -> None:
        self.clicks += 1
        found.click()

    def button(self, text):
        return self.page.get_by_role("button", name=text, exact=True)

    def picture(self, stage: str) -> None:
        self.page.locator(".daisy-panel").first.scroll_into_view_if_needed()
        self.page.wait_for_timeout(400)
        self.page.screenshot(path=self._folder / f"reconstruction_{self._name}_{stage}.png")
        assert self._overlaps(self.page) == []


def start(lab, manner, name):
    manner.open(f"reconstruct_{name}", PANEL)
    lab.do("application:toggle-left-area")
    lab.page.get_by_role("option", name="tooth.h5").wait_for(timeout=60_000)


def wait_until_enabled(page, text) -> None:
    page.wait_for_function(
        "text => Array.from(document.querySelectorAll('button'))"
        ".some(button => button.textContent === text && !button.disabled)",
        arg=text,
    )


def digest(path) -> str:
    with h5py.File(path) as file:
        return hashlib.sha256(file["entry/data/data"][()].tobytes()).hexdigest()


@pytest.mark.parametrize("manner", ["light canvas near", "dark webgl far"], indirect=True)
def test_a_tooth_is_reconstructed_with_few_clicks(
    lab, tooth, screenshots, overlaps, manner, record_property
):
    name = manner.theme
    start(lab, manner, "clicks")
    hand, page = Hand(lab, screenshots, overlaps, name), lab.page
    hand.click(page.get_by_role("option", name="tooth.h5"))
    next_to_centre = hand.button("Next: centre")
    wait_until_enabled(page, "Next: centre")
    hand.picture("1_scan")
    hand.click(next_to_centre)
    accept = hand.button("Accept")
    accept.wait_for(timeout=120_000)
    hand.picture("2_centre")
    hand.click(accept)
    page.get_by_role("button", name="reconstruct", exact=True).wait_for(timeout=120_000)
    page.wait_for_timeout(1000)
    hand.picture("3_steps")
    manner.assert_painted()
    found = float(page.locator(".daisy-step").nth(1).inner_text().rpartition("column ")[2])
    assert TRUTH[0] <= found <= TRUTH[1]
    record_property("centre", found)
    hand.click(hand.button("Next: volume"))
    hand.picture("4_volume")
    page.get_by_label("output *").fill(f"tooth_{name}.h5")
    page.get_by_label("output *").press("Enter")
    hand.click(hand.button("Check"))
    page.get_by_text("tomography can run.").wait_for(timeout=30_000)
    hand.click(hand.button("Run"))
    page.get_by_text("Done in").wait_for(timeout=120_000)
    record_property("clicks", hand.clicks)
    assert hand.clicks <= CLICKS
    page.locator(".daisy-opened [data-plane][data-detail=full]").wait_for(timeout=30_000)
    hand.picture("5_done")
    volume = lab.server.work / f"tooth_{name}.h5"
    wanted = digest(volume)
    hand.click(hand.button("Export workflow"))
    page.get_by_text(f"tooth_{name}.daisy.json").first.wait_for()
    hand.click(hand.button("Export script"))
    page.get_by_text(f"tooth_{name}.py").first.wait_for()
    if name == "light":  # once is enough
        again = [sys.executable, "-m", "daisy_kernel.cli", "run", f"tooth_{name}.daisy.json"]
        subprocess.run([*again, "--output", "again.h5"], cwd=lab.server.work, check=True)
        assert digest(lab.server.work / "again.h5") == wanted
        volume.unlink()
        subprocess.run([sys.executable, f"tooth_{name}.py"], cwd=lab.server.work, check=True)
        assert digest(volume) == wanted
    hand.click(page.locator(".daisy-step", has_text="Compare"))
    hand.picture("6_compare")


def reach(page, key: str, text: str) -> None:
    """Press a key until the focus is on what says this."""
    passed = []
    for _ in range(40):
        page.keyboard.press(key)
        said = page.evaluate(
            "() => [document.activeElement.textContent, document.activeElement.tagName]"
        )
        passed.append(said)
        if said == [text, "BUTTON"]:
            return
    raise AssertionError(f"{text} was not reached by {key}: {passed}")


@pytest.mark.parametrize("manner", ["dark canvas far"], indirect=True)
def test_a_tooth_is_reconstructed_by_the_keyboard(lab, tooth, overlaps, manner):
    start(lab, manner, "keyboard")
    page = lab.page
    page.get_by_role("listbox", name="Files").focus()
    page.keyboard.type("tooth.h5")
    page.keyboard.press("Enter")
    page.locator(".daisy-step", has_text="tooth.h5").first.wait_for()
    wait_until_enabled(page, "Next: centre")
    reach(page, "Tab", "Next: centre")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Accept", exact=True).wait_for(timeout=120_000)
    reach(page, "Tab", "Accept")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="reconstruct", exact=True).wait_for(timeout=120_000)
    reach(page, "Tab", "Next: volume")
    page.keyboard.press("Enter")
    reach(page, "Tab", "Run")
    page.keyboard.press("Enter")
    page.get_by_text("Done in").wait_for(timeout=120_000)
    assert overlaps(page) == []
    with h5py.File(lab.server.work / "tooth_reco.h5") as file:
        assert file["entry/data/data"].shape == (2, 640, 640)


@pytest.mark.parametrize("manner", ["light webgl near"], indirect=True)
def test_the_panel_comes_back_after_a_reload_and_after_a_restart(lab, tooth, manner):
    start(lab, manner, "back")
    page = lab.page
    page.get_by_role("option", name="tooth.h5").click()
    wait_until_enabled(page, "Next: centre")
    page.locator(".daisy-step", has_text="Volume").click()
    output = page.get_by_label("output *")
    output.fill("back.h5")
    output.press("Enter")
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_text("Done in").wait_for(timeout=120_000)

    lab.do("docmanager:save")
    lab.reload()
    lab.wait_until_ready()
    page.locator(".daisy-step", has_text="back.h5").wait_for(timeout=30_000)
    page.get_by_text("Done in").wait_for()

    page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
    )
    lab.wait_until_ready()
    assert page.get_by_text("The kernel was restarted").locator("visible=true").count() == 1
    assert page.locator(".daisy-panel .daisy-lost").count() > 1  # its parts are dimmed
    lab.do("notebook:run-all-cells")
    page.get_by_role("button", name="Take up the last run").click(timeout=60_000)
    page.locator(".daisy-step", has_text="back.h5").wait_for()
    page.get_by_text("Done in").wait_for()
    page.get_by_role("button", name="Open back.h5").click()
    page.locator(".daisy-opened [data-plane][data-detail=full]").wait_for(timeout=30_000)
