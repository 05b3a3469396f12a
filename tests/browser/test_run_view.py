"""A run as it is looked at in JupyterLab, by keyboard and mouse, from its start to a comparison."""

import h5py
import pytest

from daisy_kernel.cli.demo_scan import write_scan
from daisy_kernel.simulate import TomographyScan, foam

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LOOK = """
from daisy_widgets import RunView

given = {{"scan": "rods.h5", "overwrite": True, "memory": "8MB", "threads": 1}}
before = session.run("tomography", output="before_{name}.h5", center=31.0, **given).wait()
run = session.run(
    "tomography", output="looked_{name}.h5", algorithm="sirt", iterations=1500, **given
)
RunView(session)
"""
STAGES = "() => Array.from(document.querySelectorAll('.daisy-plan li'), n => n.innerText.trim())"


@pytest.fixture(scope="module")
def scan(server):
    """A scan in the server's folder, whose axis Daisy has to find."""
    made = TomographyScan(foam(3, 40, half_height=2.7), n_angle=91, n_row=200, n_col=64)
    path = server.work / "rods.h5"
    write_scan(made, path)
    return path


@pytest.mark.parametrize(
    "manner", ["light webgl near keys", "dark canvas far mouse"], indirect=True
)
def test_a_run_is_looked_at_from_its_start_to_a_comparison(
    lab, scan, screenshots, overlaps, manner
):
    name, page, keyboard = manner.theme, lab.page, lab.page.keyboard
    manner.open("look", LOOK.format(name=name), is_waiting=False)
    notice = page.locator(".daisy-notice")
    notice.get_by_text("running: line_integrals > reconstruct").wait_for(timeout=90_000)
    page.wait_for_function(f"({STAGES})().length > 2", timeout=30_000)
    stages = page.evaluate(STAGES)
    assert len(stages) > 2
    assert [stage[-3:] for stage in stages[:2]] == ["1/1", "1/1"]
    page.screenshot(path=screenshots / f"run_{name}_running.png")

    cancel = page.get_by_role("button", name="Cancel", exact=True)
    manner.press(cancel)
    notice.get_by_text("cancelled").wait_for(timeout=30_000)
    assert cancel.is_hidden()
    assert not (lab.server.work / f"looked_{name}.h5").exists()
    page.screenshot(path=screenshots / f"run_{name}_cancelled.png")

    lines = page.locator(".daisy-log")
    words = page.get_by_label("log with")
    assert lines.locator("div[class^=daisy-]").count() > 0
    (words.click if manner.has_mouse else words.focus)()
    keyboard.type("CENTRE")
    lines.get_by_text("No line has this.").or_(lines.locator("div[class^=daisy-]")).first.wait_for()
    page.wait_for_timeout(300)
    for line in lines.locator("div[class^=daisy-]").all():
        assert "centre" in line.inner_text().lower()
    keyboard.type(" of nothing")
    lines.get_by_text("No line has this.").wait_for()
    keyboard.press("Control+A")
    keyboard.press("Delete")
    lines.get_by_text("No line has this.").wait_for(state="hidden")

    manner.press(page.get_by_role("button", name="Resume", exact=True))
    notice.get_by_text("running:").first.wait_for(timeout=30_000)
    notice.get_by_text("✓ done").wait_for(timeout=120_000)
    assert lab.viewer().plane() == 100  # the result is open
    manner.assert_painted()
    assert page.get_by_role("button", name=f"Open looked_{name}.h5").is_visible()
    with h5py.File(lab.server.work / f"looked_{name}.h5") as file:
        assert file["entry/data/data"].shape == (200, 64, 64)
    page.screenshot(path=screenshots / f"run_{name}_done.png")

    chosen = page.get_by_label("compare with")
    chosen.scroll_into_view_if_needed()
    if manner.has_mouse:
        chosen.select_option(index=1)
    else:
        chosen.press("ArrowDown")
    page.get_by_text("parameters differ").wait_for(timeout=30_000)
    table = page.locator(".daisy-panel table").last
    differing = [row.inner_text() for row in table.locator("tr", has_text="≠").all()]
    assert {text.split("\t")[0] for text in differing} >= {"output", "center", "algorithm"}
    assert "scan" not in {text.split("\t")[0] for text in differing}
    page.locator(".daisy-panel table").last.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / f"run_{name}_compared.png")
    assert overlaps(page) == []
