"""The messages between a kernel and whoever uses it from elsewhere, version 1.

A ``daisy_request`` `Request` is answered by one ``daisy_reply``, a `Reply` or a `Refusal`; what
happens is told by ``daisy_event``, a `KernelEvent`. All three travel as messages of the Jupyter
kernel (requests on the control or shell channel, events on iopub), or wrapped in a `CommEnvelope`
on a comm of the target ``daisy``. Arrays are buffers beside the message.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from daisy_kernel.contracts.protocol_catalogue import (
    AlgorithmInfo,
    AlgorithmList,
    ExportedWorkflow,
    ExportWorkflow,
    PrepareRun,
    PreviewWorkflow,
    ValidateWorkflow,
    ValidWorkflow,
    WorkflowInfo,
    WorkflowList,
    WorkflowPlan,
    WorkflowPreview,
)
from daisy_kernel.contracts.protocol_documents import (
    DiagnoseWorkflow,
    Diagnosis,
    DocumentFile,
    OpenDocument,
    SavedDocument,
    SaveDocument,
)
from daisy_kernel.contracts.protocol_fields import Json, Message, Name, Named, Nothing, Text
from daisy_kernel.contracts.protocol_files import (
    AskFile,
    AskFolder,
    AskPreview,
    FileInfo,
    FolderInfo,
    Preview,
    ProfileInfo,
    ProfileList,
    SaveProfile,
)
from daisy_kernel.contracts.protocol_kernel import AskKernelEvents, KernelEvents, KernelInfo
from daisy_kernel.contracts.protocol_objects import (
    ArrayInfo,
    AskRange,
    CountValues,
    DataObjectInfo,
    DrawProfile,
    Histogram,
    ObjectList,
    OpenFile,
    Picture,
    Profile,
    PutObject,
    PutProgress,
    ReadObject,
    ShowPlane,
    Statistics,
    SumUpRegion,
    ValueRange,
)
from daisy_kernel.contracts.protocol_runs import (
    AskEvents,
    AskRun,
    AskRuns,
    ExecuteAlgorithm,
    RunEvents,
    RunId,
    RunInfo,
    RunLines,
    RunList,
)

PROTOCOL = 1
"""Version of the messages; a change that an older reader would misunderstand makes it 2."""
REQUEST: Literal["daisy_request"] = "daisy_request"
REPLY: Literal["daisy_reply"] = "daisy_reply"
EVENT: Literal["daisy_event"] = "daisy_event"
"""Their types as Jupyter messages."""
COMM_TARGET = "daisy"
MAX_ARGUMENT_BYTES = 10_000_000
"""Arguments of a request as JSON [bytes]."""
MAX_DEPTH = 40
"""How deep arguments may be nested; a workflow document may be 32 deep."""


@dataclass(frozen=True)
class Operation:
    """One thing that may be asked."""

    arguments: type[Message]
    result: type[Message]
    buffers_in: int = 0
    """How many buffers come with the request."""
    buffers_out: int = 0
    """How many buffers come with the reply."""


OPERATIONS: dict[str, Operation] = {
    "kernel.describe": Operation(Nothing, KernelInfo),
    "kernel.events": Operation(AskKernelEvents, KernelEvents),
    "objects.list": Operation(Nothing, ObjectList),
    "objects.describe": Operation(Named, DataObjectInfo),
    "objects.refresh": Operation(Named, DataObjectInfo),
    "objects.read": Operation(ReadObject, ArrayInfo, buffers_out=1),
    "objects.image": Operation(ShowPlane, Picture, buffers_out=1),
    "objects.range": Operation(AskRange, ValueRange),
    "objects.histogram": Operation(CountValues, Histogram, buffers_out=1),
    "objects.profile": Operation(DrawProfile, Profile, buffers_out=1),
    "objects.statistics": Operation(SumUpRegion, Statistics),
    "objects.put": Operation(PutObject, PutProgress, buffers_in=1),
    "objects.delete": Operation(Named, Nothing),
    "objects.open": Operation(OpenFile, ObjectList),
    "files.list": Operation(AskFolder, FolderInfo),
    "files.describe": Operation(AskFile, FileInfo),
    "files.preview": Operation(AskPreview, Preview, buffers_out=1),
    "profiles.list": Operation(Nothing, ProfileList),
    "profiles.save": Operation(SaveProfile, ProfileInfo),
    "profiles.delete": Operation(Named, Nothing),
    "algorithms.list": Operation(Nothing, AlgorithmList),
    "algorithms.describe": Operation(Named, AlgorithmInfo),
    "workflows.list": Operation(Nothing, WorkflowList),
    "workflows.describe": Operation(Named, WorkflowInfo),
    "workflow.validate": Operation(ValidateWorkflow, ValidWorkflow),
    "workflow.check": Operation(PrepareRun, WorkflowPlan),
    "workflow.preview": Operation(PreviewWorkflow, WorkflowPreview),
    "workflow.export": Operation(ExportWorkflow, ExportedWorkflow),
    "workflow.diagnose": Operation(DiagnoseWorkflow, Diagnosis),
    "documents.open": Operation(OpenDocument, DocumentFile),
    "documents.save": Operation(SaveDocument, SavedDocument),
    "run.start": Operation(PrepareRun, RunId),
    "run.resume": Operation(AskRun, RunId),
    "run.cancel": Operation(AskRun, RunId),
    "run.describe": Operation(AskRun, RunInfo),
    "run.events": Operation(AskEvents, RunEvents),
    "run.log": Operation(AskEvents, RunLines),
    "runs.list": Operation(AskRuns, RunList),
    "execute": Operation(ExecuteAlgorithm, Nothing),
}
"""Name -> what it takes and gives."""


@dataclass(frozen=True)
class Request(Message):
    """Content of a ``daisy_request``."""

    operation: Name
    arguments: Json = field(default_factory=dict)
    """As the operation takes them; may be left out where it takes none."""


@dataclass(frozen=True)
class ErrorInfo(Message):
    """Why something was refused or has failed."""

    kind: Text
    """Name of the error's class, such as UnknownName."""
    message: Text
    """One line: what was met, what was expected, what to do."""


@dataclass(frozen=True)
class Reply(Message):
    """Content of a ``daisy_reply`` to a request that was carried out."""

    status: Literal["ok"]
    result: Json
    """As the operation gives it."""


@dataclass(frozen=True)
class Refusal(Message):
    """Content of a ``daisy_reply`` to a request that was not carried out."""

    status: Literal["error"]
    error: ErrorInfo


@dataclass(frozen=True)
class CommEnvelope(Message):
    """What the data of a comm message holds."""

    type: Literal["daisy_request", "daisy_reply", "daisy_event"]
    content: Json
    """The content of that message."""
    id: Name | None = None
    """Chosen by who asks and repeated in the reply; null with an event."""
