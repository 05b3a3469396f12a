"""Files to which lines of JSON are added, while a kill may come at any time."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


def append_line(path: Path, content: Mapping[str, Any]) -> None:
    """Add a line of JSON; one that a kill cut short does not swallow it."""
    line = json.dumps(content, allow_nan=False).encode() + b"\n"
    with path.open("a+b") as file:
        if file.tell() > 0:
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                line = b"\n" + line
        file.write(line)


def read_lines(path: Path, tail_bytes: int | None = None) -> Iterator[dict[str, Any]]:
    """Lines of JSON, or those among the last bytes; one that a kill cut short is left out."""
    if not path.exists():
        return
    with path.open("rb") as file:
        if tail_bytes is not None:
            file.seek(max(0, path.stat().st_size - tail_bytes))
        content = file.read()
    for line in content.splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, dict):
            yield value
