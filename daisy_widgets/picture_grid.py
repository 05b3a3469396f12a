"""A widget of small pictures beside and below each other, one of which is chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from daisy_kernel.session.object_handle import Image
from daisy_widgets.es_module import es_module
from daisy_widgets.slice_viewer import COLORMAPS

_STATIC = Path(__file__).parent / "static"


class PictureGrid(anywidget.AnyWidget):
    """Pictures to compare: arrows and clicks select one, Enter or a double click chooses it.

    They travel once, binary, with a message of their own each; the window of values and the
    colours are applied in the browser, to all of them.

    Parameters
    ----------
    chosen
        Called with the number of the picture that was chosen; must return at once.
    """

    _esm = es_module(_STATIC / "picture_grid.js")
    _css = (_STATIC / "picture_grid.css").read_text(encoding="utf-8")

    arrangement = traitlets.Dict().tag(sync=True)
    """See `lay_out`."""
    notes = traitlets.List(traitlets.Unicode()).tag(sync=True)
    """Below the pictures."""
    marks = traitlets.List(traitlets.Unicode()).tag(sync=True)
    """One per picture: "best", or nothing."""
    selected = traitlets.Int(0).tag(sync=True)
    window = traitlets.Tuple(traitlets.Float(), traitlets.Float(), default_value=(0.0, 1.0)).tag(
        sync=True
    )
    colormap = traitlets.Enum(COLORMAPS, "gray").tag(sync=True)

    def __init__(self, chosen: Callable[[int], None]):
        self._chosen = chosen
        self._pictures: dict[int, Image] = {}
        super().__init__(
            arrangement={
                "label": "",
                "captions": [],
                "across": [],
                "down": [],
                "bands": [],
                "size": 96,
            }
        )
        self.on_msg(self._answer)

    def lay_out(
        self,
        label: str,
        captions: Sequence[str],
        *,
        size: int,
        across: Sequence[str] = (),
        down: Sequence[str] = (),
        bands: Sequence[str] = (),
    ) -> None:
        """Make place for pictures; those that were there are gone.

        Parameters
        ----------
        label
            What they show, for screen readers.
        captions
            One per picture; seen below it in a strip, said in a grid.
        size
            Of a picture [CSS pixels].
        across, down, bands
            Headings of a grid: its columns, its rows, and the grids below each other. Pictures are
            counted along the rows, band by band. Without `down` they flow as a strip.
        """
        self._pictures.clear()
        self.notes, self.marks = [], []
        self.arrangement = {
            "label": label,
            "captions": list(captions),
            "across": list(across),
            "down": list(down),
            "bands": list(bands),
            "size": size,
        }

    def put(self, tile: int, image: Image) -> None:
        """Show a picture at its place."""
        self._pictures[tile] = image
        self._push(tile, image)

    def _push(self, tile: int, image: Image) -> None:
        bits = 8 * image.levels.itemsize
        message = {"type": "picture", "tile": tile, "shape": list(image.levels.shape)}
        self.send(
            {**message, "bits": bits, "low": image.low, "high": image.high},
            [image.levels.tobytes()],
        )

    def _answer(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        if content.get("type") == "pictures":  # a view that has come later
            for tile, image in list(self._pictures.items()):
                self._push(tile, image)
        elif content.get("type") == "choose":
            self._chosen(int(content["tile"]))
