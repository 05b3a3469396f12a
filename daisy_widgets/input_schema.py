"""The inputs of a workflow in the words of an algorithm's schema, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daisy_widgets.workflow_draft import Json, WorkflowDraft, is_input, is_ref

_KINDS = ("number", "integer", "boolean", "string")


def input_schema(draft: WorkflowDraft) -> Json:
    """JSON schema of the inputs of a workflow, as `form_fields` takes it."""
    properties = {}
    for name, declared in draft.inputs.items():
        kind = declared.get("type", "string")
        entry: Json = {"type": kind, "x-kind": "value"}
        if kind == "path":
            entry |= {"type": "string", "format": "path"}
        for key, source in (("enum", "choices"), ("x-unit", "unit"), ("description", "help")):
            if declared.get(source):
                entry[key] = declared[source]
        if not declared.get("required"):
            entry["default"] = declared.get("default")
        properties[name] = entry
    return {
        "title": draft.name,
        "description": str(draft.content.get("help", "")),
        "properties": properties,
        "required": [n for n, declared in draft.inputs.items() if declared.get("required")],
    }


def declared_input(parameter: Mapping[str, Any], given: Any, is_required: bool) -> Json:
    """An input of a workflow that gives a parameter of an algorithm.

    Parameters
    ----------
    parameter
        JSON schema of the parameter.
    given
        What it has been given so far, which becomes the default; None: nothing.
    is_required
        Whether the algorithm must have it.
    """
    parts = [p for p in parameter.get("anyOf", ()) if p.get("type") != "null"]
    told = {**parameter, **parts[0]} if len(parts) == 1 else dict(parameter)
    kind = told.get("type")
    declared: Json = {"type": kind if kind in _KINDS else "string"}
    if told.get("format") == "path":
        declared["type"] = "path"
    for key, source in (("unit", "x-unit"), ("help", "description"), ("choices", "enum")):
        if told.get(source):
            declared[key] = told[source]
    is_plain = given is not None and not is_input(given) and not is_ref(given)
    default = given if is_plain else told.get("default")
    if default is not None:
        declared["default"] = default
    elif is_required:
        declared["required"] = True
    return declared
