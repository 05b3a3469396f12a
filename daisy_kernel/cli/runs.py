"""``daisy runs``, ``daisy resume`` and ``daisy cancel``: what has run, what runs."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from daisy_kernel.cli.parser import Parser
from daisy_kernel.cli.terminal import complain, console, duration, short_path, show, write_json
from daisy_kernel.contracts.events import FINAL_STATES

_COLOURS = {
    "done": "green",
    "running": "cyan",
    "queued": "cyan",
    "failed": "red",
    "cancelled": "yellow",
    "interrupted": "yellow",
}
_WAIT_S = 3.0


def runs(words: list[str]) -> int:
    """List the recorded runs, newest first."""
    parser = Parser("daisy runs", description="The runs there were, newest first.")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    values = parser.parse_all(words)
    from daisy_kernel.cli.start import open_session

    session = open_session()
    listed: list[dict[str, Any]] = session.transport.call("runs.list", {})[0]["runs"]
    if values["json"]:
        write_json({"runs": listed})
        return 0
    out = console()
    if not listed:
        out.print("There are no runs yet: 'daisy demo' makes one.", markup=False)
        return 0
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("run", "workflow", "state", "when", "how long", "output"):
        table.add_column(
            heading,
            style="bold" if heading == "run" else "",
            no_wrap=heading != "output",
            overflow="fold",
        )
    for record in listed:
        state = record["state"]
        shown = state
        if state == "running":
            shown = f"{state} {100 * session.runs[record['id']].progress:.0f} %"
        table.add_row(
            Text(record["id"]),
            Text(record["workflow"]),
            Text(shown, style=_COLOURS.get(state, "")),
            Text(time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(record["created"]))),
            Text(_how_long(record)),
            Text(_output(record), style="" if state == "done" else "dim"),
        )
    show(table)
    return 0


def resume(words: list[str]) -> int:
    """Go on with a run; finished blocks are not computed again."""
    parser = Parser(
        "daisy resume",
        description="Go on with a run that was interrupted, cancelled or failed, or compute again "
        "what of a result was damaged since.",
    )
    parser.add_argument("run", metavar="RUN", help="its id, or the beginning of it")
    parser.add_argument(
        "--json", action="store_true", help="end with one line of JSON on standard output"
    )
    values = parser.parse_all(words)
    from daisy_kernel.cli.outcome import finish
    from daisy_kernel.cli.start import open_session
    from daisy_kernel.session.run_handle import RunHandle

    session = open_session()
    before = RunHandle(session.transport, values["run"])
    record, told = before.record, before.events()
    run = RunHandle(session.transport, record["id"])
    run.resume()
    since = told[-1]["n"] + 1 if told else 0
    return finish(run, as_json=values["json"], debug=values["debug"], since=since)


def cancel(words: list[str]) -> int:
    """Ask a run to stop, and wait a little for it."""
    parser = Parser("daisy cancel", description="Stop a run, whichever process it runs in.")
    parser.add_argument("run", metavar="RUN", help="its id, or the beginning of it")
    run_id = parser.parse_all(words)["run"]
    from daisy_kernel.cli.start import open_session
    from daisy_kernel.session.run_handle import RunHandle

    run = RunHandle(open_session().transport, run_id)
    run.cancel()
    deadline = time.monotonic() + _WAIT_S
    while (record := run.record)["state"] not in FINAL_STATES and time.monotonic() < deadline:
        time.sleep(0.05)
    if record["state"] in FINAL_STATES:
        console().print(f"Run {record['id']} is {record['state']}.", markup=False)
    else:
        complain(f"run {record['id']} was asked and stops after the blocks in work.")
    return 0


def _how_long(record: Mapping[str, Any]) -> str:
    if record["finished"] is not None:
        return duration(record["finished"] - record["created"])
    if record["state"] in ("running", "queued"):
        return duration(time.time() - record["created"])
    return ""


def _output(record: Mapping[str, Any]) -> str:
    if record["state"] == "done":
        return ", ".join(short_path(path) for path in record["outputs"])
    return str(record["error"])
