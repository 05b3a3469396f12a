"""One slice before and after each step of a workflow, with the parameters of the step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ipywidgets import HTML, BoundedIntText, Box, Checkbox, ToggleButtons, VBox

from daisy_kernel.errors import Cancelled, InvalidParameter
from daisy_kernel.session import Session
from daisy_widgets.form import Form
from daisy_widgets.form_fields import Field, parse, text_of
from daisy_widgets.panel_box import PanelBox, row, show
from daisy_widgets.preview_model import PreviewModel
from daisy_widgets.slice_viewer import SliceViewer

_HEIGHT = 240
"""Of a picture [CSS pixels]: two of them and a form fit a small screen."""
_SIDES = ("before", "after")
_CSS = Path(__file__).parent / "static" / "step_preview.css"


class StepPreview(PanelBox):
    """Choose a step, see what it does to one slice, change its parameters and see again.

    Only what a change touches is computed again. The pictures are of the session, and the next
    preview of anybody replaces them.

    Parameters
    ----------
    session
        Where it is computed.
    document
        The workflow.
    fields
        Its inputs that can be changed here.
    changed
        Is told ``{input: value}`` when somebody has changed one, None for the usual value; on the
        thread of the messages.
    """

    def __init__(
        self,
        session: Session,
        document: Mapping[str, Any],
        fields: Iterable[Field],
        changed: Callable[[dict[str, Any]], None],
    ):
        super().__init__("", "")
        self.session, self._changed = session, changed
        self.model = PreviewModel(document, tuple(fields))
        self._forms: dict[str, Form] = {}
        self._pictures: dict[str, tuple[str, tuple[int, ...], str]] = {}
        self._is_filling = False
        self._asked: tuple[Any, Mapping[str, Any]] | None = None
        self.slice = BoundedIntText(0, min=0, max=0, description="slice", continuous_update=False)
        self.slice.observe(lambda change: self._move(change["new"]), "value")
        self.steps = ToggleButtons()
        self.steps.add_class("daisy-chips")
        self.steps.observe(lambda change: self._choose(change["new"]), "value")
        self.is_used = Checkbox(True, description="use this step", indent=False)
        self.is_used.observe(lambda change: self._switch(change["new"]), "value")
        self.sides = {side: VBox() for side in _SIDES}
        for side, box in self.sides.items():
            box.add_class(f"daisy-{side}")
        pair = Box(list(self.sides.values()))
        pair.add_class("daisy-pair")
        self.parameters, self.remark = VBox(), HTML()
        self.remark.add_class("daisy-help")
        left = VBox([self.is_used, self.parameters, self.remark])
        left.add_class("daisy-parameters")
        self._looking = VBox(
            [
                row([self.steps, self.slice]),
                row([left, pair], "daisy-bench"),
            ]
        )
        self._looking.add_class("daisy-looking")
        show(self._looking, False)
        style = HTML(f"<style>{_CSS.read_text(encoding='utf-8')}</style>")
        style.add_class("daisy-style")
        self.fill([style, self.notice.widget, self._looking])

    @property
    def chosen(self) -> str | None:
        """The step that is looked at."""
        return self.model.chosen

    def look_at(
        self, workflow: str | Mapping[str, Any], inputs: Mapping[str, Any], *, step: str = ""
    ) -> None:
        """Compute a preview with these inputs; this returns at once.

        Parameters
        ----------
        workflow
            A name, or a document: then its steps are those of it.
        inputs
            Of the workflow.
        step
            The one to look at; default, the one that was looked at.
        """
        self._asked = workflow, dict(inputs)
        if not isinstance(workflow, str):
            self.model.document = workflow
        if step:
            self.model.choose(step)
        self._refresh()

    def fill_in(self, inputs: Mapping[str, Any]) -> None:
        """Put what was decided into the forms, without telling anybody."""
        self.model.inputs = dict(inputs)
        self._is_filling = True
        try:
            for step, form in self._forms.items():
                values = {f: inputs.get(f.name) for f in self.model.fields[step]}
                form.fill(**{f.name: _standing(f, v) for f, v in values.items()})
        finally:
            self._is_filling = False

    def close(self) -> None:
        """End it; the pictures are replaced by the next preview."""
        for box in self.sides.values():
            for viewer in box.children:
                viewer.close()
        super().close()

    def fail(self, error: Exception) -> None:
        """Something went wrong; what a newer preview has replaced did not."""
        if not isinstance(error, Cancelled):
            super().fail(error)

    def _refresh(self) -> None:
        if self._asked is None:
            return
        workflow, inputs = self._asked
        index = self.model.index
        if not self.model.steps:
            self.notice.busy("The first preview compiles what it needs …")
        self.ask(
            "preview",
            lambda: self.session.preview(workflow, index=index, **inputs),
            self._see,
        )

    def _see(self, preview: dict[str, Any]) -> None:
        """A preview has come; on the thread of the jobs."""
        model = self.model
        model.see(preview)
        self._is_filling = True
        try:
            self.slice.max = model.count - 1
            self.slice.value = model.index or 0
            self.steps.options = [(step.label, step.name) for step in model.steps]
            self.steps.value = model.chosen
        finally:
            self._is_filling = False
        for step in model.steps:
            if step.name not in self._forms and model.fields[step.name]:
                self._forms[step.name] = self._form(model.fields[step.name])
        show(self._looking, True)
        self.fill_in(model.inputs)
        self._show_step()
        self.notice.done(model.note)

    def _form(self, fields: Sequence[Field]) -> Form:
        form = Form(fields)
        for field in fields:
            form.controls[field.name].observe(
                lambda change, field=field: self._typed(field, change["new"]), "value"
            )
        return form

    def _typed(self, field: Field, value: str | bool) -> None:
        if self._is_filling:
            return
        usual = value in ("", field.usual)
        try:
            parsed = None if usual else parse(field, value)
        except InvalidParameter:  # the form says it below the field
            return
        self._changed({field.name: parsed})

    def _choose(self, name: str | None) -> None:
        if not self._is_filling and name is not None:
            self.model.choose(name)
            self.ask("step", lambda: None, lambda _: self._show_step())

    def _move(self, index: int) -> None:
        if not self._is_filling:
            self.model.index = index
            self._refresh()

    def _switch(self, is_used: bool) -> None:
        if self._is_filling or self.model.chosen is None:
            return
        self._changed(self.model.switched(self.model.chosen, is_used=is_used))

    def _show_step(self) -> None:
        """Pictures and form of the chosen step; on the thread of the jobs, as it reads."""
        step = self.model.step
        if step is None:
            return
        self._is_filling = True
        self.is_used.value = not step.is_idle
        self._is_filling = False
        show(self.is_used, step.can_be_off)
        for side, name in zip(_SIDES, (step.before, step.after), strict=True):
            self._show_picture(side, name)
        form = self._forms.get(step.name)
        self.parameters.children = () if form is None else (form.widget,)
        self.remark.value = step.remark

    def _show_picture(self, side: str, name: str | None) -> None:
        """In the viewer that is there where it fits, so that its window and zoom stay."""
        box = self.sides[side]
        if name is None:
            self._pictures.pop(side, None)
            self._replace(box, None)
            return
        handle = self.session[name]
        wanted = name, tuple(handle.shape), str(handle.dtype)
        if self._pictures.get(side) == wanted and box.children:
            box.children[0].refresh()
            return
        self._pictures[side] = wanted
        self._replace(box, SliceViewer(handle, title=side, height=_HEIGHT))

    @staticmethod
    def _replace(box: VBox, viewer: SliceViewer | None) -> None:
        before = box.children
        box.children = () if viewer is None else (viewer,)
        show(box, viewer is not None)
        for old in before:
            old.close()


def _standing(field: Field, value: Any) -> str | bool:
    if value is None:
        return field.usual
    return bool(value) if field.kind == "tick" else text_of(value)
