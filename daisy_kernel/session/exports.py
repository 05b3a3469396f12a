"""Workflows written down: as a document or as a script, with the values of their inputs."""

from __future__ import annotations

from daisy_kernel.contracts.protocol_catalogue import (
    ExportedWorkflow,
    ExportWorkflow,
    ValidateWorkflow,
)
from daisy_kernel.formats import atomic_file, within_reach
from daisy_kernel.session.catalogue import prepare
from daisy_kernel.workflow.export import document_text, filled_document, script_text


def export(asked: ExportWorkflow) -> ExportedWorkflow:
    """A workflow as text, and as a file where one is named.

    Raises
    ------
    OutputExists
        If the file is there and may not be replaced.
    OutOfReach
        If the caller may not write there.
    DaisyError
        If the workflow is not valid.
    """
    prepared = prepare(ValidateWorkflow(asked.workflow, asked.inputs, asked.overrides))
    if asked.form == "script":
        text = script_text(prepared.document, prepared.inputs, asked.remarks)
    else:
        text = document_text(filled_document(prepared.document, prepared.inputs, asked.remarks))
    if asked.path is None:
        return ExportedWorkflow(text, None)
    path = within_reach(asked.path)
    with atomic_file(path, overwrite=asked.overwrite) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return ExportedWorkflow(text, str(path))
