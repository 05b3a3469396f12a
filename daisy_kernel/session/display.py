"""How public objects show themselves: as text in a terminal, as a small table in a notebook.

The HTML has neither scripts nor colours of its own: a notebook's theme, light or dark, decides.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from html import escape

MOST_ROWS = 60
"""Rows of one table; a kernel may know thousands of runs."""

_LEFT = " style='text-align:left'"
_DIM = "opacity:0.7"
_ERROR = "color:var(--jp-error-color1, #e2555a)"
_STATE_SIGNS = {
    "queued": "…",
    "running": "▶",
    "done": "✓",
    "failed": "✗",
    "cancelled": "■",
    "interrupted": "!",
}


def html_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Cells of plain text as a table; the first of every row is its name."""
    listed = [list(row) for row in rows]
    head = "".join(f"<th{_LEFT}>{escape(heading)}</th>" for heading in headings)
    body = "".join(
        f"<tr><th{_LEFT}>{escape(row[0])}</th>"
        + "".join(f"<td{_LEFT}>{escape(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in listed[:MOST_ROWS]
    )
    more = len(listed) - MOST_ROWS
    rest = f"<div style='{_DIM}'>and {more} more</div>" if more > 0 else ""
    top = f"<thead><tr>{head}</tr></thead>" if any(headings) else ""
    return f"<table>{top}<tbody>{body}</tbody></table>{rest}"


def html_heading(title: str, text: str = "") -> str:
    """A name in bold and what it is."""
    return f"<div><b>{escape(title)}</b> {escape(text)}</div>"


def html_note(text: str) -> str:
    """A line that matters less."""
    return f"<div style='{_DIM}'>{escape(text)}</div>"


def html_error(text: str) -> str:
    """What went wrong."""
    return f"<div style='{_ERROR}'>{escape(text)}</div>"


def html_bar(fraction: float) -> str:
    """How much is done, 0 to 1."""
    return f"<progress value='{fraction:.4f}' max='1' style='width:16em'></progress>"


def with_sign(state: str) -> str:
    """The state of a run, led by a sign that needs no colour."""
    return f"{_STATE_SIGNS[state]} {state}"


def size_in_words(nbytes: float) -> str:
    """A size for people: '1.5 GB'."""
    for unit in ("B", "kB", "MB", "GB"):
        if nbytes < 999.5:
            return f"{nbytes:.3g} {unit}"
        nbytes /= 1000
    return f"{nbytes:.3g} TB"


def shape_in_words(shape: Sequence[int]) -> str:
    """'90 × 16 × 128', or 'one value'."""
    return " × ".join(map(str, shape)) or "one value"


def when_in_words(seconds: float) -> str:
    """Local date and time of seconds since 1970-01-01 UTC."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
