"""Stages of a panel: a line of headings, one of which is open."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ipywidgets import Button, VBox, Widget

from daisy_widgets.panel_box import button, row, show

_NOTHING = "\u00a0"
"""Takes the room of a line."""


class Stepper:
    """Headings beside each other (`headings`), and what belongs to the open one (`widget`).

    Parameters
    ----------
    stages
        Heading -> what is in the stage.
    opened
        Is told the heading of a stage that is opened; on the thread of the messages where it was
        opened by a click.
    """

    def __init__(self, stages: Mapping[str, Sequence[Widget]], opened: Callable[[str], None]):
        self._opened = opened
        self.current = ""
        self._headings: dict[str, Button] = {}
        self._boxes: dict[str, VBox] = {}
        for number, (name, children) in enumerate(stages.items(), 1):
            heading = button(f"{number}  {name}\n{_NOTHING}", lambda name=name: self.open(name))
            heading.add_class("daisy-step")
            box = VBox(list(children))
            box.add_class("daisy-stage")
            show(box, False)
            self._headings[name], self._boxes[name] = heading, box
        self.headings = row(self._headings.values(), "daisy-steps")
        self.widget = VBox(list(self._boxes.values()))
        self.widget.add_class("daisy-stepper")

    def open(self, name: str) -> None:
        """Open a stage and close the one that was open."""
        if name == self.current:
            return
        if self.current:
            show(self._boxes[self.current], False)
            self._headings[self.current].remove_class("daisy-current")
        self.current = name
        self._headings[name].add_class("daisy-current")
        show(self._boxes[name], True)
        self._headings[
            name
        ].focus()  # what had the focus may be gone, and the keyboard goes on here
        self._opened(name)

    def say(self, name: str, text: str) -> None:
        """What has been settled in a stage, in a few words below its heading."""
        number = list(self._headings).index(name) + 1
        self._headings[name].description = f"{number}  {name}\n{text or _NOTHING}"
        (self._headings[name].add_class if text else self._headings[name].remove_class)(
            "daisy-settled"
        )

    def allow(self, name: str, is_allowed: bool) -> None:
        """Whether a stage can be opened."""
        self._headings[name].disabled = not is_allowed
