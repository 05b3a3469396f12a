"""``python -m benchmarks SUBJECT [--quick] [--json | --markdown]``."""

from __future__ import annotations

import argparse
import sys
import time
from importlib import import_module

from rich.console import Console

SUBJECTS = ("tomography", "powder", "service", "viewer", "engines")
"""Packages beside this file: each has a function of its own name and two plans."""


def main(words: list[str] | None = None) -> int:
    """Run one subject and print what it gave; progress goes to standard error."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Daisy and every installed library that does the same, turn by turn on the "
        "same data: times with errors beside them, memory, and the share of what this machine "
        "could do at best.",
    )
    parser.add_argument("subject", help=", ".join(SUBJECTS))
    parser.add_argument("--quick", action="store_true", help="small sizes, a minute or two")
    parser.add_argument("--only-ours", action="store_true", help="leave the other libraries out")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one line of JSON on standard output")
    form.add_argument("--markdown", action="store_true", help="the tables as Markdown")
    values = parser.parse_args(words)
    if values.subject not in SUBJECTS:
        parser.error(
            f"there is no benchmark {values.subject!r}; there is: {', '.join(SUBJECTS)}. "
            "Name one of them."
        )
    progress = Console(stderr=True, highlight=False)
    began = time.monotonic()

    def tell(message: str) -> None:
        progress.print(f"{time.monotonic() - began:6.1f} s  {message}", markup=False, style="dim")

    # Late: numba and the libraries take seconds, which a wrong word should not cost.
    from benchmarks.report import markdown, show

    subject = import_module(f"benchmarks.{values.subject}")
    plan = subject.QUICK_PLAN if values.quick else subject.FULL_PLAN
    report = getattr(subject, values.subject)(plan, only_ours=values.only_ours, tell=tell)
    tell("done")
    if values.json:
        sys.stdout.write(report.as_json() + "\n")
    elif values.markdown:
        sys.stdout.write(markdown(report) + "\n")
    else:
        # A pipe has no width; a table that is cut would be useless there.
        show(report, Console(width=None if sys.stdout.isatty() else 160))
    return 0


if __name__ == "__main__":
    sys.exit(main())
