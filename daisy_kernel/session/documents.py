"""Operations on workflow documents that somebody edits: open, save, find what is wrong."""

from __future__ import annotations

import os
from hashlib import sha256
from typing import Any, cast

from daisy_kernel import registry
from daisy_kernel.contracts.engine import Engine
from daisy_kernel.contracts.protocol_documents import (
    DiagnoseWorkflow,
    Diagnosis,
    DocumentFile,
    OpenDocument,
    Problem,
    SavedDocument,
    SaveDocument,
)
from daisy_kernel.contracts.run import RunOptions, RunRequest
from daisy_kernel.datastore import DataStore
from daisy_kernel.errors import DaisyError, InvalidDocument, OutputExists
from daisy_kernel.formats import atomic_file, within_reach
from daisy_kernel.workflow import (
    SUFFIX,
    DocumentWorkflow,
    diagnose,
    load_json,
    parse_document,
    read_document_text,
    sizes_of_steps,
)


def open_document(asked: OpenDocument) -> DocumentFile:
    """The text of a document; it must be a JSON object, but may be no valid workflow yet.

    Raises
    ------
    InvalidDocument
        If the file is missing, too large, or no JSON object.
    OutOfReach
        If the caller may not use it.
    """
    path = within_reach(asked.path)
    text = read_document_text(path)
    load_json(text, str(path))
    return DocumentFile(str(path), text, _digest(text))


def save_document(asked: SaveDocument) -> SavedDocument:
    """Write a document; the file is the old or the new one, never half of it.

    Raises
    ------
    InvalidDocument
        If the text is no JSON object, or the name does not end as that of a document.
    OutputExists
        If the file has another content than the one that may be replaced.
    OutOfReach
        If the caller may not use it.
    FileProblem
        If it cannot be written.
    """
    path = within_reach(asked.path)
    if not path.name.endswith(SUFFIX) or path.name == SUFFIX:
        raise InvalidDocument(
            f"{path} cannot be the name of a workflow document: end it with {SUFFIX}."
        )
    load_json(asked.text, "the document to save")
    try:
        content = asked.text.encode()
    except UnicodeEncodeError as error:
        raise InvalidDocument(f"The document to save is no text: {error}.") from error
    if asked.replaces is not None and os.path.lexists(path):
        if _digest(read_document_text(path)) != asked.replaces:
            raise OutputExists(
                f"{path} has changed since it was opened: open it again, or save under another "
                "name."
            )
    elif os.path.lexists(path):
        raise OutputExists(
            f"{path} is already there and is kept: open it to go on with it, or save under "
            "another name."
        )
    with atomic_file(path, overwrite=asked.replaces is not None) as temporary:
        temporary.write_bytes(content)
    return SavedDocument(str(path), _digest(asked.text))


def diagnose_workflow(store: DataStore, asked: DiagnoseWorkflow) -> Diagnosis:
    """Everything that is wrong with a document, step by step; with all inputs also its plan."""
    inputs = asked.inputs or {}
    problems, missing = diagnose(asked.workflow, inputs, set(store))
    if problems or missing:
        return Diagnosis(problems, missing, is_planned=False)
    failed = _failed_plan(store, asked.workflow, inputs)
    return Diagnosis([failed] if failed else [], [], is_planned=True)


def _failed_plan(
    store: DataStore, content: dict[str, Any], inputs: dict[str, Any]
) -> Problem | None:
    """What keeps a run from being planned, and the step that was being recorded."""
    engine: Any = registry.engines.get("inprocess")(store, RunOptions())
    watched = _Watched(engine)
    document = parse_document(content)
    sizes: list[int] = []
    try:
        prepared = DocumentWorkflow(document, inputs)
        sizes = sizes_of_steps(document)
        request = RunRequest(prepared.name, outputs=prepared.outputs)
        engine.plan(request, lambda: watched.record(prepared))
    except DaisyError as error:
        step = watched.step(sizes)
        return Problem(type(error).__name__, " ".join(str(error).split()), step)
    return None


class _Watched:
    """An engine that knows how many algorithms were asked of it."""

    def __init__(self, engine: Any):
        self._engine, self._count = engine, 0
        self._is_recording = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def __getitem__(self, name: str) -> Any:
        self._count += 1
        return self._engine[name]

    def record(self, workflow: DocumentWorkflow) -> None:
        """Record a workflow; what fails later is no fault of a single step."""
        self._is_recording = True
        workflow.record_into(cast(Engine, self))
        self._is_recording = False

    def step(self, sizes: list[int]) -> int | None:
        """The step that was being recorded, if there was one; `sizes` are algorithms per step."""
        if not self._is_recording:
            return None
        reached = 0
        for step, size in enumerate(sizes):
            reached += size
            if 0 < self._count <= reached:
                return step
        return None


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
