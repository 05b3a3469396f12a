"""A slice that is made anew again and again, always in the same viewer."""

from __future__ import annotations

from collections.abc import Callable

from ipywidgets import VBox

from daisy_kernel.session.object_handle import ObjectHandle
from daisy_widgets.slice_viewer import SliceViewer

_HEIGHT = 340
"""Largest height of the image [CSS pixels]."""


class LiveSlice:
    """A viewer whose window, colours and zoom stay while the slice changes.

    Parameters
    ----------
    made
        Is told every new viewer; there is one as long as the slice keeps its shape.
    """

    def __init__(self, made: Callable[[SliceViewer], None]):
        self._made = made
        self.viewer: SliceViewer | None = None
        self.widget = VBox()

    def show(self, data: ObjectHandle, title: str) -> None:
        """Show an object, which may have changed since the last time."""
        before = self.viewer
        if before is not None and before.shape == list(data.shape):
            before.title = title
            before.refresh()
            return
        window = None if before is None else before.window
        self.viewer = SliceViewer(data, title=title, height=_HEIGHT, window=window)
        self._made(self.viewer)
        self.widget.children = (self.viewer,)
        if before is not None:
            before.close()
