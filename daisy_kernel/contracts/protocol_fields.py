"""What the fields of messages are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Field

MAX_DIMENSIONS = 64
"""As many as NumPy allows."""
MAX_NAME = 1000
"""Longest name [characters]."""


class Message:
    """Base of every message: a field that it does not declare is refused."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(
        extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )


# JSON knows its types: "3" is no number, 3.0 no count, and true no 1.
Text = Annotated[str, Field(strict=True)]
Name = Annotated[str, Field(strict=True, min_length=1, max_length=MAX_NAME)]
Flag = Annotated[bool, Field(strict=True)]
Number = Annotated[float, Field(strict=True)]
Whole = Annotated[int, Field(strict=True)]
Count = Annotated[int, Field(strict=True, ge=0)]
Positive = Annotated[int, Field(strict=True, ge=1)]
Shape = Annotated[Sequence[Count], Field(max_length=MAX_DIMENSIONS)]
Axes = Annotated[Sequence[Name], Field(max_length=MAX_DIMENSIONS)]
Bounds = Annotated[Sequence[Count], Field(min_length=2, max_length=3)]
"""[start, stop] or [start, stop, step] of one dimension."""
Point = Annotated[Sequence[Number], Field(min_length=2, max_length=2)]
"""(row, column) in a plane [px]; pixel centres are on whole numbers."""
Json = dict[str, Any]
"""A JSON object whose keys are not of the protocol: a schema, a document, values by name."""


@dataclass(frozen=True)
class Nothing(Message):
    """No arguments, or no result beyond having been done."""


@dataclass(frozen=True)
class Named(Message):
    """One thing by its name."""

    name: Name
