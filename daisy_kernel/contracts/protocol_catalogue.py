"""Messages about algorithms and workflows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from daisy_kernel.contracts.protocol_fields import (
    Count,
    Flag,
    Json,
    Message,
    Name,
    Number,
    Shape,
    Text,
)


@dataclass(frozen=True)
class AlgorithmList(Message):
    """Name -> JSON Schema of every algorithm."""

    algorithms: Mapping[str, Json]


@dataclass(frozen=True)
class AlgorithmInfo(Message):
    """One algorithm."""

    name: Text
    version: Text
    """Changes whenever its numbers change."""
    schema: Json
    """JSON Schema of its parameters; x-kind, x-unit, x-axes, x-level say what that cannot."""


@dataclass(frozen=True)
class WorkflowList(Message):
    """Name -> document of every workflow."""

    workflows: Mapping[str, Json]


@dataclass(frozen=True)
class WorkflowInfo(Message):
    """One workflow."""

    name: Text
    document: Json
    schema: Json
    """JSON Schema of its inputs, with x-unit."""


@dataclass(frozen=True)
class AskedOptions(Message):
    """How to run, as opposed to what."""

    memory: str | int | None = None
    """Budget for arrays: bytes, or a size such as "4GB"; null: 60 % of the machine."""
    threads: str | int | None = None
    """Blocks computed at once; null: one per core."""
    overwrite: Flag = False
    """Whether existing outputs may be replaced."""


@dataclass(frozen=True)
class ValidateWorkflow(Message):
    """A workflow with values for its inputs."""

    workflow: str | Json
    """A name, the path of a document, or a document."""
    inputs: Json | None = None
    """Input -> value."""
    overrides: Json | None = None
    """"step.parameter" -> value."""
    sweep: Json | None = None
    """Input or "step.parameter" -> the values it takes one after the other."""
    slices: Any = None
    """Numbers of the slices on which these are compared."""


@dataclass(frozen=True)
class PrepareRun(ValidateWorkflow):
    """A workflow with values for its inputs, and how to run it."""

    options: AskedOptions | None = None
    engine: Name = "inprocess"


@dataclass(frozen=True)
class PreviewWorkflow(Message):
    """A workflow with values for its inputs, and one slice of what it would make."""

    workflow: str | Json
    """A name, the path of a document, or a document."""
    inputs: Json | None = None
    """Input -> value."""
    overrides: Json | None = None
    """"step.parameter" -> value."""
    index: Count | None = None
    """Number of the slice; null: the middle one."""


@dataclass(frozen=True)
class PreviewStep(Message):
    """What one step does to the slice."""

    step: Text
    algorithm: Text
    """Name of its class."""
    before: str | None
    """The data object that shows what goes in; null: there is nothing to show."""
    after: str | None
    """What comes out; the same as `before` where the step does nothing with these parameters."""
    seconds: Number
    """What computing took; 0 where an earlier preview had it."""
    note: Text
    """Why there is nothing to show, where that is not plain."""


@dataclass(frozen=True)
class WorkflowPreview(Message):
    """One slice through every step; the next preview replaces its data objects."""

    workflow: Text
    """Name of the workflow."""
    inputs: Json
    """Every input with the value that was used."""
    index: Count
    """Number of the slice."""
    count: Count
    """How many slices there are."""
    steps: Sequence[PreviewStep]
    """In the order of execution."""
    values: Json
    """Numbers that steps found on the way, such as the rotation centre."""


@dataclass(frozen=True)
class ExportWorkflow(Message):
    """A workflow with values for its inputs, to be written down."""

    workflow: str | Json
    """A name, the path of a document, or a document."""
    inputs: Json | None = None
    """Input -> value."""
    overrides: Json | None = None
    """"step.parameter" -> value."""
    form: Literal["document", "script"] = "document"
    """A workflow document, or a Python script."""
    path: Name | None = None
    """The file to write; null: only the text is wanted."""
    overwrite: Flag = False
    """Whether an existing file may be replaced."""
    remarks: Sequence[Text] = ()
    """How the values came about, one sentence each."""


@dataclass(frozen=True)
class ExportedWorkflow(Message):
    """A workflow that gives the same numbers without being told anything."""

    text: Text
    path: str | None
    """The file that was written."""


@dataclass(frozen=True)
class ValidWorkflow(Message):
    """A workflow that can be planned; no file has been opened yet."""

    workflow: Text
    """Name of the workflow."""
    inputs: Json
    """Every input with the value that a run would use."""
    document: Json
    """The document with the overrides in it."""


@dataclass(frozen=True)
class PlanItem(Message):
    """One item of a plan: steps that run together."""

    steps: Sequence[str]
    axis: str | None
    """The axis that is cut; null: whole arrays."""
    blocks: Count
    """How many pieces of work."""
    memory: Count
    """What they need at most [bytes]."""
    text: Text
    """All of it in one line."""
    block: Count | None = None
    """Elements along the axis in one block."""
    halo: Count = 0
    """Neighbours that a block needs on each side."""
    workers: Count = 1
    """Blocks in work at once."""
    parts: Count = 0
    """Room for what is kept on disk until the end of the run [bytes]."""
    windows: Sequence[Sequence[int]] = ()
    """Parts [start, stop) of the axis that a sweep reads."""
    variants: Count = 1
    """Combinations of a sweep."""


@dataclass(frozen=True)
class PlanOutput(Message):
    """A dataset that a run would write."""

    path: Text
    dataset: Text
    shape: Shape
    dtype: Text
    nbytes: Count


@dataclass(frozen=True)
class WorkflowPlan(Message):
    """What a run would do."""

    workflow: Text
    """Name of the workflow."""
    inputs: Json
    """Every input with the value that a run would use."""
    items: Sequence[PlanItem]
    """In the order of execution."""
    outputs: Sequence[PlanOutput]
    memory: Count
    """What it needs at most [bytes]."""
    budget: Count
    """What it may use [bytes]."""
    disk: Count
    """Room for outputs and parts [bytes]."""
    sweep: Json | None = None
    """Parameter -> its values."""
