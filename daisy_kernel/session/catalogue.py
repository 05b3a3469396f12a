"""Operations on what is installed: algorithms, workflows, and what a run would do."""

from __future__ import annotations

from typing import Any

from daisy_kernel import registry
from daisy_kernel.configuration import parse_size
from daisy_kernel.contracts.run import RunOptions, RunRequest
from daisy_kernel.datastore import DataStore
from daisy_kernel.errors import InvalidParameter
from daisy_kernel.workflow import (
    DocumentWorkflow,
    SweepPlan,
    SweepWorkflow,
    find_workflow,
    known_workflows,
    parse_document,
)


class Catalogue:
    """What can be run here."""

    def __init__(self, store: DataStore):
        self._store = store

    def algorithms(self) -> dict[str, Any]:
        """Name -> JSON schema of every algorithm."""
        classes = registry.algorithms.all()
        return {"algorithms": {n: registry.schema_of(c).json_schema() for n, c in classes.items()}}

    def workflows(self) -> dict[str, Any]:
        """Name -> document of every workflow."""
        return {"workflows": {n: d.as_json() for n, d in known_workflows().items()}}

    def check(
        self,
        workflow: str | dict[str, Any],
        inputs: dict[str, Any] | None = None,
        overrides: dict[str, Any] | None = None,
        options: dict[str, Any] | None = None,
        engine: str = "inprocess",
        sweep: dict[str, Any] | None = None,
        slices: Any = None,
    ) -> dict[str, Any]:
        """Validate a workflow and say what it would do: stages, memory, disk; runs nothing."""
        prepared = prepare(workflow, inputs, overrides, sweep, slices)
        made = registry.engines.get(engine)(self._store, parse_options(options))
        request = RunRequest(prepared.name, outputs=prepared.outputs)
        plan: dict[str, Any] = made.plan(request, lambda: prepared.record_into(made))
        answer = {"workflow": prepared.name, "inputs": prepared.inputs, **plan}
        if isinstance(prepared, SweepWorkflow):
            answer["sweep"] = prepared.parameters
        return answer


def prepare(
    workflow: str | dict[str, Any],
    inputs: dict[str, Any] | None,
    overrides: dict[str, Any] | None,
    sweep: dict[str, Any] | None = None,
    slices: Any = None,
) -> DocumentWorkflow | SweepWorkflow:
    """A workflow by name, path or content, with its inputs.

    Parameters
    ----------
    workflow
        A name, the path of a document, or a document, which may have a sweep in it.
    inputs
        Values of its inputs.
    overrides
        "step.parameter" -> value.
    sweep
        Input or "step.parameter" -> the values that it takes, see `sweep_values`.
    slices
        Numbers of the slices on which they are compared.

    Raises
    ------
    DaisyError
        If something in it is not valid.
    """
    document = find_workflow(workflow) if isinstance(workflow, str) else parse_document(workflow)
    if sweep is not None:
        plan = SweepPlan(parameters=sweep, slices=slices)
        document = document.model_copy(update={"sweep": plan})
    elif slices is not None:
        raise InvalidParameter("slices are chosen for a sweep: give one, or compute them all.")
    kind = DocumentWorkflow if document.sweep is None else SweepWorkflow
    return kind(document, inputs or {}, overrides)


def parse_options(options: dict[str, Any] | None) -> RunOptions:
    """Run options as they come from outside.

    Raises
    ------
    InvalidParameter
        For an option that does not exist or a value that makes no sense.
    """
    options = dict(options or {})
    memory, given = options.pop("memory", None), options.pop("threads", None)
    overwrite = options.pop("overwrite", False)
    if options:
        raise InvalidParameter(
            f"Unknown run option {next(iter(options))!r}; known: memory, threads, overwrite."
        )
    try:
        threads = None if given is None else int(given)
    except (TypeError, ValueError):
        threads = 0
    if threads is not None and threads < 1:
        raise InvalidParameter(f"threads cannot be {given!r}: give a number, 1 or more.")
    if not isinstance(overwrite, bool):
        raise InvalidParameter(f"overwrite cannot be {overwrite!r}: give true or false.")
    return RunOptions(None if memory is None else parse_size(memory), threads, overwrite)
