"""What is written to the terminal: tables, one-line complaints, JSON."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

WIDE = 500
"""Columns where nobody looks at the lines but a program: nothing is wrapped."""


def console() -> Console:
    """Standard output; in colour and as wide as the terminal, plain and unwrapped in a pipe."""
    from rich.console import Console  # late: `daisy --help` needs none of it

    is_terminal = sys.stdout.isatty()
    return Console(
        file=sys.stdout, width=None if is_terminal else WIDE, highlight=False, emoji=False
    )


def diagnostics() -> Console:
    """Standard error, for progress and warnings."""
    from rich.console import Console

    return Console(file=sys.stderr, highlight=False, emoji=False, soft_wrap=True)


def show(table: Table) -> None:
    """A table on standard output; in a pipe without the blanks at the ends of its lines."""
    out = console()
    if out.is_terminal:
        out.print(table)
        return
    with out.capture() as captured:
        out.print(table)
    lines = captured.get().splitlines()
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in lines))


def complain(message: str) -> None:
    """One line on standard error, whatever line breaks the message has."""
    line = " ".join(part.strip() for part in f"daisy: {message}".splitlines() if part.strip())
    if sys.stderr.isatty():
        colour = "33" if line.startswith("daisy: warning:") else "31"
        line = f"\x1b[{colour}m{line}\x1b[0m"
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def write_json(value: Any) -> None:
    """One line of JSON on standard output; numbers that JSON lacks become null."""
    sys.stdout.write(json.dumps(_plain(value), allow_nan=False) + "\n")


def duration(seconds: float) -> str:
    """'0.42 s', '12.3 s', '4 min 5 s', '2 h 10 min'."""
    if seconds < 60:
        return f"{seconds:.2f} s" if seconds < 9.95 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def short_path(path: str | Path) -> str:
    """The path as seen from the working folder, if it lies below."""
    absolute = Path(path).absolute()
    folder = Path.cwd()
    return str(absolute.relative_to(folder) if absolute.is_relative_to(folder) else absolute)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, bool | int | float) else str(value)
