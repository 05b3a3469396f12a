"""What a scan will take: size, memory and disk as planned, time as former runs have taken it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daisy_kernel.errors import DaisyError
from daisy_kernel.session import Session
from daisy_kernel.session.display import size_in_words
from daisy_widgets.opener_model import ScanChoice
from daisy_widgets.remaining import duration_in_words
from daisy_widgets.scan_words import scan_nbytes

_SCAN_INPUTS = ("scan", "output", "profile", "flats", "darks", "angles")
"""Inputs that say where something lies; the others say what is computed."""
_MOST_RUNS = 30
"""Former runs that are looked at, the latest first."""
_ENOUGH = 3
"""Comparable runs that are used."""
_MOST_RATIO = 5.0
"""How many times larger or smaller a comparable scan may be: small runs are all start and end."""
_OUTPUT = "daisy-estimate.h5"
"""Planned for, never written."""


def estimate(
    session: Session, choice: ScanChoice, workflow: str, inputs: Mapping[str, Any]
) -> list[str]:
    """Size, memory, disk and time of a workflow on a scan; nothing is run.

    Parameters
    ----------
    session
        Where it would run.
    choice
        The scan.
    workflow
        Its name.
    inputs
        Further inputs, so that what is planned and compared with is what will be run.

    Returns
    -------
    facts
        "926 kB of projections", "memory 40 MB of 8 GB", ...; the time is told only where runs of
        the same workflow with the same inputs, on scans of similar size, have finished here.
    """
    nbytes = scan_nbytes(choice.description)
    facts = [f"{size_in_words(nbytes)} of projections"]
    try:
        plan = session.check(workflow, **{**inputs, **choice.inputs, "output": _OUTPUT})
    except DaisyError as problem:
        return [*facts, f"{workflow} cannot run on it: {' '.join(str(problem).split())}"]
    facts.append(f"memory {size_in_words(plan['memory'])} of {size_in_words(plan['budget'])}")
    facts.append(f"disk {size_in_words(plan['disk'])}")
    return [*facts, _time(session, plan["inputs"], workflow, nbytes)]


def _time(session: Session, wanted: Mapping[str, Any], workflow: str, nbytes: int) -> str:
    paces, n_other = [], 0
    for summary in session.transport.call("runs.list", {"limit": _MOST_RUNS})[0]["runs"]:
        is_same_work = summary["workflow"] == workflow and not summary["is_sweep"]
        if not is_same_work or summary["state"] != "done":
            continue
        record = session.transport.call("run.describe", {"run": summary["id"]})[0]
        size = _size_of(session, record["inputs"])
        seconds = _seconds(session, record)
        is_same = _computed(record["inputs"]) == _computed(wanted)
        if seconds and is_same and 1 / _MOST_RATIO <= size / nbytes <= _MOST_RATIO:
            paces.append(seconds / size)
        else:
            n_other += 1
        if len(paces) == _ENOUGH:
            break
    if not paces:
        return f"time unknown: never run here{' in this way and size' if n_other else ''}"
    first, last = (duration_in_words(nbytes * pace) for pace in (min(paces), max(paces)))
    span = first if first == last else f"{first} to {last}"
    return f"about {span}, as {len(paces)} former run{'s' if len(paces) > 1 else ''}"


def _computed(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What is computed, of all inputs; a given centre saves the search for it."""
    told = {n: v for n, v in inputs.items() if n not in _SCAN_INPUTS and v is not None}
    return {**told, "center": True} if "center" in told else told


def _size_of(session: Session, inputs: Mapping[str, Any]) -> int:
    """Size of the projections of a former run [bytes]; 0 where its scan is gone."""
    asked = {"path": inputs.get("scan", ""), "profile": inputs.get("profile")}
    try:
        told = session.transport.call("files.describe", asked)[0]
    except DaisyError:
        return 0
    return scan_nbytes(told["description"])


def _seconds(session: Session, record: Mapping[str, Any]) -> float:
    """How long a run has worked [s]; 0 for one that was interrupted meanwhile."""
    told = session.transport.call("run.events", {"run": record["id"]})[0]
    begun = [
        event["time"]
        for event in told["events"]
        if event["kind"] == "state" and event["data"]["state"] == "running"
    ]
    is_whole = len(begun) == 1 and record["finished"] is not None
    return record["finished"] - begun[0] if is_whole else 0.0
