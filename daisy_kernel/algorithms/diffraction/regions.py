"""Rectangles of a detector, as users write them."""

from __future__ import annotations

import re
from collections.abc import Sequence

_REGION = re.compile(r"\s*(\d+)\s*:\s*(\d+)\s*,\s*(\d+)\s*:\s*(\d+)\s*")


def parse_regions(text: str, shape: Sequence[int]) -> list[tuple[slice, slice]]:
    """Rows and columns of each region in ``"10:20,30:45; 0:5,0:5"``.

    Parameters
    ----------
    text
        Regions between semicolons; the ends are not included.
    shape
        (n_row, n_col) of the detector.

    Raises
    ------
    ValueError
        If one is not written so, is empty, or goes beyond the detector.
    """
    regions = []
    for part in filter(str.strip, text.split(";")):
        match = _REGION.fullmatch(part)
        if not match:
            raise ValueError(f"region {part.strip()!r} is not understood: write it as 10:20,30:45")
        top, bottom, left, right = map(int, match.groups())
        if not (top < bottom <= shape[0] and left < right <= shape[1]):
            raise ValueError(
                f"region {part.strip()!r} is empty or goes beyond the {shape[0]} rows and "
                f"{shape[1]} columns of the detector"
            )
        regions.append((slice(top, bottom), slice(left, right)))
    if not regions:
        raise ValueError("no region is given: write one as 10:20,30:45")
    return regions
