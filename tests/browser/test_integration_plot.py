"""The notebook of a powder stack, and its linked plot under real clicks."""

import shutil
import time
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

POWDER = Path(__file__).parents[2] / "notebooks" / "02_powder_stack.ipynb"


class Plot:
    """The integration plot of the current notebook: map, pattern and frame beside each other."""

    def __init__(self, page):
        self.page = page
        # ipympl has one canvas for the figure and one above it for the frame of a zoom.
        self.canvas = page.locator(".jupyter-matplotlib-canvas-div").first
        self.canvas.wait_for(timeout=30_000)
        self.canvas.scroll_into_view_if_needed()

    def parts(self) -> tuple[bytes, ...]:
        """Pictures of the map, the pattern and the frame."""
        self.page.mouse.move(1, 1)
        box = self.canvas.bounding_box()
        bounds = (0, 0.38), (0.38, 0.76), (0.76, 1)
        return tuple(
            self.page.screenshot(
                clip={
                    "x": box["x"] + left * box["width"],
                    "y": box["y"],
                    "width": (right - left) * box["width"],
                    "height": box["height"],
                }
            )
            for left, right in bounds
        )

    def click(self, across: float, down: float) -> None:
        """Click at these shares of width and height."""
        box = self.canvas.bounding_box()
        self.page.mouse.click(box["x"] + across * box["width"], box["y"] + down * box["height"])

    def wait_until_changed(self, pattern: bytes, frame: bytes) -> None:
        """Wait until neither pattern nor frame looks as it did."""
        deadline = time.monotonic() + 10
        while True:
            _, new_pattern, new_frame = self.parts()
            if new_pattern != pattern and new_frame != frame:
                return
            assert time.monotonic() < deadline, "pattern and frame did not follow the click"
            time.sleep(0.1)


def test_a_click_into_the_map_of_a_powder_stack_changes_pattern_and_frame(lab, screenshots):
    shutil.copy(POWDER, lab.server.work)
    lab.open(POWDER.name)
    objects = lab.objects()
    lab.do("notebook:run-all-cells")
    outputs = lab.outputs()
    assert [output for output in outputs if output["output_type"] == "error"] == []
    assert "bit for bit" in "".join("".join(output.get("text", "")) for output in outputs)
    objects.locator("li[data-name=peak_positions]").wait_for(timeout=5000)

    lab.show("look")
    plot = Plot(lab.page)
    series, pattern, frame = plot.parts()
    plot.click(0.20, 0.15)  # near the top of the map: a late, hot frame
    plot.wait_until_changed(pattern, frame)
    late = plot.parts()
    assert late[0] != series  # the line that marks the frame has moved
    lab.page.screenshot(path=screenshots / "powder_stack.png")
    plot.click(0.20, 0.80)
    plot.wait_until_changed(*late[1:])
