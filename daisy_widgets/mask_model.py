"""What was drawn for a mask, without widgets: shapes in their order, and what can be undone."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from daisy_kernel.errors import InvalidParameter

Point = tuple[float, float]
"""Row and column; pixel centres are on integers."""
Kind = Literal["rectangle", "circle", "polygon", "threshold"]
_DIGITS = 2
"""Of a place in a frame: nobody draws finer than a hundredth of a pixel."""


@dataclass(frozen=True)
class MaskShape:
    """Pixels that are excluded together, or taken back."""

    kind: Kind
    points: tuple[Point, ...] = ()
    """Two opposite corners, the centre, or all corners."""
    radius: float = 0.0
    """Of a circle [pixel]."""
    below: float | None = None
    above: float | None = None
    """Of a threshold [counts]."""
    erases: bool = False

    def __post_init__(self) -> None:
        wanted = {"rectangle": 2, "circle": 1, "threshold": 0}.get(self.kind)
        fits = len(self.points) == wanted if wanted is not None else len(self.points) >= 3
        if not fits or not all(math.isfinite(x) for point in self.points for x in point):
            raise InvalidParameter(
                f"A {self.kind} of {len(self.points)} points cannot be drawn: give "
                f"{'three or more' if wanted is None else wanted} within the frame."
            )
        if self.kind == "circle" and not self.radius > 0:
            raise InvalidParameter("A circle without radius holds no pixel: drag it open.")
        if self.kind == "threshold" and self.below is None and self.above is None:
            raise InvalidParameter("A threshold needs a number of counts: fill below or above.")

    @property
    def as_json(self) -> dict[str, Any]:
        """As `DrawMask` reads it."""
        points = [[round(x, _DIGITS) for x in point] for point in self.points]
        told: dict[str, Any] = {"kind": self.kind, "erases": self.erases}
        if self.kind == "rectangle":
            told["corners"] = points
        elif self.kind == "circle":
            told |= {"center": points[0], "radius": round(self.radius, _DIGITS)}
        elif self.kind == "polygon":
            told["points"] = points
        else:
            told |= {"below": self.below, "above": self.above}
        return told

    def __str__(self) -> str:
        does = "takes back" if self.erases else "excludes"
        if self.kind == "threshold":
            limits = (("below", self.below), ("above", self.above))
            said = " or ".join(f"{word} {x:g}" for word, x in limits if x is not None)
            return f"threshold {does} {said}"
        rows, columns = ([point[i] for point in self.points] for i in (0, 1))
        if self.kind == "circle":
            return f"circle {does} radius {self.radius:.0f} at {rows[0]:.0f}, {columns[0]:.0f}"
        spans = (f"{min(x):.0f}–{max(x):.0f}" for x in (rows, columns))
        return f"{self.kind} {does} {', '.join(spans)}"


@dataclass(frozen=True)
class MaskModel:
    """A drawing with its past and what was undone; every change gives another model."""

    shapes: tuple[MaskShape, ...] = ()
    past: tuple[tuple[MaskShape, ...], ...] = field(default=(), repr=False)
    future: tuple[tuple[MaskShape, ...], ...] = field(default=(), repr=False)

    def drawn(self, shape: MaskShape) -> MaskModel:
        """With one more shape, which comes last."""
        return self._changed((*self.shapes, shape))

    def without(self, number: int) -> MaskModel:
        """Without one of the shapes, counted from 0."""
        return self._changed((*self.shapes[:number], *self.shapes[number + 1 :]))

    def cleared(self) -> MaskModel:
        """Without any shape; that can be undone, too."""
        return self._changed(()) if self.shapes else self

    def undone(self) -> MaskModel:
        """As before the last change; the same if there was none."""
        if not self.past:
            return self
        return MaskModel(self.past[-1], self.past[:-1], (self.shapes, *self.future))

    def redone(self) -> MaskModel:
        """With the change that was undone last; the same if there is none."""
        if not self.future:
            return self
        return MaskModel(self.future[0], (*self.past, self.shapes), self.future[1:])

    @property
    def text(self) -> str:
        """All shapes as `DrawMask` and the workflow `mask` take them."""
        return json.dumps([shape.as_json for shape in self.shapes])

    def _changed(self, shapes: tuple[MaskShape, ...]) -> MaskModel:
        return replace(self, shapes=shapes, past=(*self.past, self.shapes), future=())
