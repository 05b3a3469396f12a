"""Messages about workflow documents that somebody edits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from daisy_kernel.contracts.protocol_fields import Count, Flag, Json, Message, Name, Text


@dataclass(frozen=True)
class OpenDocument(Message):
    """A document in a file."""

    path: Name
    """Relative to the kernel's folder."""


@dataclass(frozen=True)
class DocumentFile(Message):
    """A document as its file holds it; it need not be valid, so that it can be mended."""

    path: Text
    """From the root."""
    text: Text
    """The JSON, to the last byte."""
    digest: Text
    """SHA-256 of the file, to say which content a save may replace."""


@dataclass(frozen=True)
class SaveDocument(Message):
    """A document to be written into a file."""

    path: Name
    """Ends with ".daisy.json"; relative to the kernel's folder."""
    text: Text
    """A JSON object."""
    replaces: Text | None = None
    """Digest of the content that the file may have already; null: there must be no file."""


@dataclass(frozen=True)
class SavedDocument(Message):
    """A document that is in its file now."""

    path: Text
    """From the root."""
    digest: Text
    """SHA-256 of the file."""


@dataclass(frozen=True)
class DiagnoseWorkflow(Message):
    """A document that is being edited, with values for its inputs as far as they are known."""

    workflow: Json
    inputs: Json | None = None
    """Input -> value."""


@dataclass(frozen=True)
class Problem(Message):
    """One thing that keeps a workflow from running."""

    kind: Text
    """Name of the error's class, such as UnknownName."""
    message: Text
    """One line, as a run would say it."""
    step: Count | None = None
    """Number of the step, from 0; null: the document as a whole."""
    parameter: Text = ""
    """Of the step; without a step, an input of the workflow."""


@dataclass(frozen=True)
class Diagnosis(Message):
    """What keeps a workflow from running."""

    problems: Sequence[Problem]
    """In the order of the steps; all that can be told without files, else the first one met."""
    missing: Sequence[str]
    """Required inputs without a value."""
    is_planned: Flag
    """Whether files were looked at, too: without problems it can run then."""
