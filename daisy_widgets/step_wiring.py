"""What a new step probably takes and gives: a guess that leaves little to fill in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daisy_widgets.workflow_draft import free_name

_ENDING = "_dataobj"


def wired(
    schema: Mapping[str, Any], made: Mapping[str, tuple[str, ...]], name: str
) -> dict[str, str]:
    """Names for the data objects that an algorithm must have.

    An input takes the object of its own name, else the newest with its axes. An output with the
    axes of the first input replaces that object, so that the steps behind take the new one.

    Parameters
    ----------
    schema
        JSON schema of the algorithm.
    made
        Name -> axes of the objects that are there before the step, the newest last.
    name
        What a new object is called if its parameter says nothing.
    """
    declared = [(n, schema["properties"][n]) for n in schema.get("required", ())]
    inputs = [(n, tuple(d["x-axes"])) for n, d in declared if d["x-kind"] == "input"]
    outputs = [(n, tuple(d["x-axes"])) for n, d in declared if d["x-kind"] == "output"]
    given = {n: found for n, axes in inputs if (found := _source(n, axes, made)) is not None}
    taken = set(made)
    main = inputs[0] if inputs else None
    for parameter, axes in outputs:
        if main is not None and axes and axes == main[1] and main[0] in given:
            given[parameter] = given[main[0]]
            main = None
            continue
        stem = parameter.removesuffix(_ENDING)
        given[parameter] = free_name(name if stem == "output" else stem, taken)
        taken.add(given[parameter])
    return given


def _source(
    parameter: str, axes: tuple[str, ...], made: Mapping[str, tuple[str, ...]]
) -> str | None:
    stem = parameter.removesuffix(_ENDING)
    if stem in made:
        return stem
    fitting = [name for name, has in made.items() if has == axes or (not axes and has)]
    return fitting[-1] if fitting else None
