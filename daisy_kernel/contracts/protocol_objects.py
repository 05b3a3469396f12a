"""Messages about data objects; arrays travel beside them, as little-endian buffers in C order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from daisy_kernel.contracts.protocol_fields import (
    MAX_DIMENSIONS,
    Axes,
    Bounds,
    Count,
    Message,
    Name,
    Number,
    Point,
    Positive,
    Shape,
    Text,
    Whole,
)

MAX_READ_BYTES = 1 << 30
"""What one reply may carry [bytes]."""
MAX_CHUNK_BYTES = 1 << 26
"""What one request may carry [bytes]; larger arrays are put in pieces."""
MAX_IMAGE_SIDE = 8192
"""Longest side of a picture [px]."""
MAX_BINS = 65536
MAX_SAMPLES = 65536

ObjectKind = Literal["array", "reference", "recipe"]


@dataclass(frozen=True)
class DataObjectInfo(Message):
    """One entry of the data store, without its numbers."""

    name: Text
    shape: Shape
    dtype: Text
    """As NumPy writes it: "float32"."""
    axes: Axes | None
    """One name per dimension; null until an algorithm has named them."""
    nbytes: Count
    """Size of the whole object [bytes]."""
    kind: ObjectKind
    """In memory, in a file and read on demand, or computed when it is read."""
    unit: Text
    """Of the values, as a file states it; empty: not known, or none."""
    steps_m: Sequence[Number | None]
    """From one element to the next, for every dimension [m]; null: not known, or no length. Empty:
    none is known."""


@dataclass(frozen=True)
class ObjectList(Message):
    """Every data object."""

    objects: Sequence[DataObjectInfo]


@dataclass(frozen=True)
class OpenFile(Message):
    """A file whose data become data objects, without being read."""

    path: Name
    """File or folder, or FILE:/dataset; relative to the kernel's folder."""
    name: Name | None = None
    """What the first object is called; null: as the file."""


@dataclass(frozen=True)
class ReadObject(Message):
    """A hyperslab of a data object."""

    name: Name
    selection: Annotated[Sequence[Bounds], Field(max_length=MAX_DIMENSIONS)] | None = None
    """[start, stop] or [start, stop, step] for every dimension; null: everything."""
    max_bytes: Count | None = None
    """Refuse rather than send more than this; null: what one reply may carry."""


@dataclass(frozen=True)
class ArrayInfo(Message):
    """What the one buffer beside this reply holds."""

    shape: Shape
    dtype: Text
    """As NumPy codes it: "<f4"."""


@dataclass(frozen=True)
class ShowPlane(Message):
    """A display-sized plane of a data object with two or more dimensions.

    Of more than three, all but the last two are counted as one, in C order.
    """

    name: Name
    axis: Whole = 0
    """Dimension across which the plane lies; of no meaning with two dimensions."""
    index: Whole = 0
    """Where along that dimension."""
    max_size: Positive = 512
    """Longest side [px]: squares of pixels are averaged until the plane fits."""
    binning: Positive | None = None
    """Side of these squares [px]; null: as `max_size` needs it."""
    bits: Literal[8, 16] = 8
    low: Number | None = None
    """Value of level 0; null: smallest value of the plane."""
    high: Number | None = None
    """Value of the highest level; null: largest value of the plane."""
    region: Annotated[Sequence[Bounds], Field(min_length=2, max_length=2)] | None = None
    """[start, stop] of its rows, and of its columns: only this is shown; null: all of it."""
    minus: Name | None = None
    """An object of equal shape whose values are taken away first; null: none."""


@dataclass(frozen=True)
class Picture(Message):
    """What the one buffer beside this reply holds: levels, uint8 or uint16."""

    shape: Shape
    """(rows, columns) of the buffer."""
    full_shape: Shape
    """(rows, columns) of the plane before squares were averaged."""
    binning: Positive
    """Side of the squares [px]."""
    bits: Literal[8, 16]
    low: Number
    """Value of level 0, which also stands for what is below and for NaN."""
    high: Number
    """Value of the highest level, which also stands for what is above."""
    axis: Whole
    index: Whole


@dataclass(frozen=True)
class AskRange(Message):
    """The range of values in a few planes across a dimension."""

    name: Name
    axis: Whole = 0
    minus: Name | None = None
    """An object of equal shape whose values are taken away first; null: none."""


@dataclass(frozen=True)
class ValueRange(Message):
    """The finite values of a few planes, averaged over squares of two pixels: noise counts less."""

    low: Number
    high: Number
    percentile_1: Number
    percentile_99: Number


@dataclass(frozen=True)
class CountValues(Message):
    """How often values occur in a plane, or in a few planes."""

    name: Name
    axis: Whole = 0
    index: Whole | None = None
    """Which plane across `axis`; null: a few planes spread over the object."""
    bins: Annotated[int, Field(strict=True, ge=1, le=MAX_BINS)] = 256
    low: Number | None = None
    """Lower edge of the first bin; null: smallest finite value."""
    high: Number | None = None
    """Upper edge of the last bin, inclusive; null: largest finite value."""
    minus: Name | None = None
    """An object of equal shape whose values are taken away first; null: none."""


@dataclass(frozen=True)
class Histogram(Message):
    """What the one buffer beside this reply holds: `bins` counts, uint32."""

    bins: Positive
    low: Number
    high: Number
    below: Count
    """Values below `low`, minus infinity among them."""
    above: Count
    """Values above `high`, infinity among them."""
    missing: Count
    """NaN."""


@dataclass(frozen=True)
class DrawProfile(Message):
    """Values along a line in a plane."""

    name: Name
    start: Point
    """(row, column) of the first sample [px]; pixel centres are on whole numbers."""
    stop: Point
    """(row, column) of the last sample [px]."""
    axis: Whole = 0
    index: Whole = 0
    samples: Annotated[int, Field(strict=True, ge=2, le=MAX_SAMPLES)] | None = None
    """How many points; null: one per pixel of length."""
    width: Annotated[int, Field(strict=True, ge=1, le=1000)] = 1
    """Parallel lines, one pixel apart, that are averaged."""


@dataclass(frozen=True)
class Profile(Message):
    """What the one buffer beside this reply holds: `samples` values, float32, NaN outside."""

    samples: Positive
    length: Number
    """From the first to the last sample [px]."""


@dataclass(frozen=True)
class SumUpRegion(Message):
    """The values within a rectangle of a plane."""

    name: Name
    rows: Bounds
    """[start, stop]"""
    columns: Bounds
    """[start, stop]"""
    axis: Whole = 0
    index: Whole = 0
    minus: Name | None = None
    """An object of equal shape whose values are taken away first; null: none."""


@dataclass(frozen=True)
class Statistics(Message):
    """Of the finite values of a rectangle; without any, the numbers are null."""

    count: Count
    """Finite values."""
    missing: Count
    """NaN and infinities."""
    mean: Number | None
    deviation: Number | None
    """Standard deviation, of the values themselves (divided by their number)."""
    low: Number | None
    """Smallest value."""
    high: Number | None
    """Largest value."""
    median: Number | None


@dataclass(frozen=True)
class PutObject(Message):
    """An array, or a piece of one, that comes as the one buffer beside this request.

    The object is there once its last byte has come; until then nobody sees it. Pieces come in
    order. A piece that came before may be sent again, so a client may repeat what got no answer.
    """

    name: Name
    shape: Shape
    dtype: Text
    """As NumPy codes it: "<f4"."""
    axes: Axes | None = None
    upload: Name | None = None
    """Chosen by the sender, the same for all pieces of one array; null: it comes in one piece."""
    offset: Count = 0
    """Position of the piece's first byte in the array [bytes]."""


@dataclass(frozen=True)
class PutProgress(Message):
    """How much of an array has come."""

    received: Count
    """Bytes so far: the offset of the next piece."""
    nbytes: Count
    """Size of the whole array [bytes]."""
    object: DataObjectInfo | None
    """The object, once it is complete."""
