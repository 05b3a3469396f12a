"""Finding workflow documents: predefined ones, those of plug-ins, and files."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from pathlib import Path

from daisy_kernel import registry
from daisy_kernel.configuration import read_configuration
from daisy_kernel.errors import DaisyError, UnknownName
from daisy_kernel.formats import require_reach
from daisy_kernel.workflow.document import WorkflowDocument, parse_document, read_document

SUFFIX = ".daisy.json"


def find_workflow(name: str) -> WorkflowDocument:
    """The document of this name, or in this file.

    Parameters
    ----------
    name
        A predefined name, a name of a plug-in, of a document in the configured workflow folders,
        or the path of a ``*.daisy.json`` file.

    Raises
    ------
    UnknownName
        If there is none; lists the nearest.
    InvalidDocument
        If it cannot be read.
    """
    if name.endswith(".json") or "/" in name:
        require_reach(name)
        return read_document(Path(name))
    if name in registry.workflows.names():
        return parse_document(registry.workflows.get(name)(), f"the workflow {name!r}")
    files = _documents(read_configuration().workflow_folders)
    if name in files:
        return read_document(files[name])
    raise UnknownName("workflow", name, {*registry.workflows.names(), *files})


def known_workflows() -> dict[str, WorkflowDocument]:
    """Every workflow that can be run by name; a broken one is named in a warning."""
    names = {*registry.workflows.names(), *_documents(read_configuration().workflow_folders)}
    found = {}
    for name in sorted(names):
        try:
            found[name] = find_workflow(name)
        except DaisyError as error:
            warnings.warn(f"The workflow {name!r} is broken: {error}", stacklevel=2)
    return found


def _documents(folders: Iterable[Path]) -> dict[str, Path]:
    return {
        file.name.removesuffix(SUFFIX): file
        for folder in folders
        for file in sorted(folder.glob(f"*{SUFFIX}"))
    }
