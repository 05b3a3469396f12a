"""Images in files of their own: which of them belong together, and in which order."""

from __future__ import annotations

import re
from pathlib import Path

from daisy_kernel.errors import FileProblem


def natural_order(path: Path) -> list[tuple[int, str]]:
    """Sorts numbers within names by value: 2 before 10."""
    pieces = re.split(r"(\d+)", path.name)
    return [(int(piece), "") if piece.isdigit() else (-1, piece) for piece in pieces]


def require_one_series(files: list[Path]) -> None:
    """Make sure that the names differ in numbers only.

    Raises
    ------
    FileProblem
        If they do not; lists the series that there are.
    """
    series: dict[str, int] = {}
    for path in files:
        pattern = re.sub(r"\d+", "*", path.name)
        series[pattern] = series.get(pattern, 0) + 1
    if len(series) > 1:
        listed = ", ".join(f"{pattern} ({n})" for pattern, n in list(series.items())[:6])
        raise FileProblem(
            f"{files[0].parent} holds several series of images: {listed}. Name one by its "
            f"pattern, such as '{files[0].parent / next(iter(series))}'."
        )
