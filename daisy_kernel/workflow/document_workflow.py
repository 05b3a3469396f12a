"""Running a workflow document: the same calls that a script would make."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from daisy_kernel import registry
from daisy_kernel.contracts.declaration import Ref
from daisy_kernel.contracts.engine import Engine
from daisy_kernel.errors import InvalidDocument, InvalidParameter, UnknownName
from daisy_kernel.workflow.document import (
    ConfiguredAlgorithm,
    Step,
    WorkflowDocument,
    WorkflowInput,
    parse_document,
)
from daisy_kernel.workflow.library import find_workflow

_TYPES: dict[str, TypeAdapter[Any]] = {
    "path": TypeAdapter(str),
    "string": TypeAdapter(str),
    "number": TypeAdapter(float),
    "integer": TypeAdapter(int),
    "boolean": TypeAdapter(bool),
}


class DocumentWorkflow:
    """A document with values for its inputs, ready to be recorded by an engine.

    Parameters
    ----------
    document
        The workflow.
    inputs
        Values of its inputs; numbers may come as strings.
    overrides
        "step.parameter" -> value, for parameters that the document does not expose.

    Raises
    ------
    UnknownName
        For an input, step or parameter that does not exist.
    InvalidParameter
        For an input that is missing or does not fit its type.
    InvalidDocument
        If its sub-workflows cannot be found or contain themselves.
    """

    def __init__(
        self,
        document: WorkflowDocument,
        inputs: Mapping[str, Any],
        overrides: Mapping[str, Any] | None = None,
    ):
        self.name = document.name
        self.document = _with_overrides(expand(document), overrides or {})
        self.inputs = parse_inputs(self.document, inputs)

    def record_into(self, engine: Engine) -> None:
        """Configure the algorithms and record every step."""
        environment = {}
        for name, configured in self.document.algorithms.items():
            _warn_of_other_version(name, configured)
            paras = self._values(configured.init_paras)
            environment[name] = {"class_name": configured.class_, "init_paras": paras}
        engine.initialize(environment, {})
        for step in self.document.steps:
            engine[step.name].execute(**self._values(step.params))

    def _values(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Parameters with inputs filled in; entries that stand for nothing are left out."""
        values = {}
        for name, value in params.items():
            if isinstance(value, dict) and set(value) == {"ref"}:
                values[name] = Ref(str(value["ref"]))
            elif isinstance(value, dict) and set(value) == {"input"}:
                values[name] = self.inputs[value["input"]]
            else:
                values[name] = value
        return values


def parse_inputs(document: WorkflowDocument, given: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of a document, complete and in their declared types.

    Raises
    ------
    UnknownName, InvalidParameter
        As `DocumentWorkflow`.
    """
    for name in given:
        if name not in document.inputs:
            raise UnknownName(f"input of the workflow {document.name!r}", name, document.inputs)
    return {
        name: _parse_input(document.name, name, declared, given.get(name, declared.default))
        for name, declared in document.inputs.items()
    }


def expand(document: WorkflowDocument, inside: tuple[str, ...] = ()) -> WorkflowDocument:
    """The document with the steps of its sub-workflows in place; their names get a prefix.

    Raises
    ------
    InvalidDocument
        If a workflow contains itself.
    """
    if document.name in inside:
        raise InvalidDocument(
            f"Workflow {document.name!r} contains itself "
            f"({' > '.join((*inside, document.name))}): break the circle."
        )
    algorithms = dict(document.algorithms)
    steps: list[Step] = []
    for step in document.steps:
        if step.workflow is None:
            steps.append(step)
            continue
        inner = expand(find_workflow(step.workflow), (*inside, document.name))
        given = {n: step.params.get(n, declared.default) for n, declared in inner.inputs.items()}
        for name in step.params:
            if name not in inner.inputs:
                raise UnknownName(f"input of the workflow {inner.name!r}", name, inner.inputs)
        fill = _filler(given)
        for name, configured in inner.algorithms.items():
            paras = {n: fill(v) for n, v in configured.init_paras.items()}
            algorithms[f"{inner.name}/{name}"] = configured.model_copy(update={"init_paras": paras})
        steps += [
            Step(
                algorithm=f"{inner.name}/{s.algorithm}",
                params={n: fill(v) for n, v in s.params.items()},
            )
            for s in inner.steps
        ]
    return document.model_copy(update={"algorithms": algorithms, "steps": tuple(steps)})


def _filler(given: Mapping[str, Any]) -> Callable[[Any], Any]:
    def fill(value: Any) -> Any:
        if isinstance(value, dict) and set(value) == {"input"}:
            return given[value["input"]]
        return value

    return fill


def _with_overrides(document: WorkflowDocument, overrides: Mapping[str, Any]) -> WorkflowDocument:
    content = document.as_json()
    for target, value in overrides.items():
        step_name, _, parameter = target.rpartition(".")
        steps = [s for s in content.get("steps", ()) if s.get("algorithm") == step_name]
        if not steps:
            raise UnknownName("step", step_name or target, [s.name for s in document.steps])
        schema = registry.schema_of(registry.algorithms.get(document.algorithms[step_name].class_))
        if parameter not in schema.parameters:
            raise UnknownName(f"parameter of step {step_name!r}", parameter, schema.parameters)
        for step in steps:
            step.setdefault("params", {})[parameter] = value
    return parse_document(content, f"the workflow {document.name!r}") if overrides else document


def _parse_input(workflow: str, name: str, declared: WorkflowInput, value: Any) -> Any:
    if value is None:
        if declared.required:
            raise InvalidParameter(
                f"Workflow {workflow!r} needs the input {name!r}"
                f"{f' ({declared.help})' if declared.help else ''}: give it."
            )
        return None
    try:
        parsed = _TYPES[declared.type].validate_python(value)
    except ValidationError as error:
        unit = f" [{declared.unit}]" if declared.unit else ""
        raise InvalidParameter(
            f"Input {name!r}{unit} of workflow {workflow!r} cannot be {value!r}: "
            f"{error.errors()[0]['msg']}."
        ) from error
    if declared.choices and parsed not in declared.choices:
        raise InvalidParameter(
            f"Input {name!r} of workflow {workflow!r} cannot be {value!r}: "
            f"choose one of {', '.join(map(str, declared.choices))}."
        )
    return parsed


def _warn_of_other_version(name: str, configured: ConfiguredAlgorithm) -> None:
    installed = registry.algorithms.get(configured.class_).version
    if configured.version and configured.version != installed:
        warnings.warn(
            f"{name!r} was written for version {configured.version} of {configured.class_}, but "
            f"version {installed} is installed: the numbers may differ.",
            stacklevel=3,
        )
