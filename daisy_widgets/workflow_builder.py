"""The workflow builder: steps, the data between them, their parameters, and runs."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from ipywidgets import HTML

from daisy_kernel.session import Session, local_session
from daisy_widgets.builder_frame import BuilderTools, columns
from daisy_widgets.document_bar import DocumentBar
from daisy_widgets.document_form import DocumentForm
from daisy_widgets.draft_reading import new_draft
from daisy_widgets.flow_view import FlowView
from daisy_widgets.panel_box import show
from daisy_widgets.run_form import RunForm
from daisy_widgets.run_panel import RunPanel
from daisy_widgets.step_form import StepForm
from daisy_widgets.step_palette import StepPalette
from daisy_widgets.step_trial import StepTrial
from daisy_widgets.sub_workflows import SubWorkflows
from daisy_widgets.workflow_draft import WorkflowDraft
from daisy_widgets.workflow_editor import WorkflowEditor
from daisy_widgets.wrap_form import WrapForm

_PAUSE_S = 0.3
"""Without typing, before the kernel is asked [s]."""


def build(workflow: str | Path | None = None, *, session: Session | None = None) -> WorkflowBuilder:
    """A workflow builder: add, connect, check and run steps without writing code.

    Parameters
    ----------
    workflow
        A name in the library to start from, or the path of a document to go on with; default, an
        empty workflow.
    session
        Where it runs and has its files; default, the kernel of this notebook.

    Returns
    -------
    builder
        A widget: the last line of a cell shows it.

    Raises
    ------
    DaisyError
        If there is no such workflow, or if it cannot be edited.

    Examples
    --------
    >>> build("tomography")  # doctest: +SKIP
    """
    chosen = local_session() if session is None else session
    return WorkflowBuilder(chosen, "" if workflow is None else str(workflow))


class WorkflowBuilder(RunPanel):
    """Palette, drawing, form, problems and runs of one document; made by `build`.

    Parameters
    ----------
    session
        Where it runs.
    workflow
        Name or path; "" for an empty one.
    """

    def __init__(self, session: Session, workflow: str):
        super().__init__(session, "Workflow builder")
        self._lock = threading.RLock()
        algorithms = self._call("algorithms.list")["algorithms"]
        library = self._call("workflows.list")["workflows"]
        self.editor = WorkflowEditor(algorithms, library, new_draft())
        self._algorithms = algorithms
        self._inside: list[WorkflowEditor] = []
        self._workflows = SubWorkflows(session, self.jobs, self.notice)
        self.flow = FlowView(self._act)
        self.palette = StepPalette(algorithms, library, self._add)
        self.form = StepForm(self._set, self._rename)
        self.about = DocumentForm(self._set_key, self._tidy)
        self.wrap = WrapForm(self._wrap, self.notice)
        self.bar = DocumentBar(
            session, self.jobs, self.notice, library, lambda: self.editor.draft, self._take,
            self._act,
        )  # fmt: skip
        self.runs = RunForm(self, self._part, self._diagnose)
        self.starters = (self.runs.start, self.runs.single)
        self.problems = HTML()
        self.problems.add_class("daisy-faults")
        self.tools, self.trial = BuilderTools(self._press), StepTrial(session, algorithms)
        forms = [self.form.widget, self.about.widget, self.wrap.widget]
        self.fill(
            [
                self.bar.widget,
                columns([self.palette], [self.tools.widget, self.flow], forms),
                self.problems,
                self.notice.widget,
                self.trial.widget,
                self.runs.widget,
            ]
        )
        self.add_class("daisy-builder")
        self._form_of: range | None = None
        self.flow.observe(lambda _: self._choose(), ["selected", "until"])
        if workflow in library:
            self.bar.begin(workflow)
        elif workflow:
            self.bar.load(workflow)
        else:
            self._take(self.editor.draft)

    def close(self) -> None:
        """End the builder and its trial; a run goes on."""
        self.trial.close()
        super().close()

    def release(self) -> None:
        """Nothing runs any more: another run may be started."""
        super().release()
        self.runs.free()

    @property
    def _shown(self) -> WorkflowEditor:
        """The workflow that is drawn: the own one, or what is in one of its steps."""
        return self._inside[-1] if self._inside else self.editor

    def _redraw(self) -> None:
        shown, history = self._shown, self.editor.history
        self.flow.show(shown.drawing)
        self.bar.show(can_undo=bool(history.past), can_redo=bool(history.future))
        self.runs.ask(self.editor.inputs_schema)
        text = self.editor.html_problems()
        if self.problems.value != text:
            self.problems.value = text
        show(self.problems, bool(text))
        chosen = self.flow.chosen
        is_single = len(chosen) == 1 and not self._inside
        self.tools.show(shown.draft, chosen, is_own=not self._inside)
        self.runs.can_single(is_single)
        if len(chosen) == 1:
            self.form.tell(self.editor.problems_of(chosen[0]) if is_single else {})

    def _choose(self) -> None:
        """Fill the form of what is chosen, unless it is filled already."""
        with self._lock:
            if self._form_of == self.flow.chosen:
                return
            self._form_of = self.flow.chosen
            chosen, is_own = self.flow.chosen, not self._inside
            show(self.form.widget, len(chosen) == 1)
            show(self.wrap.widget, len(chosen) > 1 and is_own)
            show(self.about.widget, len(chosen) == 0 and is_own)
            if len(chosen) == 1:
                self.form.ask(self._shown.asked(chosen[0], is_fixed=not is_own))
            elif chosen:
                self.wrap.fill(chosen)
            else:
                self.about.fill(self._shown.draft)
            self._redraw()

    def _take(self, draft: WorkflowDraft) -> None:
        """Another document: what was there before can be brought back."""
        with self._lock:
            self._inside.clear()
            self.editor.problems = ()
            is_first = not self.editor.draft.steps and not self.editor.history.past
            if is_first:
                self.editor = WorkflowEditor(self._algorithms, self.editor.workflows, draft)
            else:
                self.editor.change(draft)
            self._changed(-1)

    def _changed(self, chosen: int | None = None) -> None:
        """Draw another document and ask the kernel about it; None: who typed keeps the form."""
        with self._lock:
            if chosen is None:
                self._redraw()
            else:
                self._show(chosen)
        self._diagnose()

    def _show(self, chosen: int) -> None:
        """Draw what is there now, and fill the form of a step."""
        self.flow.show(self._shown.drawing)
        self._form_of = None
        self.flow.choose(chosen)
        self._choose()

    def _act(self, kind: str, step: int = -1, to: int = -1) -> None:
        with self._lock:
            if self._is_only_seen():
                return
            undoes = kind in ("undo", "redo")
            chosen = self.editor.act(kind, self.flow.selected if undoes else step, to)
            self._changed(min(chosen, len(self.editor.draft.steps) - 1))

    def _is_only_seen(self) -> bool:
        if self._inside:
            self.notice.done("This is only looked at: go back, or open its document.")
        return bool(self._inside)

    def _press(self, tool: str) -> None:
        chosen = self.flow.selected
        if tool in ("up", "down"):
            self._act("move", chosen, chosen + (1 if tool == "down" else -1))
        elif tool in ("remove", "duplicate"):
            self._act(tool, chosen)
        elif tool == "try":
            self.trial.look_at(self.editor.draft, chosen, self.runs.given)
        elif tool == "inside":
            self._look_inside(chosen)
        else:
            with self._lock:
                self._inside.pop()
                self._show(-1)

    def _add(self, kind: str, name: str) -> None:
        if kind == "file":
            self._workflows.learn(self.editor, name, lambda: self._add("workflow", name))
            return
        with self._lock:
            if self._is_only_seen():
                return
            chosen = self.flow.chosen
            at = chosen.stop if chosen else len(self.editor.draft.steps)
            self.editor.add(kind, name, at)
            self.notice.done(f"Added {name} as step {at + 1}.")
            self._changed(at)

    def _set(self, parameter: str, value: Any) -> None:
        with self._lock:
            step = self.flow.selected
            if value == {"input": ""}:
                name = self.editor.expose(step, parameter)
                self.form.bound(parameter, name)
            else:
                self.editor.set(step, parameter, value)
            self._changed()

    def _rename(self, parameter: str, name: str) -> None:
        with self._lock:
            self.editor.rename(self.flow.selected, parameter, name)
            self._changed()

    def _set_key(self, key: str, value: Any) -> None:
        with self._lock:
            self.editor.change(self.editor.draft.with_key(key, value), about=key)
            self._changed()

    def _tidy(self) -> None:
        with self._lock:
            self.editor.change(self.editor.draft.without_unused_inputs())
            self._changed(-1)

    def _look_inside(self, step: int) -> None:
        title = self._shown.draft.title(step)

        def look() -> None:
            with self._lock:
                known = self.editor.workflows
                inner = WorkflowEditor(self._algorithms, known, WorkflowDraft(known[title]))
                self._inside.append(inner)
                self._show(-1)

        self._workflows.learn(self.editor, title, look)

    def _wrap(self, file: str, name: str) -> None:
        with self._lock:
            steps = self.flow.chosen
            self._workflows.wrap(self.editor, steps, file, name, lambda: self._changed(steps.start))

    def _diagnose(self) -> None:
        """Ask for all problems once nobody types any more; the newest document wins."""
        draft, inputs = self.editor.draft, self.runs.given

        def ask() -> tuple[list[str], dict[str, Any]]:
            held = [o["name"] for o in self._call("objects.list")["objects"]]
            told = self._call("workflow.diagnose", workflow=draft.content, inputs=inputs)
            return held, told

        self.ask("diagnose", ask, self._hear, after_s=_PAUSE_S)
        self._workflows.meet(self.editor, self._redraw)

    def _hear(self, told: tuple[list[str], dict[str, Any]]) -> None:
        held, diagnosis = told
        with self._lock:
            self.editor.held, self.editor.problems = held, diagnosis["problems"]
            self._redraw()
            self.runs.tell(diagnosis)

    def _part(self, is_single: bool) -> WorkflowDraft:
        return self.editor.single(self.flow.selected) if is_single else self.editor.draft

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        return self.session.transport.call(operation, arguments)[0]
