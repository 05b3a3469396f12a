"""Workflows that are steps of another one: getting to know them, and making one of steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from daisy_kernel.errors import DaisyError
from daisy_kernel.session import Session
from daisy_widgets.jobs import Jobs
from daisy_widgets.notice import Notice
from daisy_widgets.workflow_editor import WorkflowEditor


class SubWorkflows:
    """Asks the kernel for the documents of sub-workflows, and writes new ones.

    Parameters
    ----------
    session
        Has the documents.
    jobs
        Does what takes time.
    notice
        Says what was done.
    """

    def __init__(self, session: Session, jobs: Jobs, notice: Notice):
        self._session, self._jobs, self._notice = session, jobs, notice

    def meet(self, editor: WorkflowEditor, then: Callable[[], None]) -> None:
        """Let an editor know what is in its steps; of one that cannot be read the kernel tells."""
        if editor.strangers:
            self._learn("meet", editor, editor.strangers, then, lambda _: None)

    def learn(self, editor: WorkflowEditor, name: str, then: Callable[[], None]) -> None:
        """Let an editor know what is in a workflow, by name or path, and go on."""
        self._learn("learn", editor, [name], then, self._notice.error)

    def _learn(
        self,
        key: str,
        editor: WorkflowEditor,
        names: Iterable[str],
        then: Callable[[], None],
        failed: Callable[[Exception], None],
    ) -> None:
        unknown = [name for name in names if name not in editor.workflows]

        def ask() -> dict[str, Any]:
            call = self._session.transport.call
            return {n: call("workflows.describe", {"name": n})[0]["document"] for n in unknown}

        def told(found: dict[str, Any]) -> None:
            editor.workflows |= found
            then()

        self._jobs.ask(key, ask, told, failed)

    def wrap(
        self,
        editor: WorkflowEditor,
        steps: range,
        file: str,
        name: str,
        then: Callable[[], None],
    ) -> None:
        """Save some steps as a workflow, put it in their place, and go on."""
        part, before = editor.part(steps, name), editor.draft

        def save() -> dict[str, Any]:
            arguments = {"path": file, "text": part.text}
            return self._session.transport.call("documents.save", arguments)[0]

        def saved(told: dict[str, Any]) -> None:
            if editor.draft is not before:
                raise DaisyError(f"The steps have changed while {file} was saved: try again.")
            editor.workflows[told["path"]] = part.content
            editor.change(before.replacing(steps, told["path"], part))
            self._notice.done(f"Steps {steps.start + 1} to {steps.stop} are in {told['path']}.")
            then()

        self._jobs.ask("document", save, saved, self._notice.error)
