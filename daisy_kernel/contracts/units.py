"""What the numbers of a data object stand for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Units:
    """Unit of the values, and how far apart they lie, as far as somebody has said so."""

    value: str = ""
    """Such as "counts"; empty: not known, or none."""
    steps_m: tuple[float | None, ...] = ()
    """From one element to the next, for every dimension [m]; None: not known, or no length. Empty:
    none is known."""


NOTHING_KNOWN = Units()


def counted_pixels(down_m: Any, across_m: Any) -> Units:
    """Of a stack of images of counts, whose pixels have a stated size.

    Parameters
    ----------
    down_m, across_m
        Edges of a pixel; None: not stated. What is no size is not known.
    """
    return Units("counts", (None, size_or_none(down_m), size_or_none(across_m)))


def size_or_none(stated: Any) -> float | None:
    """What somebody has stated as a size, if it can be one."""
    is_size = isinstance(stated, int | float) and math.isfinite(stated) and stated > 0
    return float(stated) if is_size else None
