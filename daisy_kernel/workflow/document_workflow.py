"""Running a workflow document: the same calls that a script would make."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, TypeAdapter, ValidationError

from daisy_kernel import registry
from daisy_kernel.contracts.declaration import Ref
from daisy_kernel.contracts.engine import Engine
from daisy_kernel.errors import InvalidDocument, InvalidParameter, UnknownName
from daisy_kernel.formats import within_reach
from daisy_kernel.workflow.document import (
    ConfiguredAlgorithm,
    Step,
    WorkflowDocument,
    WorkflowInput,
    input_of,
    parse_document,
    ref_of,
)
from daisy_kernel.workflow.library import find_workflow


def _absolute(path: Any) -> Any:
    """From the root, so that the run can be resumed and repeated from any folder."""
    if not isinstance(path, str | Path) or not str(path) or "://" in str(path):
        return path
    return str(within_reach(path))


_TYPES: dict[str, TypeAdapter[Any]] = {
    "path": TypeAdapter(Annotated[str, BeforeValidator(_absolute)]),
    "string": TypeAdapter(str),
    "number": TypeAdapter(float, config=ConfigDict(allow_inf_nan=False)),
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
        For an input, step, algorithm class or parameter that does not exist.
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
        _check_algorithms(self.document)
        self.inputs = parse_inputs(self.document, inputs)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Data objects to have at the end."""
        return self.document.outputs

    def varied(self, values: Mapping[str, Any]) -> DocumentWorkflow:
        """The same workflow with other values of some inputs or "step.parameter".

        Raises
        ------
        UnknownName, InvalidParameter
            For an input, step or parameter that does not exist, or a value that does not fit.
        """
        for name in values:
            if name not in self.document.inputs and "." not in name:
                targets = [
                    *self.document.inputs,
                    *(f"{step.name}.PARAMETER" for step in self.document.steps),
                ]
                raise UnknownName(f"parameter of the workflow {self.name!r}", name, targets)
        inputs = {n: v for n, v in values.items() if n in self.document.inputs}
        overrides = {n: v for n, v in values.items() if n not in inputs}
        return DocumentWorkflow(self.document, {**self.inputs, **inputs}, overrides)

    def parameter(self, target: str) -> Any:
        """The value of "step.parameter" as the algorithm takes it.

        Raises
        ------
        InvalidParameter
            If it does not fit the algorithm.
        """
        name, _, parameter = target.rpartition(".")
        params = next(s.params for s in reversed(self.document.steps) if s.name == name)
        algorithm = registry.algorithms.get(self.document.algorithms[name].class_)
        declared = registry.schema_of(algorithm).parameters[parameter]
        try:
            return declared.parse(params[parameter])
        except ValidationError as error:
            raise InvalidParameter(
                f"Step {name!r}: parameter {parameter!r} cannot be {params[parameter]!r}: "
                f"{error.errors()[0]['msg']}."
            ) from error

    def record_into(self, engine: Engine) -> None:
        """Configure the algorithms and record every step."""
        environment = {}
        for name, configured in self.document.algorithms.items():
            paras = self._values(configured.init_paras)
            environment[name] = {"class_name": configured.class_, "init_paras": paras}
        engine.initialize(environment, {})
        for step in self.document.steps:
            engine[step.name].execute(**self._values(step.params))

    def _values(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Parameters with inputs filled in; what an input leaves open keeps its default."""
        values = {}
        for name, value in params.items():
            ref, source = ref_of(value), input_of(value)
            if ref is not None:
                values[name] = Ref(ref)
            elif source is None:
                values[name] = value
            elif self.inputs[source] is not None:
                values[name] = self.inputs[source]
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
        name: parse_input(document.name, name, declared, given.get(name, declared.default))
        for name, declared in document.inputs.items()
    }


def expand(document: WorkflowDocument, inside: tuple[str, ...] = ()) -> WorkflowDocument:
    """The document with the steps of its sub-workflows in place; their names get a prefix.

    Raises
    ------
    InvalidDocument
        If a workflow contains itself.
    UnknownName, InvalidParameter
        If a step does not fit the inputs of its sub-workflow.
    """
    if document.name in inside:
        raise InvalidDocument(
            f"Workflow {document.name!r} contains itself "
            f"({' > '.join((*inside, document.name))}): break the circle."
        )
    algorithms = dict(document.algorithms)
    steps: list[Step] = []
    uses: Counter[str] = Counter()
    for step in document.steps:
        if step.workflow is None:
            steps.append(step)
            continue
        inner = expand(find_workflow(step.workflow), (*inside, document.name))
        if inner.sweep is not None:
            raise InvalidDocument(
                f"Workflow {inner.name!r} is a sweep, which cannot be a step of "
                f"{document.name!r}: run it by itself."
            )
        given = _given(inner, step.params)
        uses[inner.name] += 1
        prefix = inner.name if uses[inner.name] == 1 else f"{inner.name}#{uses[inner.name]}"
        for name, configured in inner.algorithms.items():
            paras = _filled(configured.init_paras, given)
            algorithms[f"{prefix}/{name}"] = configured.model_copy(update={"init_paras": paras})
        steps += [
            Step(algorithm=f"{prefix}/{s.algorithm}", params=_filled(s.params, given))
            for s in inner.steps
        ]
    return document.model_copy(update={"algorithms": algorithms, "steps": tuple(steps)})


def _given(inner: WorkflowDocument, params: Mapping[str, Any]) -> dict[str, Any]:
    """What a step gives for the inputs of its sub-workflow, which may be inputs of the outer."""
    for name in params:
        if name not in inner.inputs:
            raise UnknownName(f"input of the workflow {inner.name!r}", name, inner.inputs)
    return {
        name: params[name]
        if ref_of(params.get(name)) or input_of(params.get(name))
        else parse_input(inner.name, name, declared, params.get(name, declared.default))
        for name, declared in inner.inputs.items()
    }


def _filled(params: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters of a sub-workflow with its inputs filled in; what they leave open is left out."""
    filled = {}
    for name, value in params.items():
        source = input_of(value)
        if source is None:
            filled[name] = value
        elif given[source] is not None:
            filled[name] = given[source]
    return filled


def _check_algorithms(document: WorkflowDocument) -> None:
    """Every class is registered and has the parameters that the document gives."""
    schemas = {}
    for name, configured in document.algorithms.items():
        algorithm = registry.algorithms.get(configured.class_)
        _warn_of_other_version(name, configured, algorithm.version)
        schemas[name] = registry.schema_of(algorithm)
        check_known(configured.init_paras, schemas[name], f"algorithm {name!r}")
    for number, step in enumerate(document.steps, 1):
        check_known(step.params, schemas[step.name], f"step {number}, {step.name!r}")


def check_known(params: Mapping[str, Any], schema: registry.Schema, where: str) -> None:
    """Make sure that an algorithm has parameters of these names.

    Raises
    ------
    UnknownName
        For the first that it does not have.
    """
    for parameter in params:
        if parameter not in schema.parameters:
            kind = f"parameter of {schema.name} ({where})"
            raise UnknownName(kind, parameter, schema.parameters)


def _with_overrides(document: WorkflowDocument, overrides: Mapping[str, Any]) -> WorkflowDocument:
    content = document.as_json()
    for target, value in overrides.items():
        step_name, _, parameter = target.rpartition(".")
        steps = [s for s in content.get("steps", ()) if s.get("algorithm") == step_name]
        if not steps:
            raise UnknownName("step", step_name or target, [s.name for s in document.steps])
        for step in steps:
            step.setdefault("params", {})[parameter] = value
    return parse_document(content, f"the workflow {document.name!r}") if overrides else document


def parse_input(workflow: str, name: str, declared: WorkflowInput, value: Any) -> Any:
    """The value of one input in its declared type; None where it is left open.

    Raises
    ------
    InvalidParameter
        As `DocumentWorkflow`.
    """
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


def _warn_of_other_version(name: str, configured: ConfiguredAlgorithm, installed: str) -> None:
    if configured.version and configured.version != installed:
        warnings.warn(
            f"{name!r} was written for version {configured.version} of {configured.class_}, but "
            f"version {installed} is installed: the numbers may differ.",
            stacklevel=4,
        )
