"""Going through all planes by itself, in a browser."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from daisy_widgets import SliceViewer

pytestmark = pytest.mark.browser


@pytest.fixture(params=["webgl", "canvas"])
def viewer(request):
    """Seven planes that are large enough to have a preview."""
    volume = np.zeros((7, 300, 20), np.float32) + np.arange(7.0, dtype=np.float32)[:, None, None]
    return SliceViewer(volume, axes=("z", "y", "x"), prefer=request.param, title="levels", index=5)


def button(page: Any) -> Any:
    return page.locator(".daisy-slice-play")


def is_playing(page: Any) -> bool:
    return button(page).get_attribute("aria-pressed") == "true"


def test_planes_pass_in_turn_begin_anew_and_rest_where_one_stops(show, viewer):
    page = show(viewer)
    page.evaluate(
        """() => {
            window.passed = [];
            const view = document.getElementById('view');
            const note = () => passed.push(Number(view.dataset.plane));
            new MutationObserver(note).observe(view, { attributeFilter: ['data-plane'] });
        }"""
    )
    assert not is_playing(page)
    button(page).focus()
    page.keyboard.press("Enter")
    assert is_playing(page)
    page.wait_for_function("new Set(passed).size === 7 && passed.length > 20")
    button(page).click()
    assert not is_playing(page)
    passed = page.evaluate("passed")
    steps = np.diff(passed)[np.diff(passed) != 0] % 7  # a plane may come a second time, in full
    assert (steps <= 2).all()
    assert np.mean(steps == 1) > 0.7

    page.wait_for_selector("#view[data-detail=full]")
    there = page.locator(".daisy-slice-number").input_value()
    page.wait_for_timeout(300)
    assert page.locator(".daisy-slice-number").input_value() == there
    page.evaluate("toKernel({method: 'update', state: {}})")
    assert viewer.index == int(there)


@pytest.mark.parametrize("how", ["Escape", "slider", "click on the image"])
def test_it_stops(show, viewer, how):
    page = show(viewer)
    button(page).click()
    page.wait_for_selector("#view:not([data-plane='5'])")
    assert is_playing(page)

    if how == "Escape":
        page.keyboard.press("Escape")
    elif how == "slider":
        page.locator(".daisy-slice-slider").press("Home")
        page.wait_for_selector("#view[data-plane='0'][data-detail=full]")
    else:
        page.locator(".daisy-slice-stage").click()
    assert not is_playing(page)


def test_it_waits_for_a_kernel_that_is_slow(show, viewer):
    page = show(viewer)
    page.evaluate(
        """() => {
            const held = [];
            const kernel = daisyKernel;
            window.asked = 0;
            window.daisyKernel = async data => {
                const isPlane = data.content?.type === 'plane';
                if (isPlane) asked += 1;
                const answers = await kernel(data);
                if (isPlane) await new Promise(free => held.push(free));
                return answers;
            };
            window.letGo = () => held.splice(0).forEach(free => free());
        }"""
    )
    button(page).click()
    page.wait_for_function("asked === 2")
    waiting = page.locator(".daisy-slice-number").input_value()
    page.wait_for_timeout(300)  # four more planes, if it did not wait
    assert page.evaluate("asked") == 2
    assert page.locator(".daisy-slice-number").input_value() == waiting
    page.evaluate("letGo()")
    page.wait_for_function("asked >= 4")
    assert page.locator(".daisy-slice-number").input_value() != waiting
    button(page).click()
    page.evaluate("letGo()")


def test_it_ends_with_the_view(show, viewer):
    page = show(viewer)
    button(page).click()
    page.evaluate("leave()")
    page.evaluate("() => { window.said = 0; model.save_changes = () => (said += 1); }")
    page.wait_for_timeout(600)
    assert page.evaluate("said") == 0
