"""One run: how far it is, what it says, what it has given, how it differs from another."""

from __future__ import annotations

import time
from collections.abc import Mapping
from html import escape
from typing import Any

from ipywidgets import HTML, Dropdown, Text

from daisy_kernel.errors import DaisyError
from daisy_kernel.session import Session, local_session
from daisy_kernel.session.display import html_heading, html_table, when_in_words, with_sign
from daisy_kernel.session.run_handle import RunHandle
from daisy_widgets.panel_box import button, row, show
from daisy_widgets.run_follower import Record
from daisy_widgets.run_panel import RunPanel
from daisy_widgets.run_story import Line, RunStory, Stage, differing_parameters

_MOST_LINES = 500
"""Of a longer log the last ones are shown."""
_MOST_RUNS = 50
"""That one can choose from to compare; any run can be named to `RunView.compare`."""
_RESUMABLE = ("failed", "cancelled", "interrupted")


class RunView(RunPanel):
    """Look at a run: progress per stage, log, cancel, resume, results, comparison.

    The run is asked about only while it goes on.

    Parameters
    ----------
    session
        Knows the run; default, the kernel of this notebook.
    run_id
        Its id, or the beginning of it if only one run has it; default, the run that goes on, or
        else the newest one.

    Raises
    ------
    DaisyError
        If there is no such run, or none at all.

    Examples
    --------
    >>> RunView()  # doctest: +SKIP
    >>> RunView(session, run.id).compare(another.id)  # doctest: +SKIP
    """

    run: RunHandle

    def __init__(self, session: Session | None = None, run_id: str | None = None):
        chosen = local_session() if session is None else session
        super().__init__(chosen, "Run")
        record = _run_of(chosen, run_id).record
        self.entitle(
            record["workflow"], f"{record['id']}, asked for at {when_in_words(record['created'])}"
        )
        self._story = RunStory()
        self.resume = button("Resume", self._resume, tooltip="Go on where it stopped")
        self.starters = (self.resume,)
        self.stages, self.log_lines, self.comparison = HTML(), HTML(), HTML()
        self.stages.add_class("daisy-plan")
        self.log_lines.add_class("daisy-log")
        self.filter = Text(description="log with", placeholder="every line")
        self.filter.observe(lambda change: self._show_log(), "value")
        self.other = Dropdown(description="compare with", options=[("no other run", "")])
        self.other.observe(lambda change: self._compare_with(change["new"]), "value")
        self.fill(
            [
                self.notice.widget,
                self.progress.widget,
                self.stages,
                row([self.resume]),
                self.results.widget,
                row([self.filter]),
                self.log_lines,
                row([self.other]),
                self.comparison,
            ]
        )
        show(self.resume, False)
        self.ask("others", lambda: chosen.runs.summaries(record["workflow"]), self._list_others)
        self.follow(RunHandle(chosen.transport, record["id"]))

    def compare(self, other_run: str) -> RunView:
        """Show the parameters of this and another run beside each other.

        Parameters
        ----------
        other_run
            Id of the other one.
        """
        self._compare_with(other_run)
        return self

    def _compare_with(self, other_run: str) -> None:
        if not other_run:
            self.jobs.forget("compare")
            self.comparison.value = ""
            return
        here, other = self.run, RunHandle(self.session.transport, other_run)
        self.ask("compare", lambda: (here.record, other.record), self._show_comparison)

    def _list_others(self, runs: list[Record]) -> None:
        others = [run for run in runs if run["id"] != self.run.id][:_MOST_RUNS]
        self.other.options = [
            *self.other.options[:1],
            *((f"{when_in_words(r['created'])}, {r['state']}, {r['id']}", r["id"]) for r in others),
        ]
        self.other.disabled = not others

    def see(self, record: Record) -> None:
        """The run has come further."""
        self._story.tell(self.run.events(self._story.next))
        self.stages.value = _html_stages(self._story.stages)
        self._show_log()
        show(self.resume, record["state"] in _RESUMABLE)
        super().see(record)

    def say(self, record: Record) -> None:
        """Tell how the run is, with the sign of its state."""
        state = record["state"]
        if state == "failed":
            self.notice.error(DaisyError(record["error"]))
        elif state in ("queued", "running"):
            self.notice.busy(f"{with_sign(state)}: {record['progress']['title']}".rstrip(": "))
        else:
            self.notice.done(f"{with_sign(state)} {record['error']}".strip())

    def _show_log(self) -> None:
        lines = self._story.lines_with(self.filter.value)[-_MOST_LINES:]
        self.log_lines.value = "".join(map(_html_line, lines)) or (
            "No line has this." if self._story.lines else "Nothing was logged."
        )

    def _show_comparison(self, records: tuple[Record, Record]) -> None:
        here, there = records
        rows = [r for r in differing_parameters(here, there) if r[1:3] != (None, None)]
        table = html_table(
            ("parameter", here["id"], there["id"], ""),
            [(n, _value(a), _value(b), "≠" if differs else "") for n, a, b, differs in rows],
        )
        count = sum(differs for *_, differs in rows)
        self.comparison.value = html_heading(f"{count} of {len(rows)} parameters differ") + table

    def _resume(self) -> None:
        self.start_run(self.run.resume)


def _run_of(session: Session, run_id: str | None) -> RunHandle:
    if run_id is not None:
        return RunHandle(session.transport, run_id)
    current = session.runs.current()
    if current is None:
        raise DaisyError("No run is recorded yet: start one in a panel or with session.run(...).")
    return current


def _html_stages(stages: list[Stage]) -> str:
    items = "".join(
        f"<li><span>{escape(s.text)}</span> "
        f"<progress value='{s.done}' max='{max(1, s.blocks)}'></progress> {s.done}/{s.blocks}</li>"
        for s in stages
    )
    return f"<ol>{items}</ol>"


def _html_line(line: Line) -> str:
    when = time.strftime("%H:%M:%S", time.localtime(line.time))
    return f"<div class='daisy-{line.level}'>{when} {escape(line.message)}</div>"


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {entry}" for name, entry in value.items())
    return "" if value is None else str(value)
