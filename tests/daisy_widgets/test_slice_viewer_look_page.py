"""How closely one looks, in a browser: logarithmic colours, zoom, and what is kept as a picture."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from daisy_widgets import SliceViewer

pytestmark = pytest.mark.browser


def painted(page: Any) -> NDArray[np.uint8]:
    """What the canvas shows: (rows, columns, 4)."""
    script = "document.querySelector('.daisy-slice-canvas').toDataURL('image/png')"
    png = base64.b64decode(page.evaluate(script).partition(",")[2])
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))


def greys(page: Any, rows: int, columns: int) -> NDArray[np.int64]:
    """Red in the middle of each of so many equal parts of the canvas."""
    seen = painted(page)
    y = ((np.arange(rows) + 0.5) / rows * seen.shape[0]).astype(int)
    x = ((np.arange(columns) + 0.5) / columns * seen.shape[1]).astype(int)
    return seen[np.ix_(y, x)][..., 0].astype(int)


def settle(page: Any) -> None:
    """Wait until the kernel has seen everything that the page has said."""
    page.evaluate("toKernel({method: 'update', state: {}})")


def wait_for_plane(page: Any, index: int) -> None:
    page.wait_for_selector(f"#view[data-plane='{index}'][data-detail=full]")


@pytest.fixture
def volume():
    """(3, 16, 24), where every plane z has the value 24 y + x, of 384, plus 100 z."""
    z, y, x = np.ogrid[:3, :16, :24]
    return (100 * z + 24 * y + x).astype(np.float32)


@pytest.fixture(params=["webgl", "canvas"])
def viewer(request, volume):
    return SliceViewer(
        volume, axes=("slice", "y", "x"), window=(0, 384), prefer=request.param, title="steps"
    )


def test_logarithmic_colours_follow_their_formula_in_every_pixel(show, tell, viewer, volume):
    page = show(viewer)
    page.locator(".daisy-slice-log").click()
    settle(page)
    assert viewer.scale == "log"
    page.locator(".daisy-slice-slider").press("Home")
    wait_for_plane(page, 0)

    # 7281 levels lie within the window, which is 5 greys at the dark end.
    expected = 255 * np.log1p(1000 * volume[0] / 384) / np.log(1001)
    np.testing.assert_allclose(greys(page, 16, 24), expected, atol=5)
    assert greys(page, 16, 24)[0, 1] > 40  # a linear scale makes it 1

    page.locator(".daisy-slice-log").click()
    settle(page)
    np.testing.assert_allclose(greys(page, 16, 24), 255 * volume[0] / 384, atol=1)
    viewer.scale = "log"
    tell(page, viewer)
    assert page.locator(".daisy-slice-log").get_attribute("aria-pressed") == "true"
    np.testing.assert_allclose(greys(page, 16, 24), expected, atol=5)


def part(page: Any, volume: NDArray[np.float32], rows: slice, columns: slice) -> None:
    """Assert that exactly this part of the middle plane fills the canvas."""
    values = volume[1, rows, columns]
    np.testing.assert_allclose(greys(page, *values.shape), 255 * values / 384, atol=1)


def place_of(page: Any, y: float, x: float) -> tuple[float, float]:
    """Where a row and column of a whole (16, 24) plane lie on the page."""
    box = page.locator("canvas").bounding_box()
    return box["x"] + x / 24 * box["width"], box["y"] + y / 16 * box["height"]


def test_the_wheel_magnifies_about_the_cursor_and_a_double_click_shows_all_of_it(
    show, viewer, volume
):
    page = show(viewer)
    volume = np.minimum(volume, 384)
    part(page, volume, slice(16), slice(24))
    page.mouse.move(*place_of(page, 12, 6))
    page.mouse.wheel(0, -400 * np.log(2))
    page.locator(".daisy-slice-detail", has_text="zoom 2.0").wait_for()

    # Row 12 stays at three quarters of the height, column 6 at one quarter of the width.
    part(page, volume, slice(6, 14), slice(3, 15))
    page.mouse.move(*place_of(page, 13, 7))  # row 12.5 - 6 of 8, column 6.5 - 3 of 12
    page.wait_for_function(
        "document.querySelector('.daisy-slice-cursor').textContent.startsWith('y = 12,  x = 6:')"
    )
    page.mouse.dblclick(*place_of(page, 3, 3))
    assert page.locator(".daisy-slice-whole").is_disabled()
    part(page, volume, slice(16), slice(24))


@pytest.mark.parametrize("how", ["middle button", "Control"])
def test_what_is_seen_is_moved_with_the_hand_and_stops_at_the_edge(show, viewer, volume, how):
    page = show(viewer)
    volume = np.minimum(volume, 384)
    page.locator(".daisy-slice-stage").focus()
    page.keyboard.press("+")
    page.keyboard.press("0")
    part(page, volume, slice(16), slice(24))
    page.mouse.move(*place_of(page, 8, 12))
    page.mouse.wheel(0, -400 * np.log(2))
    page.locator(".daisy-slice-detail", has_text="zoom 2.0").wait_for()
    part(page, volume, slice(4, 12), slice(6, 18))

    def drag(down: float, right: float) -> None:
        if how == "Control":
            page.keyboard.down("Control")
        button = "left" if how == "Control" else "middle"
        page.mouse.move(*place_of(page, 8, 12))
        page.mouse.down(button=button)
        page.mouse.move(*place_of(page, 8 + down, 12 + right))
        page.mouse.up(button=button)
        page.keyboard.up("Control")

    drag(4, 6)  # twice as large: two rows, three columns
    part(page, volume, slice(2, 10), slice(3, 15))
    drag(8, 12)
    part(page, volume, slice(0, 8), slice(0, 12))
    page.locator(".daisy-slice-whole").click()
    part(page, volume, slice(16), slice(24))


def test_keys_magnify_except_where_numbers_are_typed(show, viewer):
    page = show(viewer)
    detail = page.locator(".daisy-slice-detail")

    page.locator(".daisy-slice-number").press("+")
    assert "zoom" not in detail.inner_text()
    page.locator(".daisy-slice-slider").press("+")
    page.locator(".daisy-slice-slider").press("+")
    assert "zoom 1.6" in detail.inner_text()
    page.locator(".daisy-slice-slider").press("-")
    assert "zoom 1.3" in detail.inner_text()
    page.locator(".daisy-slice-slider").press("0")
    assert detail.inner_text() == "every pixel"


def test_a_magnified_plane_comes_finer(show):
    plane = np.random.default_rng(0).random((2400, 1200), np.float32)
    viewer = SliceViewer(plane, window=(0, 1))
    page = show(viewer)
    assert "binned" in page.locator(".daisy-slice-detail").inner_text()

    box = page.locator("canvas").bounding_box()
    page.mouse.move(box["x"], box["y"])
    page.mouse.wheel(0, -400 * np.log(40))
    page.locator(".daisy-slice-detail", has_text="every pixel").wait_for()

    side = box["height"] / 2400 * 40
    seen = painted(page)[..., 0]
    at = ((np.arange(40) + 0.5) * side).astype(int)
    np.testing.assert_allclose(seen[np.ix_(at, at)], 255 * plane[:40, :40], atol=1)


def test_the_picture_that_is_saved_is_the_one_that_is_seen(show, viewer):
    page = show(viewer)
    page.locator(".daisy-slice-slider").press("+")
    with page.expect_download() as expected:
        page.locator(".daisy-slice-picture").click()

    assert expected.value.suggested_filename == "steps slice 1.png"
    saved = np.asarray(Image.open(expected.value.path()).convert("RGBA"))
    np.testing.assert_array_equal(saved, painted(page))


def test_a_plane_that_was_seen_is_shown_again_without_the_kernel(show, tell, monkeypatch):
    volume = np.zeros((5, 600, 300), np.uint8)
    volume += np.arange(0, 250, 50, dtype=np.uint8)[:, None, None]
    viewer = SliceViewer(volume, index=0, window=(0, 255))
    asked: list[tuple[str, int]] = []
    answer = viewer._answers.plane
    monkeypatch.setattr(
        viewer._answers, "plane", lambda m: asked.append((m["detail"], m["index"])) or answer(m)
    )
    page = show(viewer)
    slider = page.locator(".daisy-slice-slider")
    for index in (1, 2, 3):
        slider.press("ArrowRight")
        wait_for_plane(page, index)
    asked.clear()
    for index in (2, 1):
        slider.press("ArrowLeft")
        wait_for_plane(page, index)
        assert set(greys(page, 3, 3).flat) == {50 * index}

    assert asked == [("full", 2), ("full", 1)]
    viewer.refresh()  # what was kept is out of date
    tell(page, viewer)
    slider.press("ArrowRight")
    wait_for_plane(page, 2)
    assert ("preview", 2) in asked
