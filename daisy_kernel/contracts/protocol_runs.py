"""Messages about runs, and what their events hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field

from daisy_kernel.contracts.events import Event, RunState
from daisy_kernel.contracts.protocol_catalogue import AskedOptions, PlanItem
from daisy_kernel.contracts.protocol_fields import Count, Flag, Json, Message, Name, Number, Text
from daisy_kernel.contracts.protocol_objects import DataObjectInfo
from daisy_kernel.contracts.run import RunRecord

MAX_EVENTS = 10_000
"""Events in one reply."""

EventLimit = Annotated[int, Field(strict=True, ge=1, le=MAX_EVENTS)]


@dataclass(frozen=True)
class RunId(Message):
    """The id of a run that was started, resumed or asked to stop."""

    id: Text


@dataclass(frozen=True)
class AskRun(Message):
    """One run."""

    run: Name
    """Its id, or the beginning of it if only one run has it."""


@dataclass(frozen=True)
class RunProgress(Message):
    """How far a run has come."""

    fraction: Annotated[Number, Field(ge=0, le=1)] = 0.0
    title: Text = ""
    """What is being done."""
    item: Count = 0
    """Number of the plan's item in work."""
    items: Count = 0
    done: Count = 0
    """Blocks of this item that are done."""
    blocks: Count = 0


@dataclass(frozen=True)
class RunInfo(RunRecord, Message):
    """Everything that is kept of a run, and how far it has come."""

    progress: RunProgress = field(default_factory=RunProgress)


@dataclass(frozen=True)
class RunSummary(Message):
    """One run in a list."""

    id: Text
    workflow: Text
    state: RunState
    created: Number
    """Seconds since 1970-01-01 UTC."""
    finished: Number | None
    outputs: Sequence[str]
    """Files written."""
    error: Text
    """One line, when the run failed."""
    is_sweep: bool
    """Whether it tries values of parameters on some slices, instead of running the workflow."""


@dataclass(frozen=True)
class AskRuns(Message):
    """The latest runs."""

    limit: Count | None = None
    """How many; null: all."""


@dataclass(frozen=True)
class RunList(Message):
    """Recorded runs, newest first."""

    runs: Sequence[RunSummary]


@dataclass(frozen=True)
class AskEvents(AskRun):
    """Events of one run from a number on."""

    since: Count = 0
    limit: EventLimit = MAX_EVENTS


@dataclass(frozen=True)
class RunEvents(Message):
    """Events of one run, in order."""

    events: Sequence[Event]
    next: Count
    """Ask for events since this number to go on."""
    more: Flag
    """Whether there are more already."""


@dataclass(frozen=True)
class LogLine(Message):
    """One line of a run's log."""

    n: Count
    """Number of its event within the run."""
    time: Number
    """Seconds since 1970-01-01 UTC."""
    level: Literal["info", "warning", "error"]
    message: Text


@dataclass(frozen=True)
class RunLines(Message):
    """The log of one run, in order."""

    lines: Sequence[LogLine]
    next: Count
    """Ask for lines since this number to go on."""
    more: Flag


@dataclass(frozen=True)
class ExecuteAlgorithm(Message):
    """One algorithm, to be run at once."""

    algorithm: Name
    params: Json
    """{"ref": name} stands for a scalar data object."""
    options: AskedOptions | None = None


@dataclass(frozen=True)
class StateData(Message):
    """The run is in another state."""

    state: RunState
    error: Text = ""
    """One line, when it failed."""
    traceback: Text = ""
    """Where in the code."""


@dataclass(frozen=True)
class PlanData(Message):
    """What the run is going to do."""

    items: Sequence[PlanItem]


@dataclass(frozen=True)
class ProgressData(Message):
    """A block is done."""

    item: Count
    items: Count
    title: Text
    done: Count
    blocks: Count


@dataclass(frozen=True)
class LogData(Message):
    """A line of the log."""

    level: Literal["info", "warning", "error"]
    message: Text


@dataclass(frozen=True)
class ValueData(Message):
    """A scalar was computed, such as the rotation centre."""

    name: Text
    value: Any


@dataclass(frozen=True)
class OutputData(Message):
    """A dataset is complete in its file."""

    path: Text
    dataset: Text


@dataclass(frozen=True)
class ObjectData(Message):
    """A data object was added, changed or removed."""

    change: Literal["added", "changed", "removed"]
    name: Text
    object: DataObjectInfo | None
    """The object as it is now; null when it was removed, or again meanwhile."""


EVENT_DATA: dict[str, type[Message]] = {
    "state": StateData,
    "plan": PlanData,
    "progress": ProgressData,
    "log": LogData,
    "value": ValueData,
    "output": OutputData,
    "object": ObjectData,
}
"""Kind of an event -> what its `data` holds."""
