"""Which data objects the steps of a workflow take and give, and who made them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from daisy_widgets.workflow_draft import Json, WorkflowDraft, is_input, is_ref

State = Literal["ok", "held", "loose", "unset", "clash", "unused"]
"""ok; in the data store already; made by nobody; required and not named; replaced before anybody
has read it; read by nobody."""


@dataclass
class Port:
    """One data object that a step takes or gives."""

    parameter: str
    name: str
    is_output: bool
    axes: tuple[str, ...] = ()
    state: State = "ok"
    maker: tuple[int, int] | None = None
    """For what is taken: step and number of the port that gave it."""
    readers: list[tuple[int, int]] = field(default_factory=list)
    """For what is given: steps and numbers of the ports that take it."""


@dataclass(frozen=True)
class StepFlow:
    """What one step takes and gives, in this order."""

    title: str
    runs: str
    """Class of the algorithm, or "workflow"."""
    ports: tuple[Port, ...]


def flow_of(
    draft: WorkflowDraft,
    schemas: Mapping[str, Json],
    workflows: Mapping[str, Json],
    held: Collection[str] = (),
) -> tuple[StepFlow, ...]:
    """The flow of data through a workflow.

    Parameters
    ----------
    draft
        The workflow.
    schemas
        Class -> JSON schema of the algorithm.
    workflows
        Name or path -> document of every workflow that is a step, as far as they are known.
    held
        Names of the data objects that are in the data store.
    """
    steps = tuple(_step(draft, n, schemas, workflows) for n in range(len(draft.steps)))
    _connect(steps, draft.outputs, held)
    return steps


def made_before(steps: Sequence[StepFlow], step: int) -> dict[str, tuple[str, ...]]:
    """Name -> axes of every object that the steps before one have made, the newest last."""
    made: dict[str, tuple[str, ...]] = {}
    for flow in steps[:step]:
        for port in flow.ports:
            if port.is_output:
                made.pop(port.name, None)
                made[port.name] = port.axes
    return made


def _step(
    draft: WorkflowDraft, step: int, schemas: Mapping[str, Json], workflows: Mapping[str, Json]
) -> StepFlow:
    class_name = draft.class_of(step)
    if class_name is None:
        title = draft.title(step)
        inner = WorkflowDraft(dict(workflows.get(title, {})))
        given = draft.params(step)
        ports = tuple(_ports_of_workflow(inner, given, schemas, workflows))
        return StepFlow(str(inner.content.get("name", title)), "workflow", ports)
    ports = tuple(_ports(draft.params(step), schemas.get(class_name, {})))
    return StepFlow(draft.title(step), class_name, ports)


def _ports(given: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[Port]:
    """What is taken first, then what is given."""
    declared = schema.get("properties", {})
    required = schema.get("required", ())
    taken: list[Port] = []
    made: list[Port] = []
    for parameter, about in declared.items():
        value, kind = given.get(parameter, about.get("default")), about["x-kind"]
        is_output = kind == "output"
        axes = tuple(about.get("x-axes", ()))
        if is_ref(value):
            taken.append(Port(parameter, value["ref"], False))
        elif kind not in ("input", "output") or is_input(value):
            continue
        elif isinstance(value, str) and value:
            (made if is_output else taken).append(Port(parameter, value, is_output, axes))
        elif parameter in required:
            unset = Port(parameter, "", is_output, axes, "unset")
            (made if is_output else taken).append(unset)
    return iter((*taken, *made))


def _ports_of_workflow(
    inner: WorkflowDraft,
    given: Mapping[str, Any],
    schemas: Mapping[str, Json],
    workflows: Mapping[str, Json],
) -> Iterator[Port]:
    """What a workflow does not make itself, then all that it makes."""
    made: dict[str, Port] = {}
    taken: dict[str, Port] = {}
    for step in range(len(inner.steps)):
        params = {n: _filled(v, inner, given) for n, v in inner.params(step).items()}
        class_name = inner.class_of(step)
        if class_name is None:
            nested = WorkflowDraft(dict(workflows.get(inner.title(step), {})))
            ports = list(_ports_of_workflow(nested, params, schemas, workflows))
        else:
            ports = list(_ports(params, schemas.get(class_name, {})))
        for port in ports:
            if port.is_output:
                made[port.name] = port
            elif port.name not in made and port.name:
                taken.setdefault(port.name, port)
    return iter((*taken.values(), *made.values()))


def _filled(value: Any, inner: WorkflowDraft, given: Mapping[str, Any]) -> Any:
    if not is_input(value):
        return value
    name = value["input"]
    return given.get(name, inner.inputs.get(name, {}).get("default"))


def _connect(steps: Sequence[StepFlow], outputs: Collection[str], held: Collection[str]) -> None:
    """Find the maker of all that is taken, and what has none or is lost."""
    newest: dict[str, tuple[int, int]] = {}
    for number, flow in enumerate(steps):
        for place, port in enumerate(flow.ports):
            if port.state == "unset":
                continue
            before = newest.get(port.name)
            if not port.is_output:
                port.maker = before
                if before is not None:
                    _at(steps, before).readers.append((number, place))
                else:
                    port.state = "held" if port.name in held else "loose"
                continue
            if before is not None and not _at(steps, before).readers:
                _at(steps, before).state = port.state = "clash"
            newest[port.name] = (number, place)
    for name, place_of in newest.items():
        port = _at(steps, place_of)
        if not port.readers and name not in outputs and port.state == "ok":
            port.state = "unused"


def _at(steps: Sequence[StepFlow], place: tuple[int, int]) -> Port:
    return steps[place[0]].ports[place[1]]
