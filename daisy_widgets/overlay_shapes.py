"""Shapes above a plane: which there are, and what they are made of."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from daisy_kernel.errors import InvalidParameter

KINDS: Mapping[str, tuple[int, int | None]] = {
    "point": (1, 1),
    "text": (1, 1),
    "line": (2, 2),
    "rectangle": (2, 2),
    "circle": (2, 2),
    "polyline": (2, None),
    "polygon": (3, None),
}
"""Kind -> fewest and most points. A rectangle has two opposite corners; a circle its centre and a
point of its rim."""
MEASURES = ("profile", "distance", "region")
"""Tools whose result the viewer shows itself."""
TOOLS = ("look", *MEASURES, "point", "rectangle", "polygon", "circle")
"""What the left button does: nothing, or draw."""
_MOST_POINTS = 20_000
_STYLE = re.compile(r"[a-z]+\Z")


def check_shapes(shapes: Sequence[Mapping[str, Any]]) -> None:
    """Make sure that a browser can draw these shapes.

    Parameters
    ----------
    shapes
        Each with `kind` (one of `KINDS`), `points` ((row, column) each, pixel centres on whole
        numbers) and, if wanted, `label` and `style`: "measure", "ring", "mask", "erase", "chosen".

    Raises
    ------
    InvalidParameter
        If one cannot be drawn, or all together have too many points.
    """
    for number, shape in enumerate(shapes):
        kind, points = str(shape.get("kind")), shape.get("points", ())
        if kind not in KINDS:
            raise InvalidParameter(
                f"Shape {number} is of kind {kind!r}: there are {', '.join(KINDS)}."
            )
        fewest, most = KINDS[kind]
        if len(points) < fewest or (most is not None and len(points) > most):
            raise InvalidParameter(
                f"Shape {number}, a {kind}, has {len(points)} points: it takes "
                f"{fewest if fewest == most else f'{fewest} or more'}."
            )
        if not all(len(point) == 2 and all(map(math.isfinite, point)) for point in points):
            raise InvalidParameter(
                f"Shape {number}, a {kind}, has a point that is not (row, column): give numbers."
            )
        if not _STYLE.match(shape.get("style", "measure")):
            raise InvalidParameter(f"Shape {number} has the style {shape['style']!r}: give a word.")
    if sum(len(shape["points"]) for shape in shapes) > _MOST_POINTS:
        raise InvalidParameter(
            f"The shapes have more than {_MOST_POINTS} points: draw fewer, or coarser ones."
        )
