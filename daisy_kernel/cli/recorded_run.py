"""What a result says about its making, turned into a run that makes it again elsewhere."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from daisy_kernel.errors import DaisyError

_TARGET = "outputfile_name"
"""The parameter in which saving algorithms take their file."""


def redirected(
    recorded: Mapping[str, Any], result: Path, output: Path
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Document and inputs of the recorded run, writing to another file.

    Parameters
    ----------
    recorded
        What `read_provenance` gives.
    result
        The file that it was read from.
    output
        The file to write instead. Where the run wrote further files, they go beside it.

    Returns
    -------
    document, inputs

    Raises
    ------
    DaisyError
        If nothing in the document says where it saves.
    """
    document = copy.deepcopy(dict(recorded["document"]))
    declared = document.get("inputs", {})
    inputs = {name: v for name, v in recorded.get("inputs", {}).items() if name in declared}
    places = list(_places(document))
    targets = {
        name
        for params, key in places
        if isinstance(params[key], Mapping) and (name := params[key].get("input")) in declared
    }
    if declared.get("output", {}).get("type") == "path":
        targets.add("output")
    constants = [(p, k) for p, k in places if isinstance(p[k], str)]
    written = {str(params[key]) for params, key in constants}
    written |= {str(inputs[name]) for name in targets if inputs.get(name)}
    if not written:
        raise DaisyError(
            f"The workflow recorded in {result} does not say into which file it saves, so it "
            "cannot be sent elsewhere: run its document with 'daisy run'."
        )
    elsewhere = _elsewhere(written, result, output)
    for params, key in constants:
        params[key] = elsewhere[str(params[key])]
    for name in targets:
        if inputs.get(name):
            inputs[name] = elsewhere[str(inputs[name])]
    sources = [Path(s["file"]) for s in recorded.get("sources", {}).values() if "file" in s]
    for name, value in inputs.items():
        if declared[name].get("type") == "path" and name not in targets and isinstance(value, str):
            inputs[name] = _absolute(value, sources)
    return document, inputs


def _places(document: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Every mapping of the document that names a file to write, and the key under which."""
    for algorithm in document.get("algorithms", {}).values():
        if _TARGET in algorithm.get("init_paras", {}):
            yield algorithm["init_paras"], _TARGET
    for step in document.get("steps", ()):
        if _TARGET in step.get("params", {}):
            yield step["params"], _TARGET


def _elsewhere(written: set[str], result: Path, output: Path) -> dict[str, str]:
    """Where each file goes; the result may have been moved or renamed since."""
    if len(written) == 1:
        return {next(iter(written)): str(output)}
    same = [w for w in written if Path(w).name == result.name]
    if len(same) != 1:
        raise DaisyError(
            f"The run of {result} wrote several files ({', '.join(sorted(written))}) and none has "
            "the name of this one: give it back its name."
        )
    return {
        w: str(output if w == same[0] else output.with_name(f"{output.stem}_{Path(w).name}"))
        for w in written
    }


def _absolute(value: str, sources: list[Path]) -> str:
    """A path that was given from another folder, as the file that was really read."""
    if Path(value).is_absolute():
        return value
    parts = Path(value).parts
    return next((str(s) for s in sources if s.parts[-len(parts) :] == parts), value)
