"""What stands in a ``%%workflow`` cell: a workflow with its inputs, or a document."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from daisy_kernel.errors import InvalidParameter, UnknownName
from daisy_kernel.workflow.document import load_json


@dataclass(frozen=True)
class WorkflowCell:
    """What a cell asks for."""

    workflow: str | dict[str, Any]
    """Name, path or document."""
    inputs: dict[str, Any]
    overrides: dict[str, Any]
    """"step.parameter" -> value."""


def parse_cell(words: Iterable[str], text: str, variables: Mapping[str, Any]) -> WorkflowCell:
    """What a cell asks for.

    Parameters
    ----------
    words
        Of the cell's first line, without options: the workflow and NAME=VALUE.
    text
        The other lines: NAME = VALUE each, empty, or a comment that begins with #; or a workflow
        document, which begins with {, in place of a workflow's name in the first line.
    variables
        Of the notebook; $NAME as a value stands for one of them.

    Raises
    ------
    InvalidDocument
        If a document is no JSON.
    InvalidParameter
        If the cell names no workflow, or two, or a line is no NAME = VALUE.
    UnknownName
        For a variable that does not exist.
    """
    named = [word for word in words if "=" not in word]
    lines = [word for word in words if "=" in word]
    has_document = text.lstrip().startswith("{")
    if len(named) + has_document != 1:
        met = ", ".join([*map(repr, named), *(["a document"] * has_document)]) or "nothing"
        raise InvalidParameter(
            f"The cell names {met} to run: write one workflow behind %%workflow, or its document "
            "as the cell."
        )
    if has_document:
        workflow: str | dict[str, Any] = load_json(text, "The cell")
    else:
        workflow = named[0].strip("'\"")
        lines += _code_lines(text)
    values = dict(_assignment(line, variables) for line in lines)
    overrides = {name: value for name, value in values.items() if "." in name}
    inputs = {name: value for name, value in values.items() if "." not in name}
    return WorkflowCell(workflow, inputs, overrides)


def _code_lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            yield line


def _assignment(line: str, variables: Mapping[str, Any]) -> tuple[str, Any]:
    name, equals, value = (part.strip() for part in line.partition("="))
    if not (equals and value and all(part.isidentifier() for part in name.split("."))):
        raise InvalidParameter(
            f"The cell has the line {line.strip()!r}: write NAME = VALUE, or "
            "step.parameter = VALUE."
        )
    return name, _value(value, variables)


def _value(text: str, variables: Mapping[str, Any]) -> Any:
    """A variable, a Python literal, or else the text itself, as on a command line."""
    if text.startswith("$"):
        if text[1:] not in variables:
            raise UnknownName("variable of the notebook", text[1:], variables)
        return variables[text[1:]]
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
