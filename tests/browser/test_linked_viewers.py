"""Planes that are linked, in a real JupyterLab: three of one volume, and those of two volumes."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Value 1000 z + 30 y + x in (6, 12, 18); the other volume is larger by 50 where x < 9, else less.
MAKE = """
import numpy as np
from daisy_widgets import CompareViewer, OrthogonalViewer

z, y, x = np.ogrid[:6, :12, :18]
first = (1000 * z + 30 * y + x).astype("f4")
second = first + np.where(x < 9, 50, -50).astype("f4")
session["first"], session["second"] = first, second
first, second = session["first"], session["second"]
first.axes = second.axes = "slice", "y", "x"
"""
ORTHOGONAL = """
viewer = OrthogonalViewer(first, title="ramp", window=(0, 6000))
viewer
"""
COMPARE = """
viewer = CompareViewer(first, second, titles=("fbp", "sirt"), window=(0, 6000))
viewer
"""
PARTS = (
    ".daisy-slice-title, .daisy-slice-facts, .daisy-slice-stage, .daisy-slice-slider, select, "
    "button, input[type=number], .daisy-slice-bar, .daisy-slice-last, .daisy-slice-detail, dl, "
    ".daisy-linked-note p"
)


def volume() -> Any:
    z, y, x = np.ogrid[:6, :12, :18]
    return 1000 * z + 30 * y + x


class Views:
    """The viewers of the current notebook, in the order in which they stand there."""

    def __init__(self, lab):
        self.page = lab.page
        self.all = lab.page.locator(".daisy-slice-viewer")

    def wait(self, *planes: tuple[int, int]) -> None:
        """Wait until the viewers show these axes and planes in full."""
        for view, (axis, index) in enumerate(planes):
            found = f"[data-axis='{axis}'][data-plane='{index}'][data-detail=full]"
            holder = self.all.nth(view).locator("xpath=..")
            holder.and_(self.page.locator(found)).wait_for(timeout=30_000)

    def colours(self, view: int, rows: int, columns: int) -> Any:
        """(rows, columns, 3): what is painted in the middle of each pixel of a view."""
        url = self.all.nth(view).locator("canvas").evaluate("c => c.toDataURL('image/png')")
        png = base64.b64decode(url.partition(",")[2])
        seen = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)
        y = ((np.arange(rows) + 0.5) / rows * seen.shape[0]).astype(int)
        x = ((np.arange(columns) + 0.5) / columns * seen.shape[1]).astype(int)
        return seen[np.ix_(y, x)]

    def assert_planes(self, point: tuple[int, int, int]) -> None:
        """Every pixel of the three planes through a point has the grey of its value."""
        self.wait(*enumerate(point))
        for axis, index in enumerate(point):
            plane = volume().take(index, axis)
            found = self.colours(axis, *plane.shape)
            np.testing.assert_allclose(found[..., 0], 255 * plane / 6000, atol=1)

    def place(self, view: int, row: float, column: float, shape: tuple[int, int]):
        """Where the middle of a pixel lies on the page, of a plane of this shape."""
        canvas = self.all.nth(view).locator("canvas")
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        down, right = (row + 0.5) / shape[0], (column + 0.5) / shape[1]
        return box["x"] + right * box["width"], box["y"] + down * box["height"]

    def cross(self, view: int) -> tuple[float, float]:
        """Where the lines of a cross meet on the page: right, down."""
        return tuple(
            self.all.nth(view)
            .locator(".daisy-slice-cross")
            .evaluate(
                """cross => {
                  const { left, top } = cross.getBoundingClientRect();
                  const at = name => parseFloat(cross.style.getPropertyValue(name));
                  return [left + at('--daisy-x'), top + at('--daisy-y')];
                }"""
            )
        )


@pytest.fixture
def views(lab, manner):
    """`views(cell)` runs a notebook that ends with this cell."""

    def run(cell: str) -> Views:
        manner.open("linked", MAKE, cell)
        lab.page.locator(".daisy-slice-viewer").first.wait_for(timeout=30_000)
        manner.assert_painted()
        return Views(lab)

    return run


@pytest.mark.parametrize("manner", ["light webgl far"], indirect=True)
def test_a_cross_moved_in_one_plane_moves_the_two_others(lab, views):
    seen = views(ORTHOGONAL)
    page = lab.page
    seen.assert_planes((3, 6, 9))

    page.mouse.click(*seen.place(0, 2, 15, (12, 18)))
    seen.assert_planes((3, 2, 15))
    page.locator(".daisy-linked-note", has_text=f"{3000 + 60 + 15}").wait_for()
    for view, (row, column), shape in (
        (0, (2, 15), (12, 18)),
        (1, (3, 15), (6, 18)),
        (2, (3, 2), (6, 12)),
    ):
        assert seen.cross(view) == pytest.approx(seen.place(view, row, column, shape), abs=1)

    page.mouse.move(*seen.place(2, 3, 2, (6, 12)))  # x plane: slice down, y to the right
    page.mouse.down()
    page.mouse.move(*seen.place(2, 1, 7, (6, 12)), steps=5)
    page.mouse.move(*seen.place(2, 7, 8, (6, 12)))  # below it: the last slice
    page.mouse.up()
    seen.assert_planes((5, 8, 15))

    for key, point in (
        ("ArrowUp", (4, 8, 15)),
        ("ArrowLeft", (4, 7, 15)),
        ("Shift+ArrowRight", (4, 11, 15)),
    ):
        page.keyboard.press(key)  # in the x plane, which has been clicked
        seen.assert_planes(point)
    seen.all.nth(1).locator(".daisy-slice-slider").press("Home")
    seen.assert_planes((4, 0, 15))


@pytest.mark.parametrize("manner", ["dark canvas near"], indirect=True)
def test_window_colours_and_scale_are_those_of_all_three(lab, views):
    seen = views(ORTHOGONAL)
    page = lab.page
    seen.assert_planes((3, 6, 9))
    control = seen.all.nth(0)
    control.locator(".daisy-slice-high").fill("3000")
    control.locator(".daisy-slice-high").press("Enter")
    control.locator(".daisy-slice-colormap").select_option("gray inverted")
    control.locator(".daisy-slice-log").click()

    wanted = 255 * (1 - np.log1p(1000 * np.clip(volume()[:, 6] / 3000, 0, 1)) / np.log(1001))
    for _ in range(100):
        if np.abs(seen.colours(1, 6, 18)[..., 0] - wanted).max() <= 5:
            break
        page.wait_for_timeout(50)
    np.testing.assert_allclose(seen.colours(1, 6, 18)[..., 0], wanted, atol=5)
    # On a picture in which nothing else can be set, the right button sets the window of all.
    page.mouse.move(*seen.place(2, 3, 3, (6, 12)))
    page.mouse.down(button="right")
    page.mouse.move(*seen.place(2, 3, 6, (6, 12)))
    page.mouse.up(button="right")
    page.wait_for_function("document.querySelector('.daisy-slice-high').value !== '3000'")


BLUE_RED = {-50: (0x16, 0x31, 0x5F), 50: (0x6A, 0x13, 0x26)}


@pytest.mark.parametrize("manner", ["dark webgl far"], indirect=True)
def test_two_volumes_are_compared(lab, views):
    seen = views(COMPARE)
    page = lab.page
    seen.wait((0, 3), (0, 3))
    second = volume() + np.where(np.arange(18) < 9, 50, -50)
    for view, values in enumerate((volume(), second)):
        expected = 255 * values[3] / 6000
        np.testing.assert_allclose(seen.colours(view, 12, 18)[..., 0], expected, atol=1)

    seen.all.nth(1).locator(".daisy-slice-axis").select_option("y")
    seen.wait((1, 6), (1, 6))
    seen.all.nth(0).locator(".daisy-slice-slider").press("Home")
    seen.wait((1, 0), (1, 0))
    page.mouse.move(*seen.place(0, 1, 1, (6, 18)))
    page.mouse.wheel(0, -400 * np.log(2))
    for view in (0, 1):
        seen.all.nth(view).locator(".daisy-slice-detail", has_text="zoom 2.0").wait_for()
    assert (seen.colours(0, 3, 9) != seen.colours(1, 3, 9)).any()
    seen.all.nth(1).locator(".daisy-slice-whole").click()
    seen.all.nth(0).locator(".daisy-slice-whole:disabled").wait_for()

    page.get_by_role("button", name="difference").click()
    page.locator(".daisy-compare-difference").wait_for()
    difference = seen.all.nth(2)
    difference.locator(".daisy-slice-title", has_text="sirt − fbp").wait_for()
    holder = difference.locator("xpath=..")
    holder.and_(page.locator("[data-axis='1'][data-plane='0'][data-detail=full]")).wait_for()
    assert not seen.all.nth(0).is_visible()
    found = seen.colours(2, 6, 18)
    for value, columns in ((50, slice(0, 9)), (-50, slice(9, 18))):
        np.testing.assert_allclose(
            found[:, columns], np.broadcast_to(BLUE_RED[value], (6, 9, 3)), atol=2
        )
    difference.locator(".daisy-slice-slider").press("End")

    page.get_by_role("button", name="flicker").click()
    seen.wait((1, 11), (1, 11))
    boxes = [seen.all.nth(view).locator("canvas").bounding_box() for view in (0, 1)]
    assert boxes[0] == boxes[1]
    opacities = set()
    for _ in range(40):
        opacities.add(
            tuple(
                page.evaluate(
                    """[...document.querySelectorAll('.daisy-slice-stage')].slice(0, 2)
                    .map(stage => getComputedStyle(stage).opacity)"""
                )
            )
        )
        page.wait_for_timeout(50)
    assert opacities == {("0", "1"), ("1", "0")}


@pytest.mark.parametrize("manner", ["light canvas far", "dark webgl near"], indirect=True)
@pytest.mark.parametrize("what", ["orthogonal", "compare"])
def test_linked_viewers_fit_a_small_screen_in_every_theme(
    lab, views, screenshots, overlaps, manner, what
):
    views(ORTHOGONAL if what == "orthogonal" else COMPARE)
    page = lab.page
    for width in (1280, 900, 1700):
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_timeout(500)
        assert overlaps(page, ".daisy-linked", PARTS, "") == []
    page.set_viewport_size({"width": 1280, "height": 800})
    name = f"{what}_{manner.theme}"
    modes = ("side by side", "difference", "flicker") if what == "compare" else ("",)
    for mode in modes:
        if mode:
            page.get_by_role("button", name=mode).click()
        page.wait_for_timeout(1000)
        # In the same place there is, on purpose, the first of the two as well.
        root = ".daisy-linked" + " .daisy-compare > :nth-child(2)" * (mode == "flicker")
        assert overlaps(page, root, PARTS, "") == []
        page.locator(".daisy-linked").evaluate("viewer => viewer.scrollIntoView()")
        page.screenshot(path=screenshots / f"{name}{mode and '_' + mode.split()[0]}.png")
