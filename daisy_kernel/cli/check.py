"""``daisy check``: what a run would do, without running it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from daisy_kernel.cli.remote import REMOTE
from daisy_kernel.cli.terminal import complain, console, short_path, show, write_json
from daisy_kernel.cli.workflow_options import parse_request


def check(words: list[str]) -> int:
    """Validate a workflow and print plan, memory and disk; 1 if a run could not succeed."""
    request = parse_request(
        "daisy check",
        words,
        description="Say what a run would do: stages, blocks, memory and disk. Computes nothing.",
        switches={"--json": "print one line of JSON"},
    )
    from daisy_kernel.cli.start import open_session

    arguments = {
        "workflow": request.workflow,
        "inputs": request.inputs,
        "overrides": request.overrides,
        "options": request.options,
        "engine": request.engine,
        "sweep": request.sweep,
        "slices": request.slices,
    }
    plan: dict[str, Any] = open_session().transport.call("workflow.check", arguments)[0]
    # Nothing is known here of the disks of another machine.
    problems, hints = _doubts(plan) if REMOTE.get() is None else ([], [])
    if request.given["json"]:
        write_json({**plan, "problems": problems, "warnings": hints})
    else:
        _print(plan)
    for hint in hints:
        complain(f"warning: {hint}")
    for problem in problems:
        complain(problem)
    return 1 if problems else 0


def _doubts(plan: dict[str, Any]) -> tuple[list[str], list[str]]:
    """What would stop a run, and what could."""
    from daisy_kernel.engines.memory import human

    problems, hints = [], []
    for path in dict.fromkeys(Path(output["path"]) for output in plan["outputs"]):
        need = sum(o["nbytes"] for o in plan["outputs"] if Path(o["path"]) == path)
        if not path.parent.is_dir():
            problems.append(
                f"The folder {path.parent} of the output {path.name} does not exist: make it first."
            )
            continue
        free = shutil.disk_usage(path.parent).free
        if need > free:
            problems.append(
                f"{path} needs {human(need)}, but {path.parent} has only {human(free)} free: make "
                "room or write elsewhere."
            )
        if path.exists():
            hints.append(f"{path} is there already: a run needs --overwrite or another name.")
    return problems, hints


def _print(plan: dict[str, Any]) -> None:
    from rich.table import Table

    from daisy_kernel.engines.memory import human

    out = console()
    given = {name: value for name, value in plan["inputs"].items() if value is not None}
    inputs = Table(box=None, show_header=False, pad_edge=False)
    for name, value in given.items():
        inputs.add_row(name, _plain(value))
    for name, values in (plan["sweep"] or {}).items():
        inputs.add_row(name, _plain(f"{len(values)} values: {', '.join(map(str, values))}"))
    out.print(f"Workflow {plan['workflow']} is valid.", style="bold green", markup=False)
    show(inputs)
    out.print("\nPlan", style="bold")
    for number, item in enumerate(plan["items"], 1):
        out.print(f"  {number}. {item['text']}", markup=False)
    for output in plan["outputs"]:
        shape = " × ".join(map(str, output["shape"]))
        out.print(
            f"  => {short_path(output['path'])}:{output['dataset']}, {shape} {output['dtype']}",
            markup=False,
        )
    out.print(f"\nMemory  {human(plan['memory'])} of {human(plan['budget'])}", markup=False)
    out.print(f"Disk    {human(plan['disk'])}", markup=False)


def _plain(value: Any) -> Any:
    from rich.text import Text

    return Text(str(value))
