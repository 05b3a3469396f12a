"""Operations on what is installed: algorithms, workflows, and what a run would do."""

from __future__ import annotations

from typing import Any

from daisy_kernel import registry
from daisy_kernel.configuration import parse_size
from daisy_kernel.contracts.protocol_catalogue import (
    AlgorithmInfo,
    AlgorithmList,
    AskedOptions,
    PlanItem,
    PlanOutput,
    PrepareRun,
    ValidateWorkflow,
    ValidWorkflow,
    WorkflowInfo,
    WorkflowList,
    WorkflowPlan,
)
from daisy_kernel.contracts.protocol_fields import Named, Nothing
from daisy_kernel.contracts.run import RunOptions, RunRequest
from daisy_kernel.datastore import DataStore
from daisy_kernel.errors import InvalidParameter
from daisy_kernel.workflow import (
    DocumentWorkflow,
    SweepPlan,
    SweepWorkflow,
    WorkflowDocument,
    find_workflow,
    known_workflows,
    parse_document,
)


class Catalogue:
    """What can be run here."""

    def __init__(self, store: DataStore):
        self._store = store

    def algorithms(self, _: Nothing) -> AlgorithmList:
        """Name -> JSON schema of every algorithm."""
        classes = registry.algorithms.all()
        return AlgorithmList({n: registry.schema_of(c).json_schema() for n, c in classes.items()})

    def algorithm(self, asked: Named) -> AlgorithmInfo:
        """One algorithm with its JSON schema."""
        found = registry.algorithms.get(asked.name)
        return AlgorithmInfo(asked.name, found.version, registry.schema_of(found).json_schema())

    def workflows(self, _: Nothing) -> WorkflowList:
        """Name -> document of every workflow."""
        return WorkflowList({n: d.as_json() for n, d in known_workflows().items()})

    def workflow(self, asked: Named) -> WorkflowInfo:
        """One workflow with the JSON schema of its inputs."""
        document = find_workflow(asked.name)
        return WorkflowInfo(asked.name, document.as_json(), _inputs_schema(document))

    def validate(self, asked: ValidateWorkflow) -> ValidWorkflow:
        """Make sure that a workflow can be planned, without opening a file."""
        prepared = prepare(asked)
        return ValidWorkflow(prepared.name, prepared.inputs, prepared.document.as_json())

    def check(self, asked: PrepareRun) -> WorkflowPlan:
        """Validate a workflow and say what it would do: stages, memory, disk; runs nothing."""
        prepared = prepare(asked)
        made = registry.engines.get(asked.engine)(self._store, parse_options(asked.options))
        request = RunRequest(prepared.name, outputs=prepared.outputs)
        plan: dict[str, Any] = made.plan(request, lambda: prepared.record_into(made))
        return WorkflowPlan(
            prepared.name,
            prepared.inputs,
            [PlanItem(**item) for item in plan["items"]],
            [PlanOutput(**output) for output in plan["outputs"]],
            plan["memory"],
            plan["budget"],
            plan["disk"],
            prepared.parameters if isinstance(prepared, SweepWorkflow) else None,
        )


def prepare(asked: ValidateWorkflow) -> DocumentWorkflow | SweepWorkflow:
    """A workflow by name, path or content, with its inputs.

    Raises
    ------
    DaisyError
        If something in it is not valid.
    """
    named = asked.workflow
    document = find_workflow(named) if isinstance(named, str) else parse_document(named)
    if asked.sweep is not None:
        plan = SweepPlan(parameters=asked.sweep, slices=asked.slices)
        document = document.model_copy(update={"sweep": plan})
    elif asked.slices is not None:
        raise InvalidParameter("slices are chosen for a sweep: give one, or compute them all.")
    kind = DocumentWorkflow if document.sweep is None else SweepWorkflow
    return kind(document, asked.inputs or {}, asked.overrides)


def parse_options(asked: AskedOptions | None) -> RunOptions:
    """Run options as they come from outside.

    Raises
    ------
    InvalidParameter
        For a value that makes no sense.
    """
    if asked is None:
        return RunOptions()
    try:
        threads = None if asked.threads is None else int(asked.threads)
    except ValueError:
        threads = 0
    if threads is not None and threads < 1:
        raise InvalidParameter(f"threads cannot be {asked.threads!r}: give a number, 1 or more.")
    memory = None if asked.memory is None else parse_size(asked.memory)
    return RunOptions(memory, threads, asked.overwrite)


def _inputs_schema(document: WorkflowDocument) -> dict[str, Any]:
    """The inputs of a workflow as JSON Schema, in the words of an algorithm's schema."""
    properties = {}
    for name, declared in document.inputs.items():
        entry: dict[str, Any] = {"type": declared.type, "x-kind": "value"}
        if declared.type == "path":
            entry |= {"type": "string", "format": "path"}
        if declared.choices:
            entry["enum"] = list(declared.choices)
        if not declared.required:
            entry["default"] = declared.default
        for key, text in (("x-unit", declared.unit), ("description", declared.help)):
            if text:
                entry[key] = text
        properties[name] = entry
    return {
        "title": document.name,
        "description": document.help,
        "type": "object",
        "properties": properties,
        "required": [n for n, declared in document.inputs.items() if declared.required],
        "additionalProperties": False,
    }
