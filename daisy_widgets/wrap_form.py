"""The form of several chosen steps: make a sub-workflow of them."""

from __future__ import annotations

from collections.abc import Callable

from ipywidgets import HTML, Text, VBox

from daisy_widgets.panel_box import button


class WrapForm:
    """Asks for the document that shall hold some steps.

    Parameters
    ----------
    wrap
        Called with its path.
    """

    def __init__(self, wrap: Callable[[str], None]):
        self._heading = HTML()
        self._heading.add_class("daisy-heading")
        self.path = Text(description="document of the sub-workflow")
        self.path.placeholder = "NAME.daisy.json"
        self.start = button("Save and put in its place", lambda: wrap(self.path.value.strip()))
        field = VBox([self.path])
        field.add_class("daisy-field")
        box = VBox([field])
        box.add_class("daisy-step-fields")
        self.widget = VBox([self._heading, box, self.start])
        self.widget.add_class("daisy-step-form")

    def fill(self, steps: range) -> None:
        """Ask about these steps."""
        self._heading.value = (
            f"<b>Steps {steps.start + 1} to {steps.stop}</b> They become a workflow of their own, "
            "which is one step of this one."
        )
