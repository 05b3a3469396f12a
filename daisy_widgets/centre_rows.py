"""What was found in which detector row, as a table."""

from __future__ import annotations

from daisy_kernel.session.display import html_table
from daisy_widgets.centre_model import CentreModel


def html_rows(model: CentreModel) -> str:
    """Rows in their order, with what one should know of each."""
    line = model.line
    lines = []
    for result in sorted(model.rows.values(), key=lambda r: r.row):
        column = result.column
        off = "" if line is None or column is None else f"{column - line.column(result.row):+.2f}"
        lines.append(
            (
                str(result.row),
                "" if column is None else f"{column:.2f}",
                "" if result.found is None else f"{result.found:.2f}",
                f"{result.confidence:.2f}",
                off,
                result.remark,
            )
        )
    headings = ("row", "cleanest", "found", "confidence", "off the line", "")
    return html_table(headings, lines)
