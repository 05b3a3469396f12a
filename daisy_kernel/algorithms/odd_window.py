"""The width of a window that has a middle."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator


def _with_middle(size: int) -> int:
    if size % 2 == 0 and size != 0:
        raise ValueError(f"a window has a middle, so its width must be odd: give {size + 1}")
    return size


OddWindow = Annotated[int, AfterValidator(_with_middle)]
"""An odd number, or 0 where nothing is to be done."""
