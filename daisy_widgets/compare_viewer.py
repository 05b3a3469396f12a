"""Two objects of equal shape: side by side, their difference, or in turn at the same place."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import traitlets
from ipywidgets import GridBox, ToggleButtons

from daisy_widgets.linked_viewer import DifferenceViewer, LinkedBox, LinkedViewer
from daisy_widgets.notice import Notice
from daisy_widgets.panel_box import show
from daisy_widgets.plane_sources import Difference, plane_source
from daisy_widgets.shared_values import SharedValues

MODES = ("side by side", "difference", "flicker")
_TOOLTIPS = (
    "Both, with the same plane, window and zoom",
    "The second minus the first: blue is less, red is more",
    "One after the other at the same place, each for half a second: what moves is different",
)
_PLACE = (("axis", "index"), ("sight",))
_LOOK = (("window",), ("colormap",), ("scale",))


class CompareViewer(LinkedBox):
    """Look at two objects of equal shape together.

    Plane, axis and zoom are the same in all views, window and colours in those of the objects. The
    difference is formed where the objects are, and only what is seen of it is sent.

    Parameters
    ----------
    first, second : (n, n_y, n_x) or (n_y, n_x)
        Objects of a session, or any arrays.
    titles
        What the two are called; default, the names of the objects.
    axes
        Names of the dimensions of arrays, in storage order; a session's objects have their own.
    mode
        What to begin with, one of `MODES`.
    axis, index
        As `SliceViewer` takes them.
    window
        Values drawn in the first and the last colour; default, from the lower of the 1st to the
        higher of the 99th percentiles of a few planes.
    colormap, scale, height, prefer
        As `SliceViewer` takes them.

    Raises
    ------
    AxesClash
        If the shapes differ, or there are not two or three dimensions.
    DaisyError
        If something is not made of numbers.

    Examples
    --------
    >>> CompareViewer(session["fbp"], session["sirt"], mode="difference")  # doctest: +SKIP
    """

    mode = traitlets.Enum(MODES, MODES[0])

    def __init__(
        self,
        first: Any,
        second: Any,
        *,
        titles: tuple[str, str] | None = None,
        axes: Sequence[str] | None = None,
        mode: str = MODES[0],
        axis: int = 0,
        index: int | None = None,
        window: tuple[float, float] | None = None,
        colormap: str = "gray",
        scale: str = "linear",
        height: int = 480,
        prefer: str = "auto",
    ):
        sources = [
            plane_source(first, name="first", axes=axes),
            plane_source(second, name="second", axes=axes),
        ]
        if titles is None:
            titles = (sources[0].name, sources[1].name)
        self._source = Difference(sources[1], sources[0], name=" − ".join(reversed(titles)))
        self._height, self._prefer = height, prefer
        self.first, self.second = (
            LinkedViewer(
                source,
                title=title,
                axis=axis,
                index=index,
                window=window,
                colormap=colormap,
                scale=scale,
                height=height,
                prefer=prefer,
            )
            for source, title in zip(sources, titles, strict=True)
        )
        self.difference: DifferenceViewer | None = None
        """Made when it is looked at for the first time."""
        self._lock = threading.RLock()
        self._place, self._look = SharedValues(*_PLACE), SharedValues(*_LOOK)
        if window is None:
            lows, highs = zip(self.first.window, self.second.window, strict=True)
            self.first.window = (min(lows), max(highs))
        for view in (self.first, self.second):
            view.changing = self._lock
            self._join(view)
            self._look.join(view)
            view.observe(self._share_look, self._look.names)
            view.observe(self._subtract_again, "renewed")
        self.switch = ToggleButtons(options=MODES, tooltips=_TOOLTIPS)
        self.switch.add_class("daisy-linked-switch")
        self._notice = Notice()
        self._views = GridBox([self.first, self.second]).add_class("daisy-compare")
        super().__init__([self.switch, self._notice.widget, self._views])
        self._class = ""
        traitlets.link((self, "mode"), (self.switch, "value"))
        self.mode = mode
        self._switch()

    def refresh(self) -> None:
        """Show the data as they are now, after they have changed in place."""
        for view in self._views.children:
            view.refresh()

    @traitlets.observe("mode")
    def _mode_changed(self, change: traitlets.Bunch) -> None:
        self._switch()

    def _switch(self) -> None:
        """Show what the mode says; the difference once there is one."""
        if self.mode == "difference" and self.difference is None:
            self._tell("Subtracting a few planes to find the window …")
            # Off this thread: a few planes of both are read, which may take long from files.
            self.first.jobs.ask("difference", self._subtract, self._put, self._failed)
            return
        self._tell("")
        self._views.remove_class(self._class)
        self._class = f"daisy-compare-{self.mode.split()[0]}"
        self._views.add_class(self._class)

    def _subtract(self) -> DifferenceViewer:
        return DifferenceViewer(
            self._source,
            title=self._source.name,
            axis=self.first.axis,
            colormap="blue-red",
            height=self._height,
            prefer=self._prefer,
        )

    def _put(self, view: DifferenceViewer) -> None:
        with self._lock:
            view.changing = self._lock
            self._join(view)
            self.difference = view
        self._views.children = (*self._views.children, view)
        self._switch()

    def _subtract_again(self, change: traitlets.Bunch) -> None:
        """One of the two objects was replaced; nobody else tells the difference."""
        first, second = self.first.model.source, self.second.model.source
        self._source = Difference(second, first, name=self._source.name)
        if self.difference is not None:
            self.difference.model.renew(self._source)
            self.difference.refresh()

    def _failed(self, error: Exception) -> None:
        self.mode = MODES[0]
        self._notice.error(error)
        show(self._notice.widget, is_shown=True)

    def _tell(self, text: str) -> None:
        self._notice.busy(text)
        show(self._notice.widget, bool(text))

    def _join(self, view: LinkedViewer) -> None:
        self._place.join(view)
        view.observe(self._share_place, self._place.names)

    def _share_place(self, change: traitlets.Bunch) -> None:
        self._place.follow(change["owner"], change["name"])

    def _share_look(self, change: traitlets.Bunch) -> None:
        self._look.follow(change["owner"], change["name"])
