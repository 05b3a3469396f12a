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
