"""The workflow builder: steps, the data between them, their parameters, and runs."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from ipywidgets import HTML, VBox

from daisy_kernel.errors import DaisyError, InvalidParameter
from daisy_kernel.session import Session, local_session
from daisy_widgets.document_bar import SUFFIX, DocumentBar
from daisy_widgets.document_form import DocumentForm
from daisy_widgets.draft_reading import new_draft
from daisy_widgets.flow_view import FlowView
from daisy_widgets.jobs import Jobs
from daisy_widgets.notice import Notice
from daisy_widgets.panel_box import PanelBox, button, row, show
from daisy_widgets.run_form import RunForm
from daisy_widgets.step_form import StepForm
from daisy_widgets.step_palette import StepPalette
from daisy_widgets.workflow_draft import WorkflowDraft
from daisy_widgets.workflow_editor import WorkflowEditor
from daisy_widgets.wrap_form import WrapForm

_PAUSE_S = 0.3
"""Without typing, before the kernel is asked [s]."""
_CSS = Path(__file__).parent / "static" / "builder.css"


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


class WorkflowBuilder(PanelBox):
    """Palette, drawing, form, problems and runs of one document; made by `build`.

    Parameters
    ----------
    session
        Where it runs.
    workflow
        Name or path; "" for an empty one.
    """

    def __init__(self, session: Session, workflow: str):
        self.session, self.jobs = session, Jobs()
        self._lock = threading.RLock()
        algorithms = self._call("algorithms.list")["algorithms"]
        library = self._call("workflows.list")["workflows"]
        self.editor = WorkflowEditor(algorithms, library, new_draft())
        self._algorithms = algorithms
        self._inside: list[WorkflowEditor] = []
        self.notice = Notice()
        self.flow = FlowView(self._act)
        self.palette = StepPalette(algorithms, library, self._add)
        self.form = StepForm(self._set, self._rename)
        self.about, self.wrap = DocumentForm(self._set_key, self._tidy), WrapForm(self._wrap)
        self.bar = DocumentBar(
            session, self.jobs, self.notice, library, lambda: self.editor.draft, self._take,
            self._act,
        )  # fmt: skip
        self.runs = RunForm(session, self.jobs, self.notice, self._part_to_run, self._diagnose)
        self.problems = HTML()
        self.problems.add_class("daisy-faults")
        self._tools = self._make_tools()
        super().__init__("Workflow builder", "", [self._drawn()])
        self.add_class("daisy-builder")
        self.flow.observe(lambda _: self._choose(), ["selected", "until"])
        if workflow in library:
            self.bar.begin(workflow)
        elif workflow:
            self.bar.load(workflow)
        else:
            self._take(self.editor.draft)

    def close(self) -> None:
        """End the builder; a run goes on."""
        self.jobs.close()
        super().close()

    # ---- what is seen ----

    def _make_tools(self) -> dict[str, Any]:
        def tool(text: str, kind: str, tooltip: str) -> Any:
            return button(text, lambda: self._press(kind), tooltip=tooltip)

        return {
            "up": tool("Up", "up", "Execute the step earlier (Alt+Up)"),
            "down": tool("Down", "down", "Execute the step later (Alt+Down)"),
            "duplicate": tool("Duplicate", "duplicate", "Once more behind it (Ctrl+D)"),
            "remove": tool("Remove", "remove", "Without the step (Delete)"),
            "inside": tool("Look inside", "inside", "The steps of the sub-workflow"),
            "back": tool("Back", "back", "To the workflow itself"),
        }

    def _drawn(self) -> VBox:
        style = HTML(f"<style>{_CSS.read_text(encoding='utf-8')}</style>")
        style.add_class("daisy-style")
        left, middle = VBox([self.palette]), VBox([row(self._tools.values()), self.flow])
        right = VBox([self.form.widget, self.about.widget, self.wrap.widget])
        for part, name in ((left, "left"), (middle, "middle"), (right, "right")):
            part.add_class(f"daisy-builder-{name}")
        columns = row([left, middle, right], "daisy-builder-columns")
        parts = [style, self.bar.widget, columns, self.problems, self.notice.widget]
        box = VBox([*parts, self.runs.widget])
        box.add_class("daisy-builder-body")
        return box

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
        is_one, count = len(chosen) == 1, len(shown.draft.steps)
        is_own = not self._inside
        for name, tool in self._tools.items():
            tool.disabled = not (is_one and is_own)
            show(tool, is_own if name not in ("inside", "back") else False)
        if is_one:
            self._tools["up"].disabled |= chosen[0] == 0
            self._tools["down"].disabled |= chosen[0] == count - 1
            is_inner = shown.draft.class_of(chosen[0]) is None
            self._tools["inside"].disabled = False
            show(self._tools["inside"], is_inner)
            self.form.tell(self.editor.problems_of(chosen[0]) if is_own else {})
        self._tools["back"].disabled = False
        show(self._tools["back"], not is_own)
        self.runs.can_single(is_one and is_own)

    def _choose(self) -> None:
        """Another step was chosen, or the same one was changed elsewhere."""
        with self._lock:
            chosen, is_own = self.flow.chosen, not self._inside
            show(self.form.widget, len(chosen) == 1)
            show(self.wrap.widget, len(chosen) > 1 and is_own)
            show(self.about.widget, len(chosen) == 0)
            if len(chosen) == 1:
                self.form.ask(self._shown.asked(chosen[0], is_fixed=not is_own))
            elif chosen:
                self.wrap.fill(chosen)
            else:
                self.about.fill(self._shown.draft)
            self._redraw()

    # ---- what is done ----

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
        """The document is another one: draw it, and ask the kernel what it says of it.

        Parameters
        ----------
        chosen
            Step to choose and whose form to fill; None: whoever typed has the form.
        """
        if chosen is None:
            self._redraw()
        else:
            self.flow.show(self._shown.drawing)
            self.flow.choose(chosen)
            self._choose()
        self._diagnose()

    def _act(self, kind: str, step: int = -1, to: int = -1) -> None:
        with self._lock:
            if self._inside:
                self.notice.done("This is only looked at: go back, or open its document.")
                return
            undoes = kind in ("undo", "redo")
            chosen = self.editor.act(kind, self.flow.selected if undoes else step, to)
            self._changed(min(chosen, len(self.editor.draft.steps) - 1))

    def _press(self, tool: str) -> None:
        chosen = self.flow.selected
        if tool in ("up", "down"):
            self._act("move", chosen, chosen + (1 if tool == "down" else -1))
        elif tool in ("remove", "duplicate"):
            self._act(tool, chosen)
        elif tool == "inside":
            self._look_inside(chosen)
        else:
            with self._lock:
                self._inside.pop()
                self.flow.show(self._shown.drawing)
                self.flow.choose(-1)
                self._choose()

    def _add(self, kind: str, name: str) -> None:
        if kind == "file":
            self._learn([name], lambda: self._add("workflow", name))
            return
        with self._lock:
            if self._inside:
                self._act("")
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

    # ---- sub-workflows ----

    def _look_inside(self, step: int) -> None:
        title = self._shown.draft.title(step)

        def look() -> None:
            with self._lock:
                known = self.editor.workflows
                inner = WorkflowEditor(self._algorithms, known, WorkflowDraft(known[title]))
                self._inside.append(inner)
                self.flow.show(inner.drawing)
                self.flow.choose(-1)
                self._choose()

        self._learn([title], look)

    def _learn(self, names: list[str], then: Any) -> None:
        """Get to know workflows by name or path, and go on."""
        unknown = [name for name in names if name not in self.editor.workflows]

        def told(found: dict[str, Any]) -> None:
            with self._lock:
                self.editor.workflows |= found
            then()

        self.jobs.ask(
            "learn",
            lambda: {n: self._call("workflows.describe", name=n)["document"] for n in unknown},
            told,
            self.notice.error,
        )

    def _wrap(self, path: str) -> None:
        with self._lock:
            chosen = self.flow.chosen
            name = Path(path).name.removesuffix(".json").removesuffix(".daisy")
            if not name or len(chosen) < 2:
                self.notice.error(InvalidParameter("The sub-workflow has no document: type one."))
                return
            part, before = self.editor.part(chosen, name), self.editor.draft
        file = str(Path(path).with_name(name + SUFFIX))

        def saved(told: dict[str, Any]) -> None:
            with self._lock:
                if self.editor.draft is not before:
                    self.notice.error(DaisyError("The steps have changed meanwhile: try again."))
                    return
                self.editor.workflows[told["path"]] = part.content
                self.editor.change(before.replacing(chosen, told["path"], part))
                self.notice.done(
                    f"Steps {chosen.start + 1} to {chosen.stop} are in {told['path']}."
                )
                self._changed(chosen.start)

        self.jobs.ask(
            "document",
            lambda: self._call("documents.save", path=file, text=part.text),
            saved,
            self.notice.error,
        )

    # ---- what the kernel says ----

    def _diagnose(self) -> None:
        """Ask for all problems once nobody types any more; the newest document wins."""
        draft, inputs = self.editor.draft, self.runs.given

        def ask() -> tuple[list[str], dict[str, Any]]:
            held = [o["name"] for o in self._call("objects.list")["objects"]]
            told = self._call("workflow.diagnose", workflow=draft.content, inputs=inputs)
            return held, told

        self.jobs.ask("diagnose", ask, self._hear, self.notice.error, after_s=_PAUSE_S)
        with self._lock:
            strangers = self.editor.strangers
        if strangers:
            self._learn(strangers, self._redraw)

    def _hear(self, told: tuple[list[str], dict[str, Any]]) -> None:
        held, diagnosis = told
        with self._lock:
            self.editor.held, self.editor.problems = held, diagnosis["problems"]
            self._redraw()
            self.runs.tell(diagnosis)

    def _part_to_run(self, is_single: bool) -> WorkflowDraft:
        draft = self.editor.draft
        return self.editor.single(self.flow.selected) if is_single else draft

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        return self.session.transport.call(operation, arguments)[0]
