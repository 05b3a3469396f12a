"""From the text of a document to a draft that can be edited."""

from __future__ import annotations

import json
from typing import Any

from daisy_kernel.errors import InvalidDocument
from daisy_widgets.workflow_draft import WorkflowDraft

_SHAPES = (("inputs", dict), ("algorithms", dict), ("steps", list), ("outputs", list))


def new_draft() -> WorkflowDraft:
    """A workflow without steps."""
    return WorkflowDraft(
        {"daisy": 1, "name": "untitled", "inputs": {}, "algorithms": {}, "steps": [], "outputs": []}
    )


def read_draft(text: str, where: str = "the document") -> WorkflowDraft:
    """A draft from the text of a document, which may be wrong but must have the form of one.

    Raises
    ------
    InvalidDocument
        If it is no JSON object, or its steps are no list of objects.
    """
    try:
        content = json.loads(text)
    except ValueError as error:
        raise InvalidDocument(f"{where} is not valid JSON: {error}.") from error
    wrong = _wrong_part(content)
    if wrong:
        raise InvalidDocument(
            f"{where} cannot be edited, because {wrong}: mend it in a text editor, or begin with "
            "a template."
        )
    return WorkflowDraft(content, text)


def _wrong_part(content: Any) -> str:
    """What has not the form of a document, in words; empty if all has."""
    if not isinstance(content, dict):
        return "it is no JSON object"
    for key, kind in _SHAPES:
        if not isinstance(content.get(key, kind()), kind):
            return f"its {key} are no {'list' if kind is list else 'object'}"
    for number, step in enumerate(content.get("steps", ()), 1):
        if not (isinstance(step, dict) and isinstance(step.get("params", {}), dict)):
            return f"step {number} or its params are no object"
        if not all(isinstance(step.get(k, ""), str | None) for k in ("algorithm", "workflow")):
            return f"step {number} has a name that is no text"
    for name, entry in content.get("algorithms", {}).items():
        if not (isinstance(entry, dict) and isinstance(entry.get("init_paras", {}), dict)):
            return f"the algorithm {name!r} or its init_paras are no object"
    if not all(isinstance(declared, dict) for declared in content.get("inputs", {}).values()):
        return "an input is no object"
    if not all(isinstance(name, str) for name in content.get("outputs", ())):
        return "an output is no name"
    return ""
