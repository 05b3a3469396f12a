"""What a run gave: the lines, or the JSON object, at its end."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from daisy_kernel.cli.progress import follow
from daisy_kernel.cli.terminal import complain, console, duration, short_path, write_json
from daisy_kernel.errors import DaisyError

if TYPE_CHECKING:
    from daisy_kernel.session.run_handle import RunHandle


SWEEP = "sweep"
_OF_SWEEP = (SWEEP, "slices", "best", "at_the_edge", "caution")
"""What the record of a sweep has beside values of parameters."""


def finish(
    run: RunHandle,
    *,
    as_json: bool,
    debug: bool = False,
    overrides: dict[str, Any] | None = None,
    since: int = 0,
) -> int:
    """Follow a run to its end and say what it gave; the exit code.

    Parameters
    ----------
    run
        Queued or running in this process.
    as_json
        Whether the last line of standard output is to be one JSON object.
    debug
        Whether to show where an error happened.
    overrides
        "step.parameter" -> value, as given.
    since
        Number of the first event to show.
    """
    began = time.monotonic()
    try:
        record = follow(run, since=since)
    except KeyboardInterrupt:
        if as_json:
            write_json(summary(run.record, time.monotonic() - began, overrides))
        raise
    seconds = time.monotonic() - began
    if as_json:
        write_json(summary(record, seconds, overrides))
    if record["state"] != "done":
        if debug:
            _show_traceback(run)
        complain(_why(record))
        return 1
    if not as_json:
        _print(record, seconds)
    return 0


def followed(run: RunHandle, *, since: int = 0) -> dict[str, Any]:
    """The record of a run that has to succeed, after following it.

    Raises
    ------
    DaisyError
        If it did not.
    """
    record = follow(run, since=since)
    if record["state"] != "done":
        raise DaisyError(_why(record))
    return record


def summary(
    record: dict[str, Any], seconds: float, overrides: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The JSON object of a run; the values it found stand over the inputs of the same names."""
    is_done = record["state"] == "done"
    outputs = list(record["outputs"]) if is_done else []
    answer = {
        "run": record["id"],
        "state": record["state"],
        "output": outputs[0] if outputs else None,
        "parameters": {**record["inputs"], **(overrides or {}), **record["values"]},
        "seconds": seconds,
    }
    if SWEEP in record["values"]:
        parameters = {k: v for k, v in answer["parameters"].items() if k not in _OF_SWEEP}
        answer |= {name: record["values"][name] for name in _OF_SWEEP}
        answer["parameters"] = {**parameters, **answer[SWEEP]}
    if len(outputs) > 1:
        answer["outputs"] = outputs
    if record["error"]:
        answer["error"] = record["error"]
    return answer


def _print(record: dict[str, Any], seconds: float) -> None:
    out = console()
    inputs = (record["document"] or {}).get("inputs", {})
    units = {name: entry.get("unit", "") for name, entry in inputs.items()}
    if SWEEP in record["values"]:
        _print_best(record["values"], units)
    else:
        for name, value in record["values"].items():
            value = f"{value:.6g}" if isinstance(value, float | int) else value
            out.print(f"{name} = {value} {units.get(name, '')}".rstrip(), markup=False)
    for path in record["outputs"]:
        out.print(short_path(path), style="bold green", markup=False, soft_wrap=True)
    if not record["outputs"]:
        out.print("Nothing was saved: the workflow has no step that saves.", markup=False)
    out.print(f"done in {duration(seconds)} (run {record['id']})", style="dim", markup=False)


def _print_best(values: dict[str, Any], units: dict[str, str]) -> None:
    """The best combination by every figure of merit, and what that is worth."""
    out = console()
    for merit, best in values["best"].items():
        texts = [f"{name} = {value} {units.get(name, '')}".rstrip() for name, value in best.items()]
        out.print(f"best by {merit}: {', '.join(texts)}", markup=False)
    if values["at_the_edge"]:
        names = ", ".join(values["at_the_edge"])
        out.print(f"The best {names} is at the end of its range: sweep further.", markup=False)
    out.print(values["caution"], style="dim", markup=False)


def _why(record: dict[str, Any]) -> str:
    run = record["id"]
    if record["error"]:
        return str(record["error"])
    what = "goes on with it" if record["state"] == "interrupted" else "starts it again"
    return f"run {run} was {record['state']} ('daisy resume {run}' {what})."


def _show_traceback(run: RunHandle) -> None:
    for event in run.events():
        if event["kind"] == "state" and event["data"].get("traceback"):
            sys.stderr.write(event["data"]["traceback"])
