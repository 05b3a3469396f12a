"""Where a command finds workflows, and from where its paths begin: here or at --remote."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Protocol

from daisy_kernel.cli.remote import REMOTE, Remote
from daisy_kernel.workflow import find_workflow, known_workflows, parse_document

if TYPE_CHECKING:
    from daisy_kernel.workflow import WorkflowDocument
    from daisy_kernel.workflow.document import WorkflowInput


class Documents(Protocol):
    """Workflows by name, and what a command may say of them."""

    def names(self) -> list[str]:
        """Names of the predefined ones."""
        ...

    def find(self, named: str) -> WorkflowDocument:
        """The one with this name, or in this file of this machine."""
        ...

    def as_asked(self, named: str, document: WorkflowDocument) -> str | dict[str, Any]:
        """What the session is asked to run."""
        ...

    def absolute(self, declared: WorkflowInput, value: Any) -> Any:
        """A path from the root, so that the run can be resumed and repeated from any folder."""
        ...


class LocalDocuments:
    """Those of this machine."""

    def names(self) -> list[str]:
        """Names of the predefined ones."""
        return list(known_workflows())

    def find(self, named: str) -> WorkflowDocument:
        """The one with this name or in this file."""
        return find_workflow(named)

    def as_asked(self, named: str, document: WorkflowDocument) -> str | dict[str, Any]:
        """Its name or file."""
        return named

    def absolute(self, declared: WorkflowInput, value: Any) -> Any:
        """Begins in the folder of the command."""
        return str(Path.cwd() / Path(value).expanduser()) if _is_path(declared, value) else value


class RemoteDocuments:
    """Those of a kernel elsewhere, and files of this machine, whose content is sent."""

    def __init__(self, remote: Remote):
        session = remote.open()
        self._documents = dict(session.workflows)
        self._folder = session.transport.call("kernel.describe", {})[0]["folder"]

    def names(self) -> list[str]:
        """Names of the predefined ones there."""
        return list(self._documents)

    def find(self, named: str) -> WorkflowDocument:
        """The one with this name there, or in this file here."""
        if named in self._documents:
            return parse_document(self._documents[named], f"the workflow {named!r}")
        return find_workflow(named)

    def as_asked(self, named: str, document: WorkflowDocument) -> str | dict[str, Any]:
        """Its name there, or the content of the file here."""
        return named if named in self._documents else document.as_json()

    def absolute(self, declared: WorkflowInput, value: Any) -> Any:
        """Begins in the folder of the kernel."""
        if not _is_path(declared, value) or value.startswith("~"):
            return value
        return str(PurePosixPath(self._folder) / value)


def documents() -> Documents:
    """Those of the machine on which the command is performed."""
    remote = REMOTE.get()
    return LocalDocuments() if remote is None else RemoteDocuments(remote)


def _is_path(declared: WorkflowInput, value: Any) -> bool:
    return declared.type == "path" and isinstance(value, str) and "://" not in value and bool(value)
