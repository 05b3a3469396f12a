"""Masks drawn by hand: shapes that exclude pixels or take them back, one after the other."""

from __future__ import annotations

import math
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

_MOST_SHAPES = 10_000
_MOST_CORNERS = 10_000
Pixel = Annotated[float, Field(allow_inf_nan=False, ge=-1e7, le=1e7)]
Point = tuple[Pixel, Pixel]
"""Row and column; pixel centres are on integers."""
Mask = NDArray[np.bool_]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    erases: bool = False
    """Whether the pixels are taken back instead of excluded."""


class Rectangle(_Shape):
    """Pixels whose centres lie between two corners, edges included."""

    kind: Literal["rectangle"]
    corners: tuple[Point, Point]

    def pixels(self, image: NDArray[np.float32]) -> Mask:
        """Which pixels it holds."""
        (top, left), (bottom, right) = np.sort(self.corners, axis=0)
        rows, columns = (np.arange(n) for n in image.shape)
        return np.logical_and.outer(
            (rows >= top) & (rows <= bottom), (columns >= left) & (columns <= right)
        )


class Circle(_Shape):
    """Pixels whose centres lie within a radius, edge included."""

    kind: Literal["circle"]
    center: Point
    radius: Annotated[float, Field(gt=0, allow_inf_nan=False)]

    def pixels(self, image: NDArray[np.float32]) -> Mask:
        """Which pixels it holds."""
        rows, columns = np.ogrid[: image.shape[0], : image.shape[1]]
        row, column = self.center
        return np.asarray((rows - row) ** 2 + (columns - column) ** 2 <= self.radius**2)


class Polygon(_Shape):
    """Pixels whose centres lie inside a closed line; where it crosses itself, by parity."""

    kind: Literal["polygon"]
    points: Annotated[tuple[Point, ...], Field(min_length=3, max_length=_MOST_CORNERS)]

    def pixels(self, image: NDArray[np.float32]) -> Mask:
        """Which pixels it holds."""
        return polygon_pixels(np.array(self.points), image.shape)


class Threshold(_Shape):
    """Pixels of the image below or above a number of counts, wherever they are."""

    kind: Literal["threshold"]
    below: Annotated[float | None, Field(allow_inf_nan=False)] = None
    above: Annotated[float | None, Field(allow_inf_nan=False)] = None

    @model_validator(mode="after")
    def _has_limit(self) -> Threshold:
        if self.below is None and self.above is None:
            raise ValueError("a threshold needs below or above")
        return self

    def pixels(self, image: NDArray[np.float32]) -> Mask:
        """Which pixels it holds; what is not finite is neither below nor above."""
        below = -math.inf if self.below is None else self.below
        above = math.inf if self.above is None else self.above
        return np.asarray((image < below) | (image > above))


Shape = Rectangle | Circle | Polygon | Threshold
_SHAPES = TypeAdapter(
    Annotated[
        tuple[Annotated[Shape, Field(discriminator="kind")], ...], Field(max_length=_MOST_SHAPES)
    ]
)


def parse_shapes(text: str) -> tuple[Shape, ...]:
    """Shapes in the order in which they were drawn.

    Parameters
    ----------
    text
        JSON: a list of objects with `kind` ("rectangle", "circle", "polygon", "threshold"), what
        the class of that name holds, and `erases`.

    Raises
    ------
    ValueError
        If it is not such a list; says which shape is wrong.
    """
    try:
        return _SHAPES.validate_json(text.strip() or "[]")
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"])) or "the text"
        raise ValueError(
            f"the drawn shapes are not understood at {place}: {first['msg']}; expected a JSON list "
            'such as [{"kind": "circle", "center": [10, 20], "radius": 5}]'
        ) from None


def polygon_pixels(corners: NDArray[np.float64], shape: tuple[int, ...]) -> Mask:
    """The pixels whose centres lie inside a polygon.

    Parameters
    ----------
    corners : (n, 2)
        Rows and columns; the last is joined with the first.
    shape
        (n_row, n_col)

    Notes
    -----
    A pixel is inside if a ray to the right crosses the outline an odd number of times. Each edge
    turns over the pixels left of it, in the rows that it spans: a few operations per row and edge.
    """
    n_row, n_col = shape
    inside = np.zeros(shape, np.bool_)
    columns = np.arange(n_col)
    for (row_a, col_a), (row_b, col_b) in zip(corners, np.roll(corners, -1, 0), strict=True):
        # A corner on a row belongs to the edge below it alone, so that no crossing counts twice.
        lo, hi = (max(0, min(n_row, math.ceil(row))) for row in sorted((row_a, row_b)))
        if lo < hi:
            rows = np.arange(lo, hi)
            at = col_a + (rows - row_a) * ((col_b - col_a) / (row_b - row_a))
            inside[lo:hi] ^= columns < at[:, None]
    return inside


def drawn(image: NDArray[np.float32], shapes: tuple[Shape, ...], start: Mask) -> Mask:
    """What is excluded after all shapes.

    Parameters
    ----------
    image : (n_row, n_col) [counts]
        What thresholds look at.
    shapes
        In their order: a later one takes back what an earlier one excluded.
    start : (n_row, n_col)
        What is excluded before the first.
    """
    mask = start.copy()
    for shape in shapes:
        mask[shape.pixels(image)] = not shape.erases
    return mask
