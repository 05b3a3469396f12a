"""The form of a sweep: a parameter, and the values that it takes."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from ipywidgets import HTML, Dropdown, Text, VBox

from daisy_kernel.errors import InvalidParameter
from daisy_widgets.form_fields import Field
from daisy_widgets.sweep_model import usual_values


class SweepChoice:
    """Controls for one parameter that may be varied."""

    def __init__(self) -> None:
        self.parameter = Dropdown(description="vary")
        self.values = Text(description="values")
        self._help = HTML()
        self._help.add_class("daisy-help")
        self._fields: Mapping[str, Field] = {}
        self.widget = VBox([self.parameter, self.values, self._help])
        self.widget.add_class("daisy-field")
        self.parameter.observe(self._suggest, "value")

    @property
    def chosen(self) -> tuple[Field, str] | None:
        """Field and what was typed; None: this one is not varied."""
        name = self.parameter.value
        return (self._fields[name], self.values.value) if name else None

    def offer(self, fields: Mapping[str, Field]) -> None:
        """Offer other parameters; the one that was chosen stays if it is among them."""
        before = self.parameter.value
        self._fields = fields
        self.parameter.options = [("nothing", ""), *((f.label, n) for n, f in fields.items())]
        self.parameter.value = before if before in fields else ""

    def choose(self, name: str, values: str) -> None:
        """Vary this parameter.

        Raises
        ------
        InvalidParameter
            If it is not offered; lists what is.
        """
        if name not in self._fields:
            raise InvalidParameter(
                f"{name!r} cannot be varied: choose one of {', '.join(self._fields)}."
            )
        self.parameter.value = name
        self.values.value = values

    def _suggest(self, change: dict[str, Any]) -> None:
        field = self._fields.get(change["new"])
        self.values.value = "" if field is None else usual_values(field)
        self.values.placeholder = "" if field is None else "first:last:step or one, two, three"
        self._help.value = "" if field is None else escape(field.help)
