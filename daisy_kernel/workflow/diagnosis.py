"""Everything that is wrong with a document that somebody edits, in the words of a run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from daisy_kernel import registry
from daisy_kernel.contracts.declaration import Ref
from daisy_kernel.contracts.protocol_documents import Problem
from daisy_kernel.errors import DaisyError, InvalidDocument, UnknownName
from daisy_kernel.workflow.document import (
    WorkflowDocument,
    input_of,
    parse_document,
    ref_of,
)
from daisy_kernel.workflow.document_workflow import check_known, expand, parse_input


def diagnose(
    content: dict[str, Any], given: Mapping[str, Any], held: Collection[str]
) -> tuple[list[Problem], list[str]]:
    """What keeps a document from running, as far as it can be known without its files.

    A run stops at the first error; here every step is looked at, so that all are seen at once.

    Parameters
    ----------
    content
        The document.
    given
        Values of its inputs, as far as they are known.
    held
        Names of the data objects that are there already.

    Returns
    -------
    problems
        In the order of the steps.
    missing
        Required inputs without a value: no fault of the document.
    """
    try:
        document = parse_document(content)
    except InvalidDocument as error:
        return [_problem(error, _broken_step(content))], []
    inputs = _Inputs(document, given)
    made: set[str] = set()
    problems = list(inputs.problems)
    for number, step in enumerate(document.steps):
        try:
            parts = expand(document.model_copy(update={"steps": (step,)}))
        except DaisyError as error:
            problems.append(_problem(error, number))
            continue
        for part in parts.steps:
            configured = parts.algorithms[part.name]
            try:
                schema = registry.schema_of(registry.algorithms.get(configured.class_))
            except DaisyError as error:
                problems.append(_problem(error, number))
                continue
            params = {**configured.init_paras, **part.params}
            look = _Look(number, part.name, schema, params, inputs)
            problems += look.problems(made, held)
            made |= look.makes
    for name in document.outputs:
        if name not in made and name not in held:
            problems.append(_problem(UnknownName("data object", name, {*made, *held})))
    return problems, inputs.missing


def sizes_of_steps(document: WorkflowDocument) -> list[int]:
    """How many algorithms each step runs: more than one where it is a workflow."""
    return [
        len(expand(document.model_copy(update={"steps": (step,)})).steps) for step in document.steps
    ]


class _Inputs:
    """The inputs of a document, as far as they are known."""

    def __init__(self, document: WorkflowDocument, given: Mapping[str, Any]):
        self.problems: list[Problem] = []
        self.missing: list[str] = []
        self.values: dict[str, Any] = {}
        """Those that are known or left open; the others are missing or wrong."""
        for name in given:
            if name not in document.inputs:
                kind = f"input of the workflow {document.name!r}"
                error = UnknownName(kind, name, document.inputs)
                self.problems.append(_problem(error, parameter=name))
        for name, declared in document.inputs.items():
            value = given.get(name, declared.default)
            if value is None and declared.required:
                self.missing.append(name)
                continue
            try:
                self.values[name] = parse_input(document.name, name, declared, value)
            except DaisyError as error:
                self.problems.append(_problem(error, parameter=name))


class _Look:
    """One algorithm of a step, looked at parameter by parameter."""

    def __init__(
        self,
        number: int,
        name: str,
        schema: registry.Schema,
        params: Mapping[str, Any],
        inputs: _Inputs,
    ):
        self._number, self._name, self._schema = number, name, schema
        self._written = params
        self._open: set[str] = set()
        """Parameters whose value nobody has given yet."""
        self._params: dict[str, Any] = {}
        for parameter, value in params.items():
            ref, source = ref_of(value), input_of(value)
            if source is not None and source not in inputs.values:
                self._open.add(parameter)
            elif source is None:
                self._params[parameter] = value if ref is None else Ref(ref)
            elif inputs.values[source] is not None:
                self._params[parameter] = inputs.values[source]
        self.makes = {v for n in schema.of_kind("output") if isinstance(v := self._said(n), str)}

    def problems(self, made: Collection[str], held: Collection[str]) -> Iterator[Problem]:
        """What is wrong, if these names were made before or are there already."""
        where = f"step {self._number + 1}, {self._name!r}"
        for parameter in self._written:
            yield from self._told(lambda n: check_known({n: 0}, self._schema, where), parameter)
        reads = self._schema.of_kind("input")
        for parameter in self._schema.parameters:
            if parameter in self._open:
                continue
            yield from self._told(
                lambda n: self._schema.value(n, self._params, self._name), parameter
            )
            value = self._said(parameter)
            name = value.name if isinstance(value, Ref) else value if parameter in reads else None
            if isinstance(name, str) and name not in made and name not in held:
                error = UnknownName("data object", name, {*made, *held})
                yield _problem(error, self._number, parameter)

    def _told(self, check: Callable[[str], Any], parameter: str) -> Iterator[Problem]:
        try:
            check(parameter)
        except DaisyError as error:
            yield _problem(error, self._number, parameter)

    def _said(self, parameter: str) -> Any:
        return self._params.get(parameter, self._schema.parameters[parameter].default)


def _broken_step(content: dict[str, Any]) -> int | None:
    """The first step with which the document does not hold together any more."""
    steps, algorithms = content.get("steps"), content.get("algorithms", {})
    if not (isinstance(steps, list) and isinstance(algorithms, dict)):
        return None
    for count in range(len(steps) + 1):
        begun = steps[:count]
        used = {step.get("algorithm") for step in begun if isinstance(step, dict)}
        some = {name: entry for name, entry in algorithms.items() if name in used}
        try:
            parse_document({**content, "algorithms": some, "steps": begun})
        except InvalidDocument:
            return count - 1 if count else None
        except TypeError:  # an algorithm's name that is no text
            return count - 1
    return None


def _problem(error: DaisyError, step: int | None = None, parameter: str = "") -> Problem:
    return Problem(type(error).__name__, " ".join(str(error).split()), step, parameter)
