"""``%daisy`` and ``%%workflow``."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring
from IPython.display import display

from daisy_kernel.contracts.events import FINAL_STATES
from daisy_kernel.errors import DaisyError
from daisy_kernel.jupyter.workflow_cell import parse_cell
from daisy_kernel.session import local_session
from daisy_kernel.session.descriptions import PlanDescription
from daisy_kernel.session.display import html_table
from daisy_kernel.session.plain_values import plain
from daisy_kernel.session.run_handle import RunHandle

_SIGNS = {"ok": "✓", "warning": "!", "absent": "–", "broken": "✗"}
_REDRAW_S = 0.5


@magics_class
class DaisyMagics(Magics):
    """Shorthand for the session of this kernel."""

    shell: Any
    """IPython's; not None once the magics are registered."""

    @line_magic
    def daisy(self, line: str) -> Any:
        """``%daisy [objects | runs | workflows | algorithms | doctor]``: what there is."""
        session = local_session()
        known: dict[str, Callable[[], Any]] = {
            "": lambda: session,
            "objects": lambda: session.objects,
            "runs": lambda: session.runs,
            "workflows": lambda: session.workflows,
            "algorithms": lambda: session.algorithms,
            "doctor": doctor,
        }
        word = line.strip()
        if word not in known:
            raise UsageError(f"%daisy knows no {word!r}; write %daisy {' | '.join(known).strip()}.")
        return known[word]()

    @magic_arguments()
    @argument("words", nargs="*", help="the workflow, and NAME=VALUE of its inputs")
    @argument("--check", action="store_true", help="only say what would be done")
    @argument("--wait", action="store_true", help="follow the run; an interrupt cancels it")
    @argument("--overwrite", action="store_true", help="replace existing outputs")
    @argument("--memory", help="budget for arrays, such as 4GB")
    @argument("--threads", type=int, help="blocks computed at once")
    @argument("--engine", default="inprocess", help="which engine runs it")
    @cell_magic
    def workflow(self, line: str, cell: str) -> Any:
        """Run a workflow: its name behind %%workflow, then lines of NAME = VALUE.

        A value is a Python literal, $NAME for a variable of the notebook, or plain text; the name
        step.parameter sets what is no input of the workflow. A cell that begins with { is a
        workflow document; its inputs then stand behind %%workflow. The run goes on when the cell
        has ended: the cell's value is its handle.
        """
        asked = parse_argstring(self.workflow, line)
        transport = local_session().transport
        try:
            given = parse_cell(asked.words, cell, self.shell.user_ns)
            request = {
                "workflow": given.workflow,
                "inputs": {name: plain(value) for name, value in given.inputs.items()},
                "overrides": {name: plain(value) for name, value in given.overrides.items()},
                "engine": asked.engine,
                "options": {
                    "memory": asked.memory,
                    "threads": asked.threads,
                    "overwrite": asked.overwrite,
                },
            }
            if asked.check:
                return PlanDescription(transport.call("workflow.check", request)[0])
            run = RunHandle(transport, transport.call("run.start", request)[0]["id"])
        except DaisyError as error:
            raise UsageError(str(error)) from error
        return _follow(run) if asked.wait else run


def _follow(run: RunHandle) -> None:
    """Show a run until it has ended; an interrupt cancels it."""
    try:
        shown = display(run, display_id=True)
        while (record := run.record)["state"] not in FINAL_STATES:
            time.sleep(_REDRAW_S)
            shown.update(run)
        shown.update(run)
    except KeyboardInterrupt:
        run.cancel()
        raise
    if record["state"] != "done":
        raise UsageError(record["error"] or f"Run {run.id} was {record['state']}.")


def doctor() -> Checks:
    """The self-test of the installation, in a process of its own."""
    command = [sys.executable, "-m", "daisy_kernel.cli", "doctor", "--json"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        return Checks(json.loads(told.stdout.splitlines()[-1])["checks"])
    except (IndexError, ValueError, KeyError) as error:
        raise UsageError(f"daisy doctor does not work: {told.stderr.strip()}") from error


class Checks:
    """What ``daisy doctor`` found."""

    def __init__(self, checks: list[dict[str, str]]):
        self._rows = [(_SIGNS[c["state"]], c["name"], c["found"], c["advice"]) for c in checks]

    def __repr__(self) -> str:
        return "\n".join(
            f"{sign} {name}: {found}{f' ({advice})' if advice else ''}"
            for sign, name, found, advice in self._rows
        )

    def _repr_html_(self) -> str:
        return html_table(("", "check", "found", "advice"), self._rows)
