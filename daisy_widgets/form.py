"""A form: one control per field, the required ones first."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from ipywidgets import HTML, Checkbox, Dropdown, Text, ToggleButton, VBox

from daisy_kernel.errors import InvalidParameter
from daisy_widgets.form_fields import Field, inputs_of, parse

MORE = "More parameters"


class Form:
    """Controls to fill.

    Parameters
    ----------
    first
        Fields that are seen at once.
    further
        Fields under "More parameters".
    """

    def __init__(self, first: Iterable[Field], further: Iterable[Field] = ()):
        first, further = tuple(first), tuple(further)
        self.controls: dict[str, Text | Dropdown | Checkbox] = {}
        self._remarks: dict[str, HTML] = {}
        self._rows: dict[str, VBox] = {}
        seen, self._rest = self._draw(first), self._draw(further)
        self._rest.layout.display = "none"
        self.more = ToggleButton(False, description=MORE, icon="caret-right")
        self.more.add_class("daisy-more")
        self.more.layout.display = "" if further else "none"
        self.more.observe(lambda change: self._unfold(change["new"]), "value")
        self.widget = VBox([seen, self.more, self._rest])
        self.widget.add_class("daisy-form")

    @property
    def filled(self) -> dict[str, str | bool]:
        """What stands in the fields."""
        return {name: control.value for name, control in self.controls.items()}

    def fill(self, **values: str | bool) -> None:
        """Put something into some of the fields."""
        for name, value in values.items():
            self.controls[name].value = value

    def hide(self, name: str) -> None:
        """Take a field away that is filled by other means."""
        self._rows[name].layout.display = "none"

    def inputs(self, fields: Iterable[Field]) -> dict[str, Any]:
        """The values of some fields that differ from the usual ones.

        Raises
        ------
        InvalidParameter
            If a required one is empty or a value is not valid; the fields are marked.
        """
        fields = tuple(fields)
        for field in fields:
            self._judge(field)
        return inputs_of(fields, self.filled)

    def _draw(self, fields: tuple[Field, ...]) -> VBox:
        box = VBox([self._row(field) for field in fields])
        box.add_class("daisy-fields")
        return box

    def _row(self, field: Field) -> VBox:
        control = _control(field)
        control.tooltip = field.help or None
        remark = HTML(_help(field))
        remark.add_class("daisy-help")
        row = VBox([control, remark])
        row.add_class("daisy-field")
        self.controls[field.name] = control
        self._remarks[field.name], self._rows[field.name] = remark, row
        control.observe(lambda change: self._judge(field), "value")
        return row

    def _judge(self, field: Field) -> None:
        """Say below a field what is wrong with it, or what it is."""
        value = self.controls[field.name].value
        wrong = ""
        try:
            if value not in ("", field.usual):
                parse(field, value)
        except InvalidParameter as error:
            wrong = str(error)
        row = self._rows[field.name]
        (row.add_class if wrong else row.remove_class)("daisy-wrong")
        said = f"<span role='alert'>{escape(wrong)}</span>" if wrong else _help(field)
        self._remarks[field.name].value = said

    def _unfold(self, is_open: bool) -> None:
        self._rest.layout.display = "" if is_open else "none"
        self.more.icon = "caret-down" if is_open else "caret-right"


def _help(field: Field) -> str:
    return escape(field.help)


def _control(field: Field) -> Text | Dropdown | Checkbox:
    label = f"{field.label} *" if field.is_required else field.label
    if field.kind == "tick":
        return Checkbox(field.usual is True, description=label, indent=False)
    if field.kind == "choice":
        none = ("",) if field.usual == "" else ()
        return Dropdown(options=(*none, *field.choices), value=str(field.usual), description=label)
    # Sent when the field is left: a click on a button would overtake what is sent while typing.
    return Text(str(field.usual), description=label, continuous_update=False)
