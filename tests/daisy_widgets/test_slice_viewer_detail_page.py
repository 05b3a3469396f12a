"""What the page asks of a magnified plane: the part that is seen, as fine as the screen."""

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

SIDE = 2048


@pytest.fixture(scope="module")
def volume() -> NDArray[np.float32]:
    """(3, 2048, 2048) of noise between 0 and 1: no two pixels are alike."""
    return np.random.default_rng(0).random((3, SIDE, SIDE), np.float32)


@pytest.fixture(params=["webgl", "canvas"])
def viewer(request, volume):
    return SliceViewer(volume, window=(0, 1), prefer=request.param)


@pytest.fixture
def asked(viewer, monkeypatch):
    """What the page asks of planes, in order, with the bytes of each answer."""
    log: list[dict[str, Any]] = []
    answer = viewer._answers.plane

    def listen(message):
        told = answer(message)
        log.append({**message, "bytes": len(told[1][0])})
        return told

    monkeypatch.setattr(viewer._answers, "plane", listen)
    return log


def greys(page: Any) -> NDArray[np.int64]:
    """Red of every pixel of the canvas."""
    script = "document.querySelector('.daisy-slice-canvas').toDataURL('image/png')"
    png = base64.b64decode(page.evaluate(script).partition(",")[2])
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))[..., 0].astype(int)


def zoom_in(page: Any, factor: float, at: tuple[float, float] = (0.5, 0.5)) -> None:
    """Turn the wheel over a place of the canvas, down and right from 0 to 1."""
    box = page.locator(".daisy-slice-canvas").bounding_box()
    page.mouse.move(box["x"] + at[1] * box["width"], box["y"] + at[0] * box["height"])
    page.mouse.wheel(0, -400 * np.log(factor))


def drag(page: Any, down: float, right: float) -> None:
    """Move what is seen, from the middle of the canvas."""
    box = page.locator(".daisy-slice-canvas").bounding_box()
    y, x = box["y"] + box["height"] / 2, box["x"] + box["width"] / 2
    page.mouse.move(x, y)
    page.mouse.down(button="middle")
    page.mouse.move(x + right, y + down, steps=4)
    page.mouse.up(button="middle")


def wait_for_region(page: Any, unlike: str = "") -> str:
    """The region that is shown in full, another one than before."""
    page.wait_for_function(
        "before => { const { region, detail } = document.getElementById('view').dataset;"
        " return region && region !== before && detail === 'full'; }",
        arg=unlike,
    )
    return page.locator("#view").get_attribute("data-region")


def bounds(region: str) -> tuple[slice, slice]:
    top, bottom, left, right = map(int, region.split(","))
    return slice(top, bottom), slice(left, right)


def assert_pixels(page: Any, plane: NDArray[np.float32]) -> None:
    """Every pixel of the plane that is seen whole has its own grey."""
    script = "document.querySelector('.daisy-slice-detail').textContent"
    zoom = float(page.evaluate(script).split()[1].rstrip(","))
    sight = page.evaluate("model.get('sight')")
    seen = greys(page)
    # From the middle and the zoom alone, as the stage has it: columns fill the stage's width.
    stage = page.locator(".daisy-slice-stage").bounding_box()
    fitting = min((stage["width"]) / SIDE, (stage["height"] - 2) / SIDE)
    scale = fitting * sight[0]
    assert zoom == pytest.approx(sight[0], abs=0.06)
    assert scale > 2  # screen pixels per pixel
    origin = [at * SIDE - n / scale / 2 for at, n in zip(sight[1:], seen.shape, strict=True)]
    rows, columns = (
        np.arange(int(np.ceil(o)) + 1, int(o + n / scale) - 1)
        for o, n in zip(origin, seen.shape, strict=True)
    )
    y = ((rows + 0.5 - origin[0]) * scale).astype(int)
    x = ((columns + 0.5 - origin[1]) * scale).astype(int)
    np.testing.assert_allclose(seen[np.ix_(y, x)], 255 * plane[np.ix_(rows, columns)], atol=1.01)


def test_a_magnified_plane_comes_as_the_region_that_is_seen_in_every_pixel(
    show, viewer, volume, asked
):
    page = show(viewer)
    assert page.locator("#view").get_attribute("data-region") == ""
    assert "binned 4 × 4" in page.locator(".daisy-slice-detail").inner_text()

    zoom_in(page, 16, at=(0.25, 0.75))
    rows, columns = bounds(wait_for_region(page))

    assert rows.stop - rows.start < 200
    assert columns.stop - columns.start < 260
    assert asked[-1]["region"] == [[rows.start, rows.stop], [columns.start, columns.stop]]
    assert_pixels(page, volume[1])
    assert page.locator(".daisy-slice-detail").inner_text() == "zoom 16.0, every pixel"


def test_however_closely_one_looks_the_bytes_stay_those_of_the_view(show, viewer, asked):
    page = show(viewer)
    box = page.locator(".daisy-slice-stage").bounding_box()
    region = ""
    for factor in (100, 20, 5, 2.1, 1.3):  # each shows more than the one before
        page.locator(".daisy-slice-stage").press("0")
        zoom_in(page, factor)
        region = wait_for_region(page, unlike=region)

    # Squares are averaged as far as no pixel of the screen goes without one: less than two a side.
    most = 2 * (2 * box["width"] + 64) * (2 * box["height"] + 64)
    assert max(each["bytes"] for each in asked) <= most
    regions = [each for each in asked if each.get("region")]
    assert len(regions) == 5
    assert regions[0]["bytes"] < most / 100


def test_what_is_moved_into_sight_is_seen_at_once_and_then_in_detail(
    show, tell, wait_until, viewer, volume, asked, monkeypatch
):
    page = show(viewer)
    zoom_in(page, 16)
    before = wait_for_region(page)
    assert_pixels(page, volume[1])
    n_asked = len(asked)
    answer, held = viewer._handle_custom_msg, []
    monkeypatch.setattr(viewer, "_handle_custom_msg", lambda *message: held.append(message))

    drag(page, 100, 80)

    seen = greys(page)
    assert len(asked) == n_asked
    assert (seen > 0).mean() > 0.9  # coarse pixels of the whole plane where there are no fine ones
    page.wait_for_function("!document.querySelector('.daisy-slice-failed')")
    wait_until(page, lambda: any(content["type"] == "plane" for content, _ in held))
    page.wait_for_timeout(250)  # time for one too many
    monkeypatch.setattr(viewer, "_handle_custom_msg", answer)
    assert 1 <= sum(content["type"] == "plane" for content, _ in held) <= 2  # so many in flight
    for message in held:
        answer(*message)
    assert viewer.jobs.wait(10)
    tell(page, viewer)
    zoom_in(page, 1.02)
    wait_for_region(page, unlike=before)
    assert_pixels(page, volume[1])


def test_the_next_planes_are_seen_in_the_same_detail_and_kept(show, viewer, volume, asked):
    page = show(viewer)
    zoom_in(page, 16)
    region = wait_for_region(page)
    slider = page.locator(".daisy-slice-slider")
    for key, index in (("ArrowRight", 2), ("ArrowLeft", 1)):
        asked_before = len(asked)
        slider.press(key)
        page.wait_for_selector(
            f"#view[data-plane='{index}'][data-region='{region}'][data-detail=full]"
        )
        assert_pixels(page, volume[index])

    # The first one had been seen whole, so of it only the small plane comes.
    again = [each["detail"] for each in asked[asked_before:] if each["index"] == 1]
    assert again == ["preview"]


def test_data_that_have_changed_are_seen_in_the_region_and_beside_it(
    show, tell, wait_until, viewer, volume, asked
):
    page = show(viewer)
    zoom_in(page, 16)
    wait_for_region(page)
    kept = volume[1].copy()
    try:
        volume[1] = 1
        viewer.refresh()
        tell(page, viewer)
        page.wait_for_function(
            "() => { const c = document.querySelector('.daisy-slice-canvas');"
            " const copy = document.createElement('canvas').getContext('2d');"
            " copy.drawImage(c, c.width / 2, c.height / 2, 1, 1, 0, 0, 1, 1);"
            " return copy.getImageData(0, 0, 1, 1).data[0] === 255; }"
        )
        # The small plane of the surroundings comes after the part.
        wait_until(page, lambda: asked[-1]["detail"] == "preview")
        page.evaluate("toKernel({method: 'update', state: {}})")
        drag(page, 60, 60)
        assert set(greys(page).flat) <= {254, 255}
    finally:
        volume[1] = kept
