"""The form of several chosen steps: make a sub-workflow of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ipywidgets import HTML, Text, VBox

from daisy_kernel.errors import InvalidParameter
from daisy_widgets.document_bar import SUFFIX
from daisy_widgets.notice import Notice
from daisy_widgets.panel_box import button


class WrapForm:
    """Asks for the document that shall hold some steps.

    Parameters
    ----------
    wrap
        Called with its path and the name of the sub-workflow.
    notice
        Says what is missing.
    """

    def __init__(self, wrap: Callable[[str, str], None], notice: Notice):
        self._wrap, self._notice = wrap, notice
        self._heading = HTML()
        self._heading.add_class("daisy-heading")
        self.path = Text(description="document of the sub-workflow")
        self.path.placeholder = "NAME.daisy.json"
        self.start = button("Save and put in its place", self._start)
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

    def _start(self) -> None:
        path = Path(self.path.value.strip())
        name = path.name.removesuffix(".json").removesuffix(".daisy")
        if name:
            self._wrap(str(path.with_name(name + SUFFIX)), name)
        else:
            self._notice.error(InvalidParameter("The sub-workflow has no document yet: type one."))
