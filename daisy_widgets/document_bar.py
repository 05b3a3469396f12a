"""Where a document comes from and where it goes: templates, open, save, undo, redo."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ipywidgets import HTML, Button, Dropdown, Text

from daisy_kernel.errors import InvalidParameter
from daisy_kernel.session import Session
from daisy_widgets.draft_reading import new_draft, read_draft
from daisy_widgets.jobs import Jobs
from daisy_widgets.notice import Notice
from daisy_widgets.panel_box import button, row
from daisy_widgets.workflow_draft import Json, WorkflowDraft

SUFFIX = ".daisy.json"
_CHOOSE = "Start from …"
_EMPTY = "an empty workflow"


class DocumentBar:
    """Opens and saves documents on the kernel's file system.

    Parameters
    ----------
    session
        Has the file system.
    jobs
        Does what takes time.
    notice
        Says what was done.
    templates
        Name -> document that one may begin with.
    draft
        Gives the document as it is now.
    opened
        Takes another one.
    act
        Called with "undo" or "redo".
    """

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        notice: Notice,
        templates: Mapping[str, Json],
        draft: Callable[[], WorkflowDraft],
        opened: Callable[[WorkflowDraft], None],
        act: Callable[[str], None],
    ):
        self._session, self._jobs, self._notice = session, jobs, notice
        self._templates, self._draft, self._opened = templates, draft, opened
        self._file, self._digest, self._saved = "", "", draft().text
        self.template = Dropdown(options=(_CHOOSE, _EMPTY, *templates), value=_CHOOSE)
        self.template.tooltip = "Begin with a predefined workflow"
        self.template.observe(self._begin, "value")
        self.path = Text(placeholder=f"path of a document, NAME{SUFFIX}", description="document")
        self.path.continuous_update = False
        self.open = button("Open", self._open, tooltip="Open the document of this path")
        self.save = button("Save", self._save, tooltip="Save under this path")
        self.undo = _icon("undo", "Undo", lambda: act("undo"))
        self.redo = _icon("repeat", "Redo", lambda: act("redo"))
        self.state = HTML()
        self.state.add_class("daisy-saved-state")
        self.widget = row(
            [
                self.template,
                self.path,
                self.open,
                self.save,
                self.undo,
                self.redo,
                self.state,
            ],
            "daisy-document-bar",
        )

    def show(self, *, can_undo: bool, can_redo: bool) -> None:
        """Say what can be undone, and whether all is saved."""
        self.undo.disabled, self.redo.disabled = not can_undo, not can_redo
        text = "" if self._draft().text == self._saved else "unsaved changes"
        if self.state.value != text:
            self.state.value = text

    def load(self, path: str) -> None:
        """Open a document at once.

        Raises
        ------
        DaisyError
            If it cannot be read.
        """
        self._take(self._call("documents.open", path=path))

    def begin(self, name: str) -> None:
        """Begin with a template."""
        self._file, self._digest = "", ""
        self._show(WorkflowDraft(dict(self._templates[name])))

    def _begin(self, change: Mapping[str, Any]) -> None:
        chosen = change["new"]
        if chosen == _CHOOSE:
            return
        self.template.value = _CHOOSE
        self.path.value = ""
        if chosen == _EMPTY:
            self._file, self._digest = "", ""
            self._show(new_draft())
        else:
            self.begin(chosen)
        self._notice.done(f"Started from {chosen}.")

    def _open(self) -> None:
        path = self.path.value.strip()
        if not path:
            self._notice.error(InvalidParameter("Nothing is opened yet: type a path."))
            return
        self._notice.busy(f"Opening {path} …")
        self._jobs.ask(
            "document",
            lambda: self._call("documents.open", path=path),
            self._take_and_say,
            self._notice.error,
        )

    def _take_and_say(self, told: Mapping[str, Any]) -> None:
        self._take(told)
        self._notice.done(f"Opened {told['path']}.")

    def _take(self, told: Mapping[str, Any]) -> None:
        draft = read_draft(told["text"], told["path"])
        self._file, self._digest = told["path"], told["digest"]
        self.path.value = told["path"]
        self._show(draft)

    def _show(self, draft: WorkflowDraft) -> None:
        self._saved = draft.text
        self._opened(draft)

    def _save(self) -> None:
        path, text = self.path.value.strip(), self._draft().text
        if not path:
            self._notice.error(InvalidParameter("Nothing is saved yet: type a path."))
            return
        if not path.endswith(SUFFIX):
            path = path.removesuffix(".json") + SUFFIX
        replaces = self._digest if path == self._file else None
        self._notice.busy(f"Saving {path} …")

        def saved(told: Mapping[str, Any]) -> None:
            self._file, self._digest, self._saved = told["path"], told["digest"], text
            self.path.value = told["path"]
            if self._draft().text == text:
                self.state.value = ""
            self._notice.done(f"Saved as {told['path']}.")

        self._jobs.ask(
            "document",
            lambda: self._call("documents.save", path=path, text=text, replaces=replaces),
            saved,
            self._notice.error,
        )

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        return self._session.transport.call(operation, arguments)[0]


def _icon(icon: str, tooltip: str, clicked: Any) -> Button:
    made = button("", clicked, tooltip=tooltip)
    made.icon = icon
    made.add_class("daisy-icon")
    return made
