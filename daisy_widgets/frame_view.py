"""Frames with what lies over them: rings, beam, what is drawn."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from ipywidgets import VBox

from daisy_kernel.session.object_handle import ObjectHandle
from daisy_widgets.mask_model import Kind, MaskShape, Point
from daisy_widgets.powder_calls import Geometry
from daisy_widgets.slice_viewer import SliceViewer
from daisy_widgets.tint import Box

_HEIGHT = 430
"""Of the frame [CSS pixels]: form, frame and buttons fit a small screen."""
LOOK = "look"
"""The tool that draws nothing."""
_DRAWING = ("rectangle", "polygon", "circle")
_MOST_RING_POINTS = 12_000
"""Of more, every n-th is drawn."""
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
        self._tool = LOOK
        self._drawn: Callable[[Drawn], None] = _forget
        self._left: Callable[[], None] = _nothing
        self._geometry: Geometry | None = None
        self._marked: Lines = ()
        self._shapes: tuple[MaskShape, ...] = ()
        self._tint: Sequence[Box] = ()
        self.widget = VBox()
        self.widget.add_class("daisy-frame-view")

    @property
    def index(self) -> int:
        """The frame that is shown."""
        return 0 if self._viewer is None else self._viewer.index

    def show(self, frames: ObjectHandle, window: tuple[float, float]) -> None:
        """Show other frames, and nothing over them but what was drawn.

        Parameters
        ----------
        frames : (n_frame, n_row, n_col)
        window
            Counts drawn in the first and the last colour.
        """
        before = self._viewer
        self._geometry, self._marked = None, ()
        made = SliceViewer(
            frames,
            title="Frames",
            index=0,
            window=window,
            colormap="magma",
            scale="log",
            height=_HEIGHT,
        )
        made.observe(lambda change: self._move(made), "index")
        made.observe(lambda change: self._receive(change["new"]), "drawn")
        made.observe(lambda change: self._other_tool(change["new"]), "tool")
        self._viewer = made
        self._update()
        made.tool = self._tool
        self.widget.children = (made,)
        if before is not None:
            before.close()

    def look(self, frame: int) -> None:
        """Show this frame."""
        if self._viewer is not None and self._viewer.axis == 0:
            self._viewer.index = frame

    def draw(
        self,
        *,
        geometry: Geometry | None = _KEPT,
        marked: Lines = _KEPT,
        shapes: tuple[MaskShape, ...] = _KEPT,
        tint: Sequence[Box] = _KEPT,
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
        tint
            Rectangles of what would become a part of it.
        """
        if geometry is not _KEPT:
            self._geometry, self._marked = geometry, ()
        self._marked = self._marked if marked is _KEPT else marked
        self._shapes = self._shapes if shapes is _KEPT else shapes
        self._tint = self._tint if tint is _KEPT else tint
        self._update()

    def use(
        self, tool: str, drawn: Callable[[Drawn], None], left: Callable[[], None] | None = None
    ) -> None:
        """Let the frame be drawn on.

        Parameters
        ----------
        tool
            "rectangle", "polygon", "circle", or `LOOK`.
        drawn
            Takes what was drawn.
        left
            Is told that the tool was laid down in the viewer.
        """
        self._tool, self._drawn, self._left = tool, drawn, left or _nothing
        viewer = self._viewer
        if viewer is not None and (tool != LOOK or viewer.tool in _DRAWING):
            viewer.tool = tool  # one of the viewer's own is left in its hand

    def _other_tool(self, tool: str) -> None:
        """Escape, or a tool of the viewer itself."""
        if tool != self._tool:
            self._tool = LOOK
            self._left()

    def _move(self, viewer: SliceViewer) -> None:
        if viewer.axis == 0:  # across another axis, the index is no frame
            self._moved(viewer.index)

    def _update(self) -> None:
        if self._viewer is not None:
            self._viewer.overlay = [
                *({"kind": "rectangle", "points": box, "style": "tint"} for box in self._tint),
                *overlay_of(self._geometry, self._marked, self._shapes),
            ]

    def _receive(self, told: dict[str, Any] | None) -> None:
        drawn = drawn_of(told)
        if drawn is not None:
            self._drawn(drawn)


def overlay_of(
    geometry: Geometry | None, marked: Lines, shapes: Sequence[MaskShape]
) -> list[dict[str, Any]]:
    """Everything over a frame, as the viewer draws it.

    Parameters
    ----------
    geometry
        Rings, the first line of each with its number from 1, and the direct beam.
    marked
        Lines of one ring.
    shapes
        Of the mask; a threshold has no outline.
    """
    found: list[dict[str, Any]] = []
    if geometry is not None:
        every = 1 + sum(len(line) for _, line in geometry.rings) // _MOST_RING_POINTS
        labelled: set[int] = set()
        for ring, line in geometry.rings:
            label = "" if ring in labelled else str(ring + 1)
            labelled.add(ring)
            found.append(_polyline(line, every, "ring") | {"label": label})
        place = geometry.place
        beam = [[round(place.beam_row, 2), round(place.beam_col, 2)]]
        found.append({"kind": "point", "points": beam, "style": "chosen"})
    found += [_polyline(line, 1, "measure") for _, line in marked]
    for shape in shapes:
        points = [list(point) for point in shape.points]
        if shape.kind == "circle":
            ((row, col),) = shape.points
            points.append([row, col + shape.radius])
        if points:
            style = "erase" if shape.erases else "mask"
            found.append({"kind": shape.kind, "points": points, "style": style})
    return found


def drawn_of(told: dict[str, Any] | None) -> Drawn | None:
    """What the viewer says was drawn; None for what is no part of a mask."""
    if not told or told["kind"] not in _DRAWING:
        return None
    kind: Kind = told["kind"]
    points = tuple((float(row), float(col)) for row, col in told["points"])
    if kind != "circle":
        return Drawn(kind, points)
    center, rim = points
    return Drawn(kind, (center,), math.dist(center, rim))


def _polyline(line: np.ndarray, every: int, style: str) -> dict[str, Any]:
    """A line with all or fewer points, its end among them."""
    points = np.vstack([line[:-1:every], line[-1:]])
    return {"kind": "polyline", "points": np.round(points, 2).tolist(), "style": style}


def _forget(drawn: Drawn) -> None:
    """Nobody asked for a drawing."""


def _nothing() -> None:
    """Nobody wants to know."""
