"""Images in files of their own: which of them belong together, and in which order."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

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


def series_identity(paths: Sequence[Path]) -> dict[str, Any]:
    """Folder, first and last file of a series, total size [bytes] and latest change [ns].

    Raises
    ------
    FileProblem
        If a file is gone.
    """
    status = [file_status(path) for path in paths]
    first, last = paths[0], paths[-1]
    return {
        "file": str(first if first == last else first.parent),
        "dataset": first.name if first == last else f"{first.name} ... {last.name}",
        "n_file": len(paths),
        "size": sum(s.st_size for s in status),
        "mtime_ns": max(s.st_mtime_ns for s in status),
    }


def file_status(path: Path) -> os.stat_result:
    """Size and time of change of a file that belongs to a series.

    Raises
    ------
    FileProblem
        If it cannot be looked at.
    """
    try:
        return path.stat()
    except OSError as error:
        raise FileProblem(
            f"{path} cannot be read ({error.strerror}): it belongs to a series; put it back."
        ) from error
