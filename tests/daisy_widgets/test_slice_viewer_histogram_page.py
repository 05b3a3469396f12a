"""The histogram of a slice viewer in a browser: its counts, and the ends of the window."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from daisy_widgets import SliceViewer

pytestmark = pytest.mark.browser

BINS = 120


@pytest.fixture
def plane():
    """(64, 64): three values, 0, 50 and 100, of which there are 96, 3900 and 100."""
    values = np.full(4096, 50, np.float32)
    values[:96] = 0
    values[96:196] = 100
    return values.reshape(64, 64)


@pytest.fixture
def page(show, plane):
    return show(SliceViewer(plane, window=(-10, 110)))


def heights(page: Any) -> list[float]:
    """Height of each bin of the curve, 0 to 1."""
    path = page.locator(".daisy-slice-counts").get_attribute("d")
    return [1 - float(y) for y in re.findall(r"V([\d.]+)H", path)]


def settle(page: Any) -> None:
    page.evaluate("toKernel({method: 'update', state: {}})")


def test_the_curve_grows_with_the_logarithm_of_the_counts(page):
    found = heights(page)

    limits = page.evaluate("model.get('window_limits')")
    low, high = min(limits[0], -10), max(limits[1], 110)
    places = [int((value - low) / (high - low) * BINS) for value in (0, 50, 100)]
    assert len(found) == BINS
    expected = 0.95 * np.log1p([96, 3900, 100]) / np.log1p(3900)
    peaks = [max(found[max(0, at - 1) : at + 2]) for at in places]
    assert peaks == pytest.approx(expected, abs=2e-4)
    assert np.count_nonzero(found) == 3


def test_a_key_on_a_handle_moves_the_end_of_the_window_and_its_line(show, plane):
    viewer = SliceViewer(plane, window=(-10, 110))
    page = show(viewer)
    handle = page.get_by_role("slider", name="Value of the last colour")
    line = page.locator(".daisy-slice-end").nth(1)
    before = float(line.get_attribute("x1"))

    handle.focus()
    for _ in range(20):
        handle.press("ArrowLeft")
    settle(page)

    assert viewer.window[0] == -10
    assert viewer.window[1] < 110
    assert float(line.get_attribute("x1")) < before


def test_the_nearest_end_goes_along_with_the_mouse(show, plane):
    viewer = SliceViewer(plane, window=(-10, 110))
    page = show(viewer)
    box = page.locator(".daisy-slice-histogram").bounding_box()
    y = box["y"] + box["height"] / 2
    limits = page.evaluate("model.get('window_limits')")
    low, high = min(limits[0], -10), max(limits[1], 110)

    page.mouse.move(box["x"] + 0.2 * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.4 * box["width"], y)
    page.mouse.up()
    settle(page)

    assert viewer.window == pytest.approx((low + 0.4 * (high - low), 110), abs=0.5)
    page.keyboard.press("ArrowRight")  # the handle of this end has the focus
    settle(page)
    assert viewer.window[0] > low + 0.4 * (high - low)


def test_a_narrow_window_does_not_hide_the_values_beyond_it(show, wait_until, plane, monkeypatch):
    viewer = SliceViewer(plane, window=(-10, 110))
    windows: list[list[float]] = []
    answer = viewer._answers.plane
    monkeypatch.setattr(
        viewer._answers, "plane", lambda m: windows.append(m["window"]) or answer(m)
    )
    page = show(viewer)
    for end, value in (("low", 49.9), ("high", 50.1)):
        page.locator(f".daisy-slice-{end}").fill(str(value))
        page.locator(f".daisy-slice-{end}").press("Enter")
        settle(page)
    # A finer plane comes, which does not reach as far.
    wait_until(page, lambda: windows[-1] == [49.9, 50.1])
    settle(page)

    assert np.count_nonzero(heights(page)) == 3


def test_values_that_have_changed_are_counted_anew(show, tell, plane):
    viewer = SliceViewer(plane, window=(-10, 110))
    page = show(viewer)
    plane[:] = 20
    viewer.refresh()
    tell(page, viewer)

    page.wait_for_function(
        "() => document.querySelector('.daisy-slice-counts').getAttribute('d')"
        ".match(/V0\\.05/g)?.length === 1"
    )
    assert np.count_nonzero(heights(page)) == 1
