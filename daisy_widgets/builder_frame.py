"""The frame of the workflow builder: its columns, and the buttons over the drawing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from ipywidgets import HTML, HBox, VBox, Widget

from daisy_widgets.panel_box import button, row, show
from daisy_widgets.workflow_draft import WorkflowDraft

_CSS = Path(__file__).parent / "static" / "builder.css"
_TOOLS = {
    "up": ("Up", "Execute the step earlier (Alt+Up)"),
    "down": ("Down", "Execute the step later (Alt+Down)"),
    "duplicate": ("Duplicate", "Once more behind it (Ctrl+D)"),
    "remove": ("Remove", "Without the step (Delete)"),
    "try": ("Try it", "What the step does to one slice"),
    "inside": ("Look inside", "The steps of the sub-workflow"),
    "back": ("Back", "To the workflow itself"),
}
_CHANGING = ("up", "down", "duplicate", "remove")


class BuilderTools:
    """Buttons for what can be done to the chosen step.

    Parameters
    ----------
    press
        Called with the name of a tool.
    """

    def __init__(self, press: Callable[[str], None]):
        self.buttons = {
            name: button(text, lambda name=name: press(name), tooltip=tooltip)
            for name, (text, tooltip) in _TOOLS.items()
        }
        self.widget = row(self.buttons.values())

    def show(self, draft: WorkflowDraft, chosen: range, *, is_own: bool) -> None:
        """Offer what makes sense.

        Parameters
        ----------
        draft
            What is drawn.
        chosen
            Numbers of the chosen steps.
        is_own
            Whether it may be changed, rather than looked at.
        """
        is_one = len(chosen) == 1
        for name in _CHANGING:
            self.buttons[name].disabled = not is_one
            show(self.buttons[name], is_own)
        if is_one:
            self.buttons["up"].disabled = chosen[0] == 0
            self.buttons["down"].disabled = chosen.stop == len(draft.steps)
        show(self.buttons["try"], is_one and is_own)
        show(self.buttons["inside"], is_one and draft.class_of(chosen[0]) is None)
        show(self.buttons["back"], not is_own)


def columns(left: Iterable[Widget], middle: Iterable[Widget], right: Iterable[Widget]) -> HBox:
    """Three columns of one height, with the stylesheet of the builder."""
    style = HTML(f"<style>{_CSS.read_text(encoding='utf-8')}</style>")
    style.add_class("daisy-style")
    boxes = [VBox(list(part)) for part in (left, middle, right)]
    for box, name in zip(boxes, ("left", "middle", "right"), strict=True):
        box.add_class(f"daisy-builder-{name}")
    return row([style, *boxes], "daisy-builder-columns")
