"""Drawing above a plane in a browser: by mouse and by keyboard."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from daisy_widgets import SliceViewer

pytestmark = pytest.mark.browser


@pytest.fixture(params=["webgl", "canvas"])
def viewer(request):
    plane = np.arange(40 * 60, dtype=np.float32).reshape(40, 60)
    return SliceViewer(plane, axes=("y", "x"), prefer=request.param, title="plane")


def spot(page: Any, row: float, column: float) -> tuple[float, float]:
    """Where a place of the (40, 60) plane lies on the page; whole numbers are pixel centres."""
    box = page.locator(".daisy-slice-canvas").bounding_box()
    x = box["x"] + (column + 0.5) / 60 * box["width"]
    return x, box["y"] + (row + 0.5) / 40 * box["height"]


def drag(page: Any, start: tuple[float, float], stop: tuple[float, float]) -> None:
    page.mouse.move(*spot(page, *start))
    page.mouse.down()
    page.mouse.move(*spot(page, *stop), steps=4)
    page.mouse.up()
    page.evaluate("toKernel({method: 'update', state: {}})")


def choose(page: Any, tool: str) -> None:
    page.evaluate("tool => { put({tool}) }", tool)


def near(*points: tuple[float, float]) -> list[Any]:
    return [pytest.approx(point, abs=0.2) for point in points]


@pytest.mark.parametrize("tool", ["rectangle", "circle"])
def test_a_drag_draws_a_shape_of_two_points(show, viewer, tool):
    page = show(viewer)
    choose(page, tool)

    drag(page, (5, 10), (20, 30))
    assert viewer.drawn["kind"] == tool
    assert viewer.drawn["points"] == near((5, 10), (20, 30))
    drag(page, (5, 10), (20, 30))
    assert viewer.drawn["count"] == 2


def test_clicks_and_a_double_click_draw_a_polygon_and_do_not_change_the_zoom(show, viewer):
    page = show(viewer)
    choose(page, "polygon")

    page.mouse.click(*spot(page, 5, 10))
    page.mouse.click(*spot(page, 5, 40))
    page.mouse.dblclick(*spot(page, 30, 40))
    page.evaluate("toKernel({method: 'update', state: {}})")
    assert viewer.drawn["kind"] == "polygon"
    assert viewer.drawn["points"] == near((5, 10), (5, 40), (30, 40))
    assert viewer.sight[0] == 1


def test_the_arrow_keys_and_enter_draw_and_escape_gives_up(show, viewer):
    page = show(viewer)
    choose(page, "rectangle")
    stage = page.locator(".daisy-slice-stage")

    stage.press("Enter")
    stage.press("Escape")
    assert viewer.drawn == {}
    stage.press("Enter")  # in the middle, (20, 30)
    stage.press("Shift+ArrowDown")
    for _ in range(3):
        stage.press("ArrowRight")
    stage.press("Enter")
    page.evaluate("toKernel({method: 'update', state: {}})")
    assert viewer.drawn["points"] == [[20, 30], [30, 33]]
    stage.press("Escape")
    page.evaluate("toKernel({method: 'update', state: {}})")
    assert viewer.tool == "look"


def test_of_ring_numbers_over_each_other_one_is_seen_and_all_when_zoomed_in(
    show, wait_until, viewer
):
    rows = {"1": 10, "2": 10.5, "3": 11, "4": 30}
    viewer.overlay = [
        {"kind": "polyline", "points": [[row, 28], [row, 40]], "label": label, "style": "ring"}
        for label, row in rows.items()
    ] + [{"kind": "line", "points": [[10, 28], [10, 40]], "label": "12 mm"}]
    page = show(viewer)

    def seen():
        labels = page.locator(".daisy-mark text").all()
        return [label.inner_html() for label in labels if label.is_visible()]

    assert seen() == ["1", "4", "12 mm"]  # whoever measures wants to read it in any case
    page.mouse.move(*spot(page, 10, 28))
    for _ in range(20):
        page.mouse.wheel(0, -200)
    wait_until(page, lambda: seen()[:3] == ["1", "2", "3"])


def test_shapes_lie_on_their_pixels_when_zoomed_too(show, wait_until, viewer):
    viewer.overlay = [{"kind": "point", "points": [[10, 20]], "label": "beam", "style": "ring"}]
    page = show(viewer)
    detail = page.locator(".daisy-slice-detail")

    for _ in range(2):
        mark = page.locator(".daisy-slice-overlay circle").bounding_box()
        middle = (mark["x"] + mark["width"] / 2, mark["y"] + mark["height"] / 2)
        place = page.evaluate(
            """([x, y]) => {
                const box = document.querySelector('.daisy-slice-canvas').getBoundingClientRect();
                return [(y - box.top) / box.height, (x - box.left) / box.width];
            }""",
            list(middle),
        )
        zoom, down, right = viewer.sight
        found = [
            (middle_ + (share - 0.5) / zoom) * n - 0.5
            for share, middle_, n in zip(place, (down, right), (40, 60), strict=True)
        ]
        assert found == pytest.approx([10, 20], abs=0.3)
        page.mouse.move(*spot(page, 15, 25))
        before, told = viewer.sight, detail.text_content()
        page.mouse.wheel(0, -300)
        page.wait_for_function(
            "told => { const { textContent } = document.querySelector('.daisy-slice-detail');"
            " return textContent.startsWith('zoom') && textContent !== told; }",
            arg=told,
        )
        wait_until(page, lambda before=before: viewer.sight[0] > before[0])
    assert page.locator(".daisy-slice-overlay text").text_content() == "beam"
