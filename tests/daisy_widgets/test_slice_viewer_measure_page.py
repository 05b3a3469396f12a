"""Measuring on a plane in a browser: buttons, words and a curve."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from daisy_widgets import SliceViewer, plane_source

pytestmark = pytest.mark.browser


@pytest.fixture
def volume():
    """(3, 40, 60) with value 1000 z + row + 2 columns."""
    z, y, x = np.ogrid[:3, :40, :60]
    return (1000 * z + y + 2 * x).astype(np.float32)


@pytest.fixture(params=["webgl", "canvas"])
def viewer(request, volume):
    return SliceViewer(volume, axes=("z", "y", "x"), prefer=request.param, title="ramps")


def pen(page: Any, tool: str) -> Any:
    return page.locator(f".daisy-slice-pen[data-tool={tool}]")


def draw(page: Any, start: tuple[int, int], stop: tuple[int, int]) -> None:
    """From pixel to pixel of the middle of what is seen, with the keys: to the pixel."""
    stage = page.locator(".daisy-slice-stage")
    place = [20, 30]
    for there in (start, stop):
        for at, to, keys in zip(place, there, ("Down Up", "Right Left"), strict=True):
            more, fewer = keys.split()
            for _ in range(abs(to - at)):
                stage.press(f"Arrow{more if to > at else fewer}")
        stage.press("Enter")
        place = list(there)
    page.evaluate("toKernel({method: 'update', state: {}})")


def words(page: Any) -> str:
    return page.locator(".daisy-slice-measured").text_content()


def says(page: Any, text: str) -> None:
    page.locator(".daisy-slice-measured", has_text=re.compile(f"^{re.escape(text)}$")).wait_for()


def eventually(page: Any, holds: Callable[[], bool]) -> bool:
    """Whether something comes to hold within five seconds."""
    for _ in range(100):
        if holds():
            return True
        page.wait_for_timeout(50)
    return False


def test_a_tool_has_a_button_that_is_pressed_as_long_as_it_is_used(show, tell, viewer):
    page = show(viewer)
    buttons = page.locator(".daisy-slice-pen")

    assert [b.get_attribute("data-tool") for b in buttons.all()] == [
        "profile",
        "distance",
        "region",
    ]
    pen(page, "region").focus()
    page.keyboard.press("Enter")
    assert eventually(page, lambda: viewer.tool == "region")
    assert pen(page, "region").get_attribute("aria-pressed") == "true"
    pen(page, "profile").click()
    assert eventually(page, lambda: viewer.tool == "profile")
    assert pen(page, "region").get_attribute("aria-pressed") == "false"
    pen(page, "profile").click()
    assert eventually(page, lambda: viewer.tool == "look")
    viewer.tools, viewer.tool = ["circle", "polygon", "rectangle", "point"], "circle"
    tell(page, viewer)
    assert buttons.count() == 4
    assert all(b.get_attribute("title") for b in buttons.all())
    assert pen(page, "circle").get_attribute("aria-pressed") == "true"


def test_a_profile_is_a_curve_with_the_values_of_the_plane_that_is_seen(show, viewer, volume):
    page = show(viewer)
    assert page.locator(".daisy-slice-measure").is_hidden()
    pen(page, "profile").click()

    draw(page, (18, 26), (18, 34))
    says(page, "From 1070 to 1086; 8.0 pixels long")
    path = page.locator(".daisy-slice-curve path").get_attribute("d")
    x, y = np.array([p.split() for p in re.split("[ML]", path)[1:]], float).T
    np.testing.assert_array_equal(x, np.arange(9))
    np.testing.assert_allclose(1086 - 16 * y, volume[1, 18, 26:35], atol=1e-2)
    assert page.locator(".daisy-slice-curve").bounding_box()["height"] == pytest.approx(72, abs=2)
    assert page.locator(".daisy-slice-overlay [data-kind=line]").count() == 1
    labels = [page.locator(f".daisy-slice-axis-{name}") for name in ("values", "length")]
    assert [label.inner_text().split("\n") for label in labels] == [
        ["1086", "1070"],
        ["0", "along the line [pixels]", "8"],
    ]

    page.locator(".daisy-slice-slider").press("ArrowRight")
    says(page, "From 2070 to 2086; 8.0 pixels long")
    page.locator(".daisy-slice-axis").select_option("1")
    page.wait_for_selector("#view[data-axis='1'][data-detail=full]")
    assert page.locator(".daisy-slice-measure").is_hidden()


def test_a_region_is_summed_up_again_when_the_data_change_and_goes_with_its_tool(
    show, tell, viewer, volume
):
    page = show(viewer)
    pen(page, "region").click()
    draw(page, (18, 28), (22, 32))

    part = volume[1, 18:23, 28:33]
    summary = f"{part.mean():.5g} ± {part.std():.5g}, from {part.min():.5g} to {part.max():.5g}, "
    says(page, f"{summary}median {np.median(part):.5g}; 25 pixels")
    assert page.locator(".daisy-slice-curve").is_hidden()
    volume[:] = 7
    volume[1, 20, 30] = np.nan
    viewer.refresh()
    tell(page, viewer)
    says(page, "7 ± 0, from 7 to 7, median 7; 25 pixels, 1 without a value")
    pen(page, "distance").click()
    assert page.locator(".daisy-slice-measure").is_hidden()
    assert page.locator(".daisy-slice-overlay [data-kind]").count() == 0


def test_a_distance_is_told_and_one_that_the_mouse_draws_as_well(show, viewer):
    page = show(viewer)
    pen(page, "distance").click()

    draw(page, (20, 30), (23, 34))
    says(page, "5.0 pixels: 3.0 down, 4.0 across")
    box = page.locator(".daisy-slice-canvas").bounding_box()
    side = box["width"] / 60
    page.mouse.move(box["x"] + 10.5 * side, box["y"] + 10.5 * side)
    page.mouse.down()
    page.mouse.move(box["x"] + 10.5 * side, box["y"] + 22.5 * side, steps=3)
    page.mouse.up()
    assert eventually(page, lambda: words(page).startswith("12.0 pixels"))
    pen(page, "distance").click()
    assert page.locator(".daisy-slice-measure").is_hidden()


def test_buttons_of_a_group_take_one_stop_of_the_tab_key(show, viewer):
    page = show(viewer)
    group = page.get_by_role("toolbar", name="Measure and draw")

    group.get_by_role("button").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert group.get_by_role("button").last.evaluate("b => b === document.activeElement")
    page.keyboard.press("Tab")
    assert not group.evaluate("g => g.contains(document.activeElement)")
    page.keyboard.press("Shift+Tab")
    assert group.get_by_role("button").last.evaluate("b => b === document.activeElement")


def test_with_units_lengths_and_values_are_told_in_them(show, volume):
    source = plane_source(
        volume, name="ramps", axes=("z", "y", "x"), unit="1/cm", steps_m=(1e-6, 2e-6, 2e-6)
    )
    page = show(SliceViewer(source))
    pen(page, "distance").click()
    draw(page, (10, 20), (13, 24))
    says(page, "10 µm (5.0 pixels): 6 µm down, 8 µm across")
    pen(page, "region").click()
    draw(page, (10, 20), (10, 21))
    says(page, "1051 ± 1, from 1050 to 1052, median 1051 [1/cm]; 2 pixels")
    box = page.locator("canvas").bounding_box()
    page.mouse.move(box["x"] + 0.5, box["y"] + 0.5)
    page.locator(".daisy-slice-cursor", has_text="y = 0,  x = 0:  1000 1/cm").wait_for()
