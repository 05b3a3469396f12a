"""The slice viewer in a browser: its ES module and its Python side, without a notebook between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from daisy_widgets import SliceViewer

pytestmark = pytest.mark.browser


def settle(page: Any) -> None:
    """Wait until the kernel has seen everything that the page has said."""
    page.evaluate("toKernel({method: 'update', state: {}})")


def eventually(page: Any, holds: Callable[[], bool]) -> bool:
    """Whether something comes to hold within five seconds."""
    for _ in range(100):
        if holds():
            return True
        page.wait_for_timeout(50)
    return False


def enter(page: Any, end: str, value: float) -> None:
    """Type an end of the window, "low" or "high"."""
    page.locator(f".daisy-slice-{end}").fill(str(value))
    page.locator(f".daisy-slice-{end}").press("Enter")
    settle(page)


def colour(page: Any, row: int, column: int) -> tuple[int, ...]:
    """The colour painted in the middle of a pixel of a (4, 6) plane."""
    script = """([row, column]) => {
        const seen = document.querySelector('.daisy-slice-canvas');
        const copy = document.createElement('canvas');
        [copy.width, copy.height] = [seen.width, seen.height];
        const context = copy.getContext('2d');
        context.drawImage(seen, 0, 0);
        const [x, y] = [(column + 0.5) / 6 * seen.width, (row + 0.5) / 4 * seen.height];
        return [...context.getImageData(Math.floor(x), Math.floor(y), 1, 1).data];
    }"""
    return tuple(page.evaluate(script, [row, column]))


def gray(level: float) -> Any:
    return pytest.approx((level, level, level, 255), abs=1)


def wait_for_plane(page: Any, index: int, detail: str = "full") -> None:
    page.wait_for_selector(f"#view[data-plane='{index}'][data-detail={detail}]")


@pytest.fixture
def volume():
    """(11, 4, 6), where plane z has the value 20 z, plus the column, plus 5 in row 0."""
    z, y, x = np.ogrid[:11, :4, :6]
    return (20 * z + x + 5 * (y == 0)).astype(np.float32)


@pytest.fixture(params=["webgl", "canvas"])
def viewer(request, volume):
    return SliceViewer(
        volume, axes=("slice", "y", "x"), window=(0, 255), prefer=request.param, title="steps"
    )


def test_every_pixel_has_the_grey_of_its_value_the_first_row_on_top(show, viewer, volume):
    page = show(viewer)

    assert page.locator("#view").get_attribute("data-renderer") == viewer.prefer
    for row, column in np.ndindex(4, 6):
        assert colour(page, row, column) == gray(volume[5, row, column])


def test_the_slider_shows_other_planes_by_mouse_and_by_keyboard(show, viewer):
    page = show(viewer)
    slider = page.locator(".daisy-slice-slider")

    slider.press("ArrowRight")
    wait_for_plane(page, 6)
    assert colour(page, 1, 0) == gray(120)
    slider.press("End")
    wait_for_plane(page, 10)
    assert eventually(page, lambda: viewer.index == 10)
    box = slider.bounding_box()
    page.mouse.click(box["x"] + 2, box["y"] + box["height"] / 2)
    wait_for_plane(page, 0)
    assert eventually(page, lambda: viewer.index == 0)
    assert colour(page, 1, 0) == gray(0)


def test_bare_keys_are_kept_from_the_notebook_and_ctrl_s_is_not(show, viewer):
    slider = show(viewer).locator(".daisy-slice-slider")

    slider.press("ArrowDown")
    assert slider.get_attribute("data-lm-suppress-shortcuts") is not None
    slider.press("Control+s")
    assert slider.get_attribute("data-lm-suppress-shortcuts") is None


def test_the_window_follows_numbers_handles_and_buttons(show, viewer, volume):
    page = show(viewer)

    enter(page, "high", 200)
    enter(page, "low", 100)
    assert viewer.window == (100, 200)
    assert colour(page, 1, 0) == gray(0)
    page.locator(".daisy-slice-low-handle").press("Home")
    settle(page)
    assert viewer.window[0] == 0
    assert colour(page, 1, 0) == gray(255 * 100 / 200)
    page.locator(".daisy-slice-full").click()
    page.wait_for_function("document.querySelector('.daisy-slice-high').value === '110'")
    assert viewer.window == (100, 110)
    assert colour(page, 1, 2) == gray(51)
    assert colour(page, 0, 5) == gray(255)
    page.locator(".daisy-slice-wide").click()
    assert eventually(page, lambda: viewer.window != (100, 110))
    assert viewer.window == pytest.approx(np.percentile(volume[5], (0.1, 99.9)))
    page.locator(".daisy-slice-auto").click()
    assert eventually(page, lambda: viewer.window[1] < 109.9)
    assert viewer.window == pytest.approx(np.percentile(volume[5], (1, 99)))


def test_a_narrow_window_brings_a_finer_plane(show, viewer):
    page = show(viewer)

    enter(page, "low", 101.99)
    enter(page, "high", 102.01)

    assert eventually(page, lambda: colour(page, 1, 2) == gray(127.5))


def test_the_right_button_drags_the_window_on_the_image(show, viewer):
    page = show(viewer)
    box = page.locator("canvas").bounding_box()

    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down(button="right")
    page.mouse.move(box["x"] + 160, box["y"] + 100)
    page.mouse.up(button="right")
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    settle(page)

    low, high = viewer.window
    assert high - low == pytest.approx(255 * np.exp(60 / 200))
    assert (low + high) / 2 == pytest.approx(127.5)


def test_colours_change_with_the_map(show, viewer):
    page = show(viewer)
    seen = set()
    for name in ("gray", "gray inverted", "viridis", "magma", "blue-red"):
        page.locator(".daisy-slice-colormap").select_option(name)
        settle(page)
        seen.add(colour(page, 1, 0))
        assert viewer.colormap == name

    assert len(seen) == 5
    enter(page, "low", -100)
    enter(page, "high", 300)
    assert colour(page, 1, 0) == pytest.approx((0xF4, 0xF3, 0xF0, 255), abs=2)


def test_an_axis_is_cut_where_it_was_left(show, viewer):
    page = show(viewer)
    page.locator(".daisy-slice-axis").select_option("x")
    page.wait_for_selector("#view[data-axis='2'][data-plane='3'][data-detail=full]")
    box = page.locator("canvas").bounding_box()
    assert box["height"] / box["width"] == pytest.approx(11 / 4, abs=0.02)

    page.locator(".daisy-slice-slider").press("Home")
    wait_for_plane(page, 0)
    page.locator(".daisy-slice-axis").select_option("slice")
    wait_for_plane(page, 5)
    page.locator(".daisy-slice-axis").select_option("x")
    page.wait_for_selector("#view[data-axis='2'][data-plane='0'][data-detail=full]")
    assert (viewer.axis, viewer.index) == (2, 0)


def test_the_value_under_the_cursor_is_told_with_its_place(show, viewer):
    page = show(viewer)
    box = page.locator("canvas").bounding_box()

    page.mouse.move(box["x"] + box["width"] * 4.5 / 6, box["y"] + box["height"] * 0.5 / 4)

    page.wait_for_function(
        "document.querySelector('.daisy-slice-cursor').textContent === 'y = 0,  x = 4:  109'"
    )


def test_python_leads_the_page(show, tell, viewer, volume):
    page = show(viewer)

    viewer.index = 2
    viewer.window = (0.0, 80.0)
    tell(page, viewer)
    wait_for_plane(page, 2)
    assert colour(page, 1, 0) == gray(255 * 40 / 80)

    volume[2] = 80
    viewer.refresh()
    tell(page, viewer)
    assert eventually(page, lambda: colour(page, 1, 0) == gray(255))
    viewer.prefer = "canvas"
    tell(page, viewer)
    assert page.locator("#view").get_attribute("data-renderer") == "canvas"
    assert colour(page, 1, 0) == gray(255)


def test_an_error_is_read_below_the_image_and_goes_when_a_plane_comes(show, viewer):
    page = show(viewer)
    source, viewer.model.source = viewer.model.source, None

    page.locator(".daisy-slice-slider").press("ArrowLeft")
    page.locator(".daisy-slice-error", has_text="AttributeError").wait_for()
    viewer.model.source = source
    page.locator(".daisy-slice-slider").press("ArrowLeft")
    wait_for_plane(page, 3)

    assert not page.locator(".daisy-slice-error").is_visible()


def test_a_window_upside_down_is_refused_with_a_sentence(show, viewer):
    page = show(viewer)

    enter(page, "low", 999)

    page.locator(".daisy-slice-error", has_text="must lie below").wait_for()
    assert page.locator(".daisy-slice-low").input_value() == "0"
    assert viewer.window == (0, 255)


def test_a_large_plane_comes_small_while_it_moves_and_fine_when_it_rests(show, monkeypatch):
    viewer = SliceViewer(np.zeros((9, 1200, 600), np.uint16), index=0)
    asked: list[tuple[str, int]] = []
    answer = viewer._answers.plane
    monkeypatch.setattr(
        viewer._answers, "plane", lambda m: asked.append((m["detail"], m["index"])) or answer(m)
    )
    page = show(viewer)
    slider = page.locator(".daisy-slice-slider")

    slider.press("ArrowRight")
    wait_for_plane(page, 1)
    assert asked[0] == ("full", 0)
    assert ("preview", 1) in asked
    assert asked[-1] == ("full", 1)
    for _ in range(3):
        slider.press("ArrowRight")
    wait_for_plane(page, 4)
    assert asked[-1] == ("full", 4)
    assert "binned 2 × 2" in page.locator(".daisy-slice-detail").inner_text()


@pytest.mark.parametrize("width", [340, 600, 1000])
def test_no_control_overlaps_another_or_leaves_the_frame(show, viewer, width):
    page = show(viewer)
    page.set_viewport_size({"width": width + 40, "height": 760})
    page.evaluate("width => document.body.style.width = width + 'px'", width)
    page.wait_for_timeout(100)

    def boxes(selector):
        return [found.bounding_box() for found in page.locator(selector).all()]

    parts = boxes(
        ".daisy-slice-title, .daisy-slice-facts, .daisy-slice-stage, .daisy-slice-slider, select, "
        "button:not([hidden]), input[type=number], .daisy-slice-bar, .daisy-slice-last, "
        ".daisy-slice-detail"
    )
    [frame] = boxes(".daisy-slice-viewer")
    assert len(parts) == 22
    for i, a in enumerate(parts):
        assert frame["x"] <= a["x"]
        assert a["x"] + a["width"] <= frame["x"] + frame["width"]
        for b in parts[:i]:
            beside = a["x"] >= b["x"] + b["width"] or b["x"] >= a["x"] + a["width"]
            below = a["y"] >= b["y"] + b["height"] or b["y"] >= a["y"] + a["height"]
            assert beside or below


def test_a_view_that_is_closed_leaves_nothing_behind(show, tell, viewer):
    page = show(viewer)

    page.evaluate("leave()")
    viewer.index = 1
    tell(page, viewer)

    assert page.locator("#view").inner_html() == ""
