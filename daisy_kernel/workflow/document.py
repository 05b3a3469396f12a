"""A workflow as a JSON document (``*.daisy.json``), version 1."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from daisy_kernel.errors import InvalidDocument
from daisy_kernel.formats import unique_keys

VERSION = 1
MAX_BYTES = 10_000_000
MAX_DEPTH = 32
_STRICT = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False)


class WorkflowInput(BaseModel):
    """One value that whoever runs the workflow gives."""

    model_config = _STRICT
    type: Literal["path", "string", "number", "integer", "boolean"] = "string"
    unit: str = ""
    help: str = ""
    default: Any = None
    required: bool = False
    choices: tuple[Any, ...] = ()


class ConfiguredAlgorithm(BaseModel):
    """An algorithm with what is set once."""

    model_config = _STRICT
    class_: str = Field(alias="class")
    version: str = ""
    init_paras: dict[str, Any] = {}


class Step(BaseModel):
    """One step: a configured algorithm, or a workflow by name."""

    model_config = _STRICT
    algorithm: str | None = None
    workflow: str | None = None
    params: dict[str, Any] = {}

    @property
    def name(self) -> str:
        """What the step runs."""
        return self.algorithm or self.workflow or ""


class SweepPlan(BaseModel):
    """Parameters that take several values, and the slices on which they are compared."""

    model_config = _STRICT
    parameters: dict[str, Any]
    """Input of the workflow, or "step.parameter" -> "first:last:step", "one,two" or a list."""
    slices: Any = None
    """Numbers of slices, in the same form; the middle one if not given."""


class WorkflowDocument(BaseModel):
    """A whole workflow.

    A parameter may be ``{"ref": "centre"}``, a scalar data object that an earlier step computes, or
    ``{"input": "scan"}``, a value given by whoever runs the workflow.
    """

    model_config = _STRICT
    daisy: Literal[1]
    name: str
    help: str = ""
    inputs: dict[str, WorkflowInput] = {}
    algorithms: dict[str, ConfiguredAlgorithm] = {}
    steps: tuple[Step, ...] = ()
    outputs: tuple[str, ...] = ()
    sweep: SweepPlan | None = None
    """If given, some slices are computed for every combination of values instead of the outputs."""

    def as_json(self) -> dict[str, Any]:
        """The document as JSON values, without what has its default."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def parse_document(content: dict[str, Any], where: str = "the document") -> WorkflowDocument:
    """A checked document.

    Raises
    ------
    InvalidDocument
        If the version is unknown, an entry is missing, unknown or of the wrong type, or a step
        names an algorithm or input that the document does not define.
    """
    if not isinstance(content, dict):
        raise InvalidDocument(f"{where} is not a workflow document: expected a JSON object.")
    _check_values(content, where)
    version = content.get("daisy")
    if version != VERSION:
        raise InvalidDocument(
            f"{where} is of version {version!r}, but this Daisy reads version {VERSION}: "
            + ("update Daisy." if isinstance(version, int) and version > VERSION else
               'a workflow document begins with {"daisy": 1, ...}.')
        )  # fmt: skip
    try:
        document = WorkflowDocument.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise InvalidDocument(f"{where}: {place or 'document'}: {first['msg']}.") from error
    for number, step in enumerate(document.steps, 1):
        if (step.algorithm is None) == (step.workflow is None):
            raise InvalidDocument(
                f"{where}: step {number} must name either an algorithm or a workflow."
            )
        if step.algorithm is not None and step.algorithm not in document.algorithms:
            raise InvalidDocument(
                f"{where}: step {number} runs {step.algorithm!r}, which is not among the "
                f"algorithms: {', '.join(document.algorithms) or 'none'}."
            )
    for number, step in enumerate(document.steps, 1):
        _check_parameters(f"{where}: step {number}", step.params, document)
    for name, algorithm in document.algorithms.items():
        _check_parameters(f"{where}: algorithm {name!r}", algorithm.init_paras, document)
    return document


def read_document(path: Path) -> WorkflowDocument:
    """A document from a file.

    Raises
    ------
    InvalidDocument
        If the file is missing, too large, no JSON, nested too deeply, or not a valid document.
    """
    return parse_document(load_json(read_document_text(path), str(path)), str(path))


def read_document_text(path: Path) -> str:
    """What stands in a file that ought to hold a document, to the last byte.

    Raises
    ------
    InvalidDocument
        If the file is missing, too large, or no text.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InvalidDocument(
                f"{path} has more than {MAX_BYTES} bytes: no workflow is so long."
            )
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidDocument(f"{path} cannot be read as a workflow document: {error}.") from error


def load_json(text: str, where: str) -> dict[str, Any]:
    """A JSON object without duplicate keys, NaN or deep nesting.

    Raises
    ------
    InvalidDocument
        Says what is wrong and where.
    """

    def refuse(constant: str) -> Any:
        raise InvalidDocument(f"{where} holds {constant}: only finite numbers are allowed.")

    try:
        content = json.loads(
            text, object_pairs_hook=unique_keys(where, InvalidDocument), parse_constant=refuse
        )
    except (json.JSONDecodeError, RecursionError) as error:
        raise InvalidDocument(f"{where} is not valid JSON: {error}.") from error
    if not isinstance(content, dict):
        raise InvalidDocument(f"{where} is not a workflow document: expected a JSON object.")
    return content


def input_of(value: Any) -> str | None:
    """The name of the input that a parameter stands for: ``{"input": name}``."""
    return _only(value, "input")


def ref_of(value: Any) -> str | None:
    """The name of the scalar data object that a parameter refers to: ``{"ref": name}``."""
    return _only(value, "ref")


def _only(value: Any, key: str) -> str | None:
    found = value[key] if isinstance(value, dict) and set(value) == {key} else None
    return found if isinstance(found, str) else None


def _check_parameters(where: str, params: dict[str, Any], document: WorkflowDocument) -> None:
    for parameter, value in params.items():
        name = input_of(value)
        if name is not None and name not in document.inputs:
            raise InvalidDocument(
                f"{where} uses the input {name!r} for {parameter!r}, but the document defines "
                f"{', '.join(document.inputs) or 'none'}."
            )


def _check_values(content: dict[str, Any], where: str) -> None:
    """Only finite JSON values, and not too deep: a document may also come as Python objects."""
    level: list[Any] = [content]
    depth = 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise InvalidDocument(f"{where} is nested more than {MAX_DEPTH} levels deep.")
        children: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                children += item.values()
            elif isinstance(item, list | tuple):
                children += item
            elif isinstance(item, float) and not math.isfinite(item):
                raise InvalidDocument(f"{where} holds {item}: only finite numbers are allowed.")
            elif not isinstance(item, str | int | float | None):
                raise InvalidDocument(
                    f"{where} holds {item!r}, a {type(item).__name__}: only JSON values are "
                    "allowed."
                )
        level = children
