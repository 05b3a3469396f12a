"""A widget that draws the steps of a workflow and takes what is done to them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from daisy_widgets.es_module import es_module
from daisy_widgets.flow_graph import Drawing

_STATIC = Path(__file__).parent / "static"
_NOTHING: dict[str, Any] = {"width": 0, "height": 0, "nodes": [], "wires": []}


class FlowView(anywidget.AnyWidget):
    """Steps below each other, with the data that go from one to the other.

    Arrow keys lead from step to step, Enter chooses one, with Shift several that follow each other.

    Parameters
    ----------
    act
        Called with what shall be done and the numbers that it takes: ("move", step, to),
        ("remove", step), ("duplicate", step), ("undo",), ("redo",).
    """

    _esm = es_module(_STATIC / "flow_view.js")
    _css = (_STATIC / "flow_view.css").read_text(encoding="utf-8")

    drawing = traitlets.Dict(_NOTHING).tag(sync=True)
    selected = traitlets.Int(-1).tag(sync=True)
    """The first step that is chosen; -1: none."""
    until = traitlets.Int(-1).tag(sync=True)
    """The last one."""

    def __init__(self, act: Callable[..., None]):
        super().__init__()
        self._act = act
        self.on_msg(self._take)

    @property
    def chosen(self) -> range:
        """Numbers of the steps that are chosen."""
        count = len(self.drawing["nodes"])
        if not 0 <= self.selected < count:
            return range(0)
        return range(self.selected, min(max(self.selected, self.until), count - 1) + 1)

    def show(self, drawing: Drawing) -> None:
        """Draw this from now on."""
        self.drawing = drawing.as_json()

    def choose(self, step: int) -> None:
        """Choose one step; -1: none."""
        with self.hold_sync(), self.hold_trait_notifications():
            self.selected = self.until = step

    def _take(self, _: Any, message: dict[str, Any], buffers: Any) -> None:
        kind, step, to = (message.get(key) for key in ("type", "step", "to"))
        count = len(self.drawing["nodes"])
        if kind in ("undo", "redo"):
            self._act(kind)
        elif kind in ("remove", "duplicate") and step in range(count):
            self._act(kind, step)
        elif kind == "move" and step in range(count) and to in range(count):
            self._act(kind, step, to)
