"""The form of a workflow as a whole: its name, what it is for, what it leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ipywidgets import HTML, Text, VBox

from daisy_widgets.panel_box import button, show
from daisy_widgets.workflow_draft import WorkflowDraft

_HELP = {
    "name": "what it is called",
    "help": "what it is for, in a sentence",
    "outputs": "data objects to have at the end, separated by commas",
}


class DocumentForm:
    """Controls for what belongs to no step.

    Parameters
    ----------
    changed
        Called while somebody types, with key and value.
    tidied
        Called when the inputs that no step takes shall go.
    """

    def __init__(self, changed: Callable[[str, Any], None], tidied: Callable[[], None]):
        self._changed, self._is_quiet = changed, False
        self.controls = {key: Text(description=key, continuous_update=True) for key in _HELP}
        for key, control in self.controls.items():
            control.observe(lambda change, key=key: self._type(key, change["new"]), "value")
        heading = HTML("<b>The workflow</b> Choose a step to see its parameters.")
        heading.add_class("daisy-heading")
        self.tidy = button("Remove unused inputs", tidied)
        rows = [_row(control, _HELP[key]) for key, control in self.controls.items()]
        box = VBox(rows)
        box.add_class("daisy-step-fields")
        self.widget = VBox([heading, box, self.tidy])
        self.widget.add_class("daisy-step-form")

    def fill(self, draft: WorkflowDraft) -> None:
        """Show another document."""
        self._is_quiet = True
        self.controls["name"].value = draft.name
        self.controls["help"].value = str(draft.content.get("help", ""))
        self.controls["outputs"].value = ", ".join(draft.outputs)
        self._is_quiet = False
        self.tidy.tooltip = ", ".join(draft.unused_inputs)
        show(self.tidy, bool(draft.unused_inputs))

    def _type(self, key: str, text: str) -> None:
        if self._is_quiet:
            return
        names = [name.strip() for name in text.split(",") if name.strip()]
        self._changed(key, names if key == "outputs" else text)


def _row(control: Text, text: str) -> VBox:
    remark = HTML(text)
    remark.add_class("daisy-help")
    made = VBox([control, remark])
    made.add_class("daisy-field")
    return made
