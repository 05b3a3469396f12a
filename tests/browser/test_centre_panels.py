"""Centre assistant and contact sheet in JupyterLab, by keyboard and by mouse."""

import shutil

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ASSISTANT = """
from daisy_widgets import CentreAssistant

assistant = CentreAssistant(session, scan="tooth.h5")
assistant
"""
SHEET = """
from daisy_widgets import SweepSheet

sheet = SweepSheet(session, inputs={"scan": "tooth.h5"})
sheet
"""
HOME = """found => {
  const column = document.querySelector('.daisy-panel input[type=number]').value;
  return Math.abs(column - found) < 0.05;
}"""


@pytest.fixture(scope="module")
def tooth(server, real_data):
    """The tooth scan in the server's folder."""
    shutil.copy(real_data("tomography/tooth.h5"), server.work / "tooth.h5")


MANNERS = ["light canvas far keys", "dark webgl near mouse"]


def show(lab, manner, name, *cells):
    manner.open(name, *cells)
    lab.do("application:toggle-left-area")


@pytest.fixture
def picture(lab, manner, overlaps, screenshots):
    """`picture(name)`: nothing lies over anything, and a picture for people."""

    def taken(name):
        lab.page.locator(".daisy-notice").first.scroll_into_view_if_needed()
        lab.page.wait_for_timeout(400)
        lab.page.screenshot(path=screenshots / f"{name}_{manner.theme}.png")
        assert overlaps(lab.page) == []

    return taken


def printed(lab) -> str:
    """What the last cell prints when it is run."""
    lab.page.evaluate(
        """() => {
          const notebook = window.jupyterapp.shell.currentWidget.content;
          notebook.activeCellIndex = notebook.model.cells.length - 1;
        }"""
    )
    lab.do("notebook:run-cell")
    streams = [o["text"] for o in lab.outputs() if o["output_type"] == "stream"]
    return "".join(streams[-1])


def by_keys(page, found, looked_at):
    """Away from the best column and back, in the strip, by the buttons and by the slider."""
    page.locator(".daisy-picture[aria-pressed=true]").focus()
    page.keyboard.press("ArrowRight")  # the next picture of the strip
    looked_at(found + 0.5)
    page.get_by_role("button", name="+0.1", exact=True).press("Enter")
    looked_at(found + 0.6)
    slider = page.get_by_role("slider", name="candidate centre")
    slider.press("ArrowLeft")
    looked_at(found + 0.5)
    slider.press("Home")  # the cleanest slice of this row: near, but not the mean of both
    page.wait_for_function(HOME, arg=found)


def by_mouse(page, found, looked_at):
    """Away from the best column, by the strip and a button, and far away by the curve."""
    pictures = page.locator(".daisy-picture")
    pressed = [p.get_attribute("aria-pressed") for p in pictures.all()].index("true")
    pictures.nth(pressed + 1).click()
    looked_at(found + 0.5)
    page.get_by_role("button", name="+0.1", exact=True).click()
    looked_at(found + 0.6)
    curve = page.locator(".daisy-curve-frame").nth(1)
    curve.scroll_into_view_if_needed()
    frame = curve.bounding_box()
    page.mouse.click(frame["x"] + frame["width"] * 0.25, frame["y"] + 30)
    page.wait_for_function(
        "before => document.querySelector('.daisy-panel input[type=number]').value < before - 1",
        arg=found,
    )


@pytest.mark.parametrize("manner", MANNERS, indirect=True)
def test_a_centre_is_found_compared_nudged_and_accepted(
    lab, tooth, picture, reach, screenshots, manner
):
    page = lab.page
    show(lab, manner, "centre", ASSISTANT, "print(assistant.centre)")
    page.get_by_role("button", name="Find").wait_for(timeout=30_000)
    picture("centre_empty")
    find = page.get_by_role("button", name="Find")
    if not manner.has_mouse:
        page.get_by_label("scan *").focus()
        reach(page, "Tab", ".mod-primary")
        assert find.evaluate("node => node === document.activeElement")
    manner.press(find)
    page.get_by_text("from 2 rows").wait_for(timeout=120_000)
    page.locator(".daisy-pictures[data-drawn='7']").wait_for(timeout=30_000)
    lab.viewer().canvas.wait_for()
    manner.assert_painted()
    picture("centre_found")

    column = page.get_by_label("column")
    found = float(column.input_value())
    assert 295.5 <= found <= 296.0

    def looked_at(expected):
        page.wait_for_function(
            "value => Math.abs(document.querySelector('.daisy-panel input[type=number]').value"
            " - value) < 1e-6",
            arg=expected,
        )
        page.get_by_text(f"row 0, column {expected:.2f}").wait_for()

    (by_mouse if manner.has_mouse else by_keys)(page, found, looked_at)
    best = float(column.input_value())
    page.locator(".daisy-centre-curve").scroll_into_view_if_needed()
    page.locator(".daisy-slice-viewer").scroll_into_view_if_needed()
    page.wait_for_timeout(400)
    page.screenshot(path=screenshots / f"centre_compared_{manner.theme}.png")
    manner.press(page.get_by_role("button", name="Accept"))
    page.get_by_text(f"Accepted: column {best:.2f}").wait_for()
    assert printed(lab).startswith(f"Centre(column={best}, tilt_deg=0.0")


@pytest.mark.parametrize("manner", MANNERS, indirect=True)
def test_a_combination_is_compared_and_adopted(lab, tooth, picture, screenshots, manner):
    page = lab.page
    show(lab, manner, "sheet", SHEET, "print(sheet.adopted)")
    page.get_by_label("vary").first.wait_for(timeout=30_000)
    manner.choose(page.get_by_label("vary").nth(0), "center [pixel]")
    manner.fill(page.get_by_label("values").nth(0), "294:298:1")
    manner.choose(page.get_by_label("vary").nth(1), "filter")
    manner.fill(page.get_by_label("values").nth(1), "ramp, hann, parzen")
    manner.fill(page.get_by_label("file", exact=True), f"sheet_{manner.theme}.h5")
    picture("sheet_form")
    manner.press(page.get_by_role("button", name="Make sheet"))
    page.get_by_text("15 combinations").wait_for(timeout=120_000)
    page.locator(".daisy-pictures[data-drawn='15']").wait_for(timeout=30_000)
    picture("sheet_made")

    selected = page.locator(".daisy-picture[aria-pressed=true]")
    if manner.has_mouse:
        page.get_by_label("center 296, filter hann").click()
    else:
        page.locator(".daisy-picture[tabindex='0']").focus()
        for key in ("Home", "ArrowRight", "ArrowRight", "ArrowDown"):
            page.keyboard.press(key)
    assert selected.get_attribute("title") == "center 296, filter hann"
    adopt = page.get_by_role("button", name="Adopt center 296, filter hann")
    adopt.wait_for()
    manner.choose(page.get_by_label("score"), "entropy")
    page.get_by_text("do not tell which filter").wait_for()
    page.locator(".daisy-pictures").scroll_into_view_if_needed()
    page.wait_for_timeout(400)
    page.screenshot(path=screenshots / f"sheet_scored_{manner.theme}.png")
    manner.press(adopt if manner.has_mouse else selected)
    page.get_by_text("Adopted: center 296, filter hann.").wait_for()
    assert printed(lab).strip() == "{'center': 296.0, 'filter': 'hann'}"
