"""What is printed: a table for the terminal, or Markdown for the README."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmarks.records import OURS, Report, Row, find, growth, threads_in_words

_COLUMNS = (
    "case",
    "N",
    "threads",
    "library",
    "time",
    "95 %",
    "of Daisy's",
    "error",
    "flat",
    "scaled",
    "of limit",
    "growth",
    "memory",
)
_RIGHT = {
    "N",
    "threads",
    "time",
    "95 %",
    "of Daisy's",
    "error",
    "flat",
    "scaled",
    "of limit",
    "growth",
}


def show(report: Report, console: Console) -> None:
    """Tables of rows and claims, and on what they were measured."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    columns, lines = _filled(report)
    for name in columns:
        table.add_column(name, justify="right" if name in _RIGHT | {"memory"} else "left")
    previous = None
    for row, cells in zip(report.rows, lines, strict=True):
        place = (row.case, row.n, row.threads if row.per in ("slice", "frame") else None)
        if previous not in (None, place):
            table.add_section()
        previous = place
        style = "bold" if row.who == OURS else ""
        table.add_row(*(Text(cell) for cell in cells), style=style)
    console.print(table)
    claims = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("claim", "value", "wanted", ""):
        claims.add_column(name, justify="left" if name == "claim" else "right")
    for claim in report.claims:
        claims.add_row(
            Text(claim.claim),
            f"{claim.value:.4g}",
            _wanted(claim.at_least, claim.at_most),
            Text("yes", "green") if claim.holds else Text("NO", "bold red"),
        )
    if report.claims:
        console.print(claims)
    for line in _footnotes(report):
        console.print(line, markup=False, highlight=False, style="dim")


def markdown(report: Report) -> str:
    """The performance table of the README."""
    columns, rows = _filled(report)
    lines = [
        "| " + " | ".join(columns) + " |",
        "|" + "|".join("--:" if name in _RIGHT | {"memory"} else "---" for name in columns) + "|",
    ]
    lines += ["| " + " | ".join(cells) + " |" for cells in rows]
    if report.claims:
        lines += ["", "| claim | value | wanted | holds |", "|---|--:|--:|---|"]
        lines += [
            f"| {claim.claim} | {claim.value:.4g} "
            f"| {_wanted(claim.at_least, claim.at_most)} | {'yes' if claim.holds else '**no**'} |"
            for claim in report.claims
        ]
    return "\n".join([*lines, "", *_footnotes(report)])


def _filled(report: Report) -> tuple[list[str], list[list[str]]]:
    """The columns that have something to say, and the cells of every row."""
    lines = [_cells(report, row) for row in report.rows]
    used = [k for k, _ in enumerate(_COLUMNS) if any(cells[k] for cells in lines)]
    return [_COLUMNS[k] for k in used], [[cells[k] for k in used] for cells in lines]


def _cells(report: Report, row: Row) -> list[str]:
    ours = find(report.rows, case=row.case, who=OURS, n=row.n, threads=row.threads) or find(
        report.rows, case=row.case, who=OURS, n=row.n
    )
    exponent = growth(report.rows, row)
    return [
        row.case,
        str(row.n),
        str(row.threads),
        row.who,
        f"{_duration(row.seconds)}/{row.per}",
        _duration(row.p95) if row.p95 is not None else "",
        _ratio(row.seconds / ours.seconds) if ours and ours is not row else "",
        _number(row.error),
        _number(row.error_flat),
        _number(row.error_scaled),
        f"{row.share:.0%} {row.limit}" if row.share is not None else "",
        f"N^{exponent:.1f}" if exponent is not None else "",
        _size(row.peak_memory),
    ]


def _footnotes(report: Report) -> list[str]:
    machine = report.machine
    lines = [
        f"{machine['processor']}, {machine['threads']} threads, {_size(machine['memory'])} memory; "
        f"Python {machine['python']}, load {machine['load'] or 0:.1f} at the start."
    ]
    lines += [
        f"Limits, {threads_in_words(limits['threads'])}: "
        f"read {limits['read'] / 1e9:.1f} GB/s, copy {limits['copy'] / 1e9:.1f} GB/s (read and "
        f"written), FMA {limits['flops'] / 1e9:.0f} GFLOP/s."
        for limits in machine["limits"]
    ]
    lines += [
        f"{row.case}, {row.who}: {row.bytes / row.seconds / 1e9:.2f} GB/s of input."
        for row in report.rows
        if row.per in ("block", "file")
    ]
    lines += [
        f"{row.case}, N = {row.n}, {row.who}: relative residual {row.residual:.4g}."
        for row in report.rows
        if row.residual is not None
    ]
    lines += [
        f"{row.case}, {row.who}: {1 / row.seconds:.0f} frames/s of {row.stored}."
        for row in report.rows
        if row.stored is not None
    ]
    lines += [
        f"{row.case}, N = {row.n}, {row.who}: {1 / row.seconds:.0f} frames/s, "
        f"{row.received / 1e3:.0f} kB received for each."
        for row in report.rows
        if row.received is not None
    ]
    for name in machine["numpy_slowed_by"]:
        lines.append(f"{name}={machine['environment'][name]} is set, which may slow NumPy down.")
    lines += [f"Left out: {who}, which {why}." for who, why in machine["left_out"].items()]
    lines += [
        f"Left out: {name}, {why}."
        for name, why in machine["peers"].items()
        if why.startswith("not installed")
    ]
    return lines


def _wanted(at_least: float | None, at_most: float | None) -> str:
    return f"at least {at_least:.3g}" if at_least is not None else f"at most {at_most:.3g}"


def _ratio(value: float) -> str:
    return f"{value:.0f}×" if value >= 10 else f"{value:.1f}×"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2g}"


def _duration(seconds: float) -> str:
    return f"{seconds * 1e3:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
