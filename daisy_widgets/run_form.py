"""The inputs of a workflow that is being edited, and buttons that run it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ipywidgets import HTML, VBox

from daisy_kernel.errors import InvalidParameter
from daisy_widgets.form import Form
from daisy_widgets.form_fields import RUN_OPTIONS, Field, form_fields, inputs_of, run_options
from daisy_widgets.panel_box import button, row
from daisy_widgets.run_panel import RunPanel
from daisy_widgets.workflow_draft import Json, WorkflowDraft


class RunForm:
    """Values for the inputs, one step or all, and what became of it.

    Parameters
    ----------
    panel
        Starts and follows the runs; tells when another one may be started: `free`.
    part
        Gives what shall run: the chosen step, if told True, else the whole workflow.
    filled
        Called when another value was filled in.
    """

    def __init__(
        self,
        panel: RunPanel,
        part: Callable[[bool], WorkflowDraft],
        filled: Callable[[], None],
    ):
        self._panel, self._part, self._filled = panel, part, filled
        self._fields: tuple[Field, ...] = ()
        self._can_single = False
        self.start = button("Run all", lambda: self._start(False), style="primary")
        self.single = button("Run this step", lambda: self._start(True))
        self.single.tooltip = "With the data objects that are there already"
        self.state = HTML()
        self.state.add_class("daisy-run-state")
        self.form = Form((), RUN_OPTIONS)
        self._place = VBox([self.form.widget])
        self.widget = VBox(
            [
                row([self.start, self.single, self.state]),
                panel.progress.widget,
                self._place,
                panel.results.widget,
            ]
        )
        self.widget.add_class("daisy-run-form")

    @property
    def given(self) -> Json:
        """Input -> value, as far as something is filled in; what is wrong, as it was typed."""
        filled = self.form.filled
        given: Json = {}
        for field in self._fields:
            value = filled[field.name]
            if value in ("", field.usual):
                continue
            try:
                given |= inputs_of([field], {field.name: value})
            except InvalidParameter:
                given[field.name] = value
        return given

    def ask(self, schema: Mapping[str, Any]) -> None:
        """Ask for these inputs; what is filled in stays."""
        fields = form_fields(schema)
        if fields == self._fields:
            return
        filled, before = self.form.filled, self.form.widget
        first = [field for field in fields if field.is_required]
        rest = [field for field in fields if not field.is_required]
        kept = {f.name: f.usual for f in self._fields}
        self._fields = fields
        self.form = Form(first, (*rest, *RUN_OPTIONS))
        for name, control in self.form.controls.items():
            if name in filled and filled[name] != kept.get(name, ""):
                _put(control, filled[name])
            if name not in {option.name for option in RUN_OPTIONS}:
                control.observe(lambda _: self._filled(), "value")
        self._place.children = [self.form.widget]
        before.close()

    def can_single(self, is_so: bool) -> None:
        """Whether one step is chosen."""
        self._can_single = is_so
        self.single.disabled = not is_so or self.start.disabled

    def free(self) -> None:
        """Another run may be started."""
        self.start.disabled = False
        self.single.disabled = not self._can_single

    def tell(self, diagnosis: Mapping[str, Any]) -> None:
        """Say whether it can run."""
        count, missing = len(diagnosis["problems"]), diagnosis["missing"]
        if count:
            text = f"{count} to mend"
        elif missing:
            text = f"No fault found. Still needed: {', '.join(missing)}."
        else:
            text = "Ready to run."
        kind = "wrong" if count else "open" if missing else "ready"
        self.state.value = f"<span class='daisy-{kind}' role='status'>{text}</span>"

    def _start(self, is_single: bool) -> None:
        draft = self._part(is_single)
        try:
            asked = [f for f in self._fields if f.name in draft.inputs]
            inputs = self.form.inputs(asked)
            options = run_options(self.form.filled)
        except InvalidParameter as error:
            self._panel.notice.error(error)
            return
        self._panel.start_run(lambda: self._panel.session.run(draft.content, **options, **inputs))


def _put(control: Any, value: str | bool) -> None:
    options = getattr(control, "options", None)
    if options is None or value in options:
        control.value = value
