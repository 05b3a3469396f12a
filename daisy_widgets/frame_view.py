"""Frames with what lies over them: rings, beam, what is drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from ipywidgets import VBox

from daisy_kernel.session.handles import ObjectHandle
from daisy_widgets.mask_model import Kind, MaskShape, Point
from daisy_widgets.powder_calls import Geometry
from daisy_widgets.slice_viewer import SliceViewer

_HEIGHT = 430
"""Of the frame [CSS pixels]: form, frame and buttons fit a small screen."""
_COLOURS = {
    "ring": "#35c9ff",
    "beam": "#ff5d5d",
    "marked": "#ffd84d",
    "excludes": "#ff5d5d",
    "erases": "#5dff8f",
}
_KEPT: Any = object()
Lines = Sequence[tuple[int, np.ndarray]]


@dataclass(frozen=True)
class Drawn:
    """What somebody has drawn on a frame."""

    kind: Kind
    points: tuple[Point, ...]
    radius: float = 0.0
    """Of a circle [pixel]."""


class FrameView:
    """The viewer of the frames, which may be drawn on.

    Parameters
    ----------
    moved
        Is told the number of the frame that was chosen in the viewer.
    """

    def __init__(self, moved: Callable[[int], None]):
        self._moved = moved
        self._viewer: SliceViewer | None = None
        self._tool, self._drawn = "", _forget
        self._geometry: Geometry | None = None
        self._marked: Lines = ()
        self._shapes: tuple[MaskShape, ...] = ()
        self.widget = VBox()
        self.widget.add_class("daisy-frame-view")

    @property
    def index(self) -> int:
        """The frame that is shown."""
        return 0 if self._viewer is None else self._viewer.index

    def show(self, frames: ObjectHandle) -> None:
        """Show other frames, and nothing over them but what was drawn."""
        before = self._viewer
        self._geometry, self._marked = None, ()
        made = SliceViewer(
            frames, title="Frames", index=0, colormap="magma", scale="log", height=_HEIGHT
        )
        made.observe(lambda change: self._moved(change["new"]), "index")
        made.observe(lambda change: self._receive(change["new"]), "drawn")
        self._viewer = made
        self._update()
        made.tool = self._tool
        self.widget.children = (made,)
        if before is not None:
            before.close()

    def look(self, frame: int) -> None:
        """Show this frame."""
        if self._viewer is not None:
            self._viewer.index = frame

    def draw(
        self,
        *,
        geometry: Geometry | None = _KEPT,
        marked: Lines = _KEPT,
        shapes: tuple[MaskShape, ...] = _KEPT,
    ) -> None:
        """Draw over the frames; what is not given stays.

        Parameters
        ----------
        geometry
            Rings and beam; None for none.
        marked
            Lines of one ring.
        shapes
            Of the mask.
        """
        if geometry is not _KEPT:
            self._geometry, self._marked = geometry, ()
        self._marked = self._marked if marked is _KEPT else marked
        self._shapes = self._shapes if shapes is _KEPT else shapes
        self._update()

    def use(self, tool: str, drawn: Callable[[Drawn], None]) -> None:
        """Let the frame be drawn on.

        Parameters
        ----------
        tool
            "rectangle", "polygon", "circle", or "" to look only.
        drawn
            Takes what was drawn.
        """
        self._tool, self._drawn = tool, drawn
        if self._viewer is not None:
            self._viewer.tool = tool

    def _update(self) -> None:
        if self._viewer is not None:
            self._viewer.overlay = overlay_of(self._geometry, self._marked, self._shapes)

    def _receive(self, told: dict[str, Any]) -> None:
        drawn = drawn_of(told)
        if drawn is not None:
            self._drawn(drawn)


def overlay_of(
    geometry: Geometry | None, marked: Lines, shapes: Sequence[MaskShape]
) -> list[dict[str, Any]]:
    """Everything over a frame as the viewer draws it."""
    return []


def drawn_of(told: dict[str, Any]) -> Drawn | None:
    """What the viewer says was drawn."""
    return None


def _forget(drawn: Drawn) -> None:
    """Nobody asked for a drawing."""
