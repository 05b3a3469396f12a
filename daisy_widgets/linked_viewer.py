"""A slice viewer that is one of several, and has much in common with the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import traitlets
from ipywidgets import VBox, Widget

from daisy_widgets.difference_model import DifferenceModel
from daisy_widgets.slice_viewer import SliceViewer

_CSS = Path(__file__).parent / "static" / "linked_viewers.css"


class LinkedViewer(SliceViewer):
    """A `SliceViewer` that takes over what is changed in others, and keeps the shape it has."""

    _css = SliceViewer._css + _CSS.read_text(encoding="utf-8")

    may_grow = False

    cross = traitlets.Tuple(
        traitlets.Float(), traitlets.Float(), allow_none=True, default_value=None
    ).tag(sync=True)
    """Row and column of a cross-hair in the plane [pixels]; None: there is none."""

    def take(self, values: Mapping[str, Any]) -> None:
        """Have these values from now on, all of them at once."""
        with self.hold_trait_notifications():
            for name, value in values.items():
                self.set_trait(name, value)


class DifferenceViewer(LinkedViewer):
    """A `LinkedViewer` of a difference: its windows are symmetric around zero."""

    model_class = DifferenceModel


class LinkedBox(VBox):
    """What holds linked viewers, and ends with all that is in it."""

    def __init__(self, children: Sequence[Widget]):
        super().__init__(children)
        self.add_class("daisy-linked")

    def close(self) -> None:
        """End it and everything in it, here and in every page."""
        _close_children(self)
        super().close()


def _close_children(box: Widget) -> None:
    for child in getattr(box, "children", ()):
        _close_children(child)
        child.close()
