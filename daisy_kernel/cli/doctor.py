"""``daisy doctor``: self-test of the installation."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from daisy_kernel.cli.parser import Parser
from daisy_kernel.cli.terminal import complain, show, write_json

if TYPE_CHECKING:
    from daisy_kernel.cli.checks import Check

_SIGNS = {
    "ok": ("✓", "green"),
    "warning": ("!", "yellow"),
    "absent": ("–", "dim"),
    "broken": ("✗", "bold red"),
}


def doctor(words: list[str]) -> int:
    """Check everything that Daisy needs or can use; 1 if something that it needs is broken."""
    parser = Parser(
        "daisy doctor",
        description="Self-test of the installation: what works, what is missing, what to do.",
    )
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    values = parser.parse_all(words)
    from daisy_kernel.cli.checks import all_checks

    checks = list(all_checks())
    broken = [check.name for check in checks if check.state == "broken"]
    if values["json"]:
        write_json({"ok": not broken, "checks": [asdict(check) for check in checks]})
    else:
        _print(checks)
    if broken:
        complain(f"broken: {', '.join(broken)}; see the advice in the table.")
    return 1 if broken else 0


def _print(checks: list[Check]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("", "check", "found", "advice"):
        table.add_column(heading, style="bold" if heading == "check" else "", overflow="fold")
    for check in checks:
        sign, style = _SIGNS[check.state]
        table.add_row(
            Text(sign, style=style), Text(check.name), Text(check.found), Text(check.advice)
        )
    show(table)
