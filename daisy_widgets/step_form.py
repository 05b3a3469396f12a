"""The form of one step: a control per parameter, and where its value comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from ipywidgets import HTML, Checkbox, Combobox, Dropdown, HBox, Text, ToggleButton, VBox

from daisy_kernel.errors import InvalidParameter
from daisy_widgets.form_fields import Field, form_fields, parse, text_of
from daisy_widgets.workflow_draft import is_input, is_ref

VALUE = "value"
NEW_INPUT = "new input"
_LEVELS = ("", "More parameters", "Rarely needed")


@dataclass(frozen=True)
class AskedStep:
    """What the form of a step is made of."""

    heading: str
    text: str
    schema: Mapping[str, Any]
    given: Mapping[str, Any]
    """Parameter -> value."""
    objects: Sequence[str] = ()
    """Names of data objects that may be taken."""
    inputs: Sequence[str] = ()
    """Of the workflow."""
    is_fixed: bool = False
    """Whether it is only looked at."""


class StepForm:
    """Controls for the parameters of a step.

    Parameters
    ----------
    changed
        Called while somebody types, with parameter and value: a JSON value, or None for the
        default.
    renamed
        Called when a name for what the step gives was typed to its end.
    """

    def __init__(self, changed: Callable[[str, Any], None], renamed: Callable[[str, str], None]):
        self._changed, self._renamed = changed, renamed
        self.controls: dict[str, Text | Combobox | Dropdown | Checkbox] = {}
        self.sources: dict[str, Dropdown] = {}
        self._fields: dict[str, Field] = {}
        self._rows: dict[str, VBox] = {}
        self._remarks: dict[str, HTML] = {}
        self._heading, self._general = HTML(), HTML()
        self._heading.add_class("daisy-heading")
        self._general.add_class("daisy-faults")
        self._groups = VBox()
        self._is_quiet = False
        self.widget = VBox([self._heading, self._general, self._groups])
        self.widget.add_class("daisy-step-form")

    def ask(self, asked: AskedStep) -> None:
        """Show another step, or the same one as it was made elsewhere."""
        self._heading.value = f"<b>{escape(asked.heading)}</b> {escape(asked.text)}"
        old = [*self._rows.values(), *self._groups.children]
        for part in (self.controls, self.sources, self._fields, self._rows, self._remarks):
            part.clear()
        groups: tuple[list[VBox], ...] = ([], [], [])
        for field in form_fields(asked.schema):
            about = asked.schema["properties"][field.name]
            self._fields[field.name] = field
            groups[_level(field, about, asked.given)].append(self._row(field, about, asked))
        self._groups.children = [
            part
            for title, rows in zip(_LEVELS, groups, strict=True)
            if rows
            for part in _group(title, rows)
        ]
        for widget in old:
            _close(widget)

    def tell(self, problems: Mapping[str, str]) -> None:
        """Say below each parameter what is wrong with it; "" is the step as a whole."""
        rest = [text for name, text in problems.items() if name not in self._rows]
        self._general.value = "".join(f"<p role='alert'>{escape(text)}</p>" for text in rest)
        for name, row in self._rows.items():
            wrong = problems.get(name, "")
            (row.add_class if wrong else row.remove_class)("daisy-wrong")
            said = f"<span role='alert'>{escape(wrong)}</span>" if wrong else ""
            text = said or escape(self._fields[name].help)
            if self._remarks[name].value != text:
                self._remarks[name].value = text

    def bound(self, parameter: str, name: str) -> None:
        """A new input of the workflow gives a parameter now."""
        source = self.sources[parameter]
        self._is_quiet = True
        source.options = (*source.options[:-1], f"input {name}", NEW_INPUT)
        source.value = f"input {name}"
        self._is_quiet = False

    def _row(self, field: Field, about: Mapping[str, Any], asked: AskedStep) -> VBox:
        given, kind = asked.given.get(field.name), about.get("x-kind")
        control = _control(field, kind, asked.objects)
        control.description, control.tooltip = _label(field, kind), field.help or None
        control.disabled = asked.is_fixed
        is_elsewhere = is_input(given) or is_ref(given)
        if field.name in asked.given and not is_elsewhere:
            _fill(control, given)
        parts: list[Any] = [control]
        if kind not in ("input", "output"):
            source = _source(given, asked)
            source.description = control.description
            source.observe(lambda change: self._move(field, change["new"]), "value")
            self.sources[field.name] = source
            _show_one(control, source, is_elsewhere)
            parts.append(source)
        if kind == "output":
            control.observe(lambda change: self._rename(field.name, change["new"]), "value")
        else:
            control.observe(lambda change: self._type(field, change["new"]), "value")
        remark = HTML(escape(field.help))
        remark.add_class("daisy-help")
        line = HBox(parts)
        line.add_class("daisy-step-line")
        row = VBox([line, remark])
        row.add_class("daisy-field")
        self.controls[field.name], self._remarks[field.name] = control, remark
        self._rows[field.name] = row
        return row

    def _type(self, field: Field, filled: str | bool) -> None:
        if isinstance(filled, str) and not filled.strip():
            self._changed(field.name, None)
            return
        try:
            value = parse(field, filled)
        except InvalidParameter:
            value = filled  # as it was typed: the kernel says what is wrong with it
        self._changed(field.name, value)

    def _rename(self, parameter: str, name: str) -> None:
        if name.strip():
            self._renamed(parameter, name.strip())
        else:
            self._changed(parameter, None)

    def _move(self, field: Field, source: str) -> None:
        """The value comes from somewhere else now."""
        if self._is_quiet or not source:
            return
        kind, _, name = source.partition(" ")
        control = self.controls[field.name]
        _show_one(control, self.sources[field.name], source != VALUE)
        if source == VALUE:
            self._type(field, control.value)
        elif source == NEW_INPUT:
            self._changed(field.name, {"input": ""})
        else:
            self._changed(field.name, {"input" if kind == "input" else "ref": name})


def _level(field: Field, about: Mapping[str, Any], given: Mapping[str, Any]) -> int:
    if field.is_required or field.name in given:
        return 0
    return 2 if about.get("x-level") == "advanced" else 1


def _group(title: str, rows: list[VBox]) -> list[Any]:
    box = VBox(rows)
    box.add_class("daisy-step-fields")
    if not title:
        return [box]
    box.layout.display = "none"
    toggle = ToggleButton(False, description=f"{title} ({len(rows)})", icon="caret-right")
    toggle.add_class("daisy-more")

    def unfold(change: Mapping[str, Any]) -> None:
        box.layout.display = "" if change["new"] else "none"
        toggle.icon = "caret-down" if change["new"] else "caret-right"

    toggle.observe(unfold, "value")
    return [toggle, box]


def _label(field: Field, kind: str | None) -> str:
    arrow = {"input": "takes ", "output": "gives "}.get(kind or "", "")
    return f"{arrow}{field.label.replace(' dataobj', '')}{' *' if field.is_required else ''}"


def _show_one(control: Any, source: Dropdown, is_elsewhere: bool) -> None:
    """A value that comes from elsewhere has no field; its label then stands over the source."""
    control.layout.display = "none" if is_elsewhere else ""
    (source.add_class if is_elsewhere else source.remove_class)("daisy-alone")


def _control(
    field: Field, kind: str | None, objects: Sequence[str]
) -> Text | Combobox | Dropdown | Checkbox:
    if kind == "input":
        made = Combobox(value=str(field.usual), options=tuple(objects), continuous_update=True)
    elif field.kind == "tick":
        made = Checkbox(field.usual is True, indent=False)
    elif field.kind == "choice":
        none = ("",) if field.usual == "" else ()
        made = Dropdown(options=(*none, *field.choices), value=str(field.usual))
    else:
        # A half-typed name would tie the step to an object that happens to be called so.
        made = Text(str(field.usual), continuous_update=kind != "output")
        made.placeholder = "" if field.is_required else "as usual"
    return made


def _fill(control: Text | Combobox | Dropdown | Checkbox, value: Any) -> None:
    text = text_of(value)
    if isinstance(control, Checkbox):
        control.value = value is True
    elif isinstance(control, Dropdown):
        if text not in control.options:
            control.options = (*control.options, text)  # wrong, but it is what stands there
        control.value = text
    else:
        control.value = text


def _source(given: Any, asked: AskedStep) -> Dropdown:
    options = [VALUE, *(f"input {name}" for name in asked.inputs)]
    options += [f"object {name}" for name in asked.objects]
    chosen = VALUE
    if is_input(given):
        chosen = f"input {given['input']}"
    elif is_ref(given):
        chosen = f"object {given['ref']}"
    if chosen not in options:
        options.append(chosen)
    made = Dropdown(options=(*options, NEW_INPUT), value=chosen, disabled=asked.is_fixed)
    made.add_class("daisy-source")
    made.tooltip = "Where the value comes from"
    return made


def _close(widget: Any) -> None:
    for child in getattr(widget, "children", ()):
        _close(child)
    widget.close()
