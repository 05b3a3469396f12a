"""Three planes of a volume that meet in one point."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import traitlets
from ipywidgets import HTML, GridBox

from daisy_widgets.cross_model import CrossModel, Point
from daisy_widgets.linked_viewer import LinkedBox, LinkedViewer
from daisy_widgets.notice import sentence
from daisy_widgets.plane_sources import SampledOnce, plane_source
from daisy_widgets.shared_values import SharedValues
from daisy_widgets.slice_answers import value_in_words

_VALUE_S = 0.06
"""The cross rests for so long before the value there is read."""
_HELP = (
    "Click or drag in a plane to move the cross; the two other planes follow. The arrow keys move "
    "it by one pixel, with Shift by ten."
)


class OrthogonalViewer(LinkedBox):
    """Look at a volume in three orthogonal planes at once.

    The planes meet in a cross: where it is moved in one of them, the other two are cut. Window,
    colours and their scale are the same in all three.

    Parameters
    ----------
    data : (n, n_y, n_x)
        An object of a session (``session["reconstruction"]``), or any array; `plane_source` gives
        an array a unit and lengths.
    title
        What it is called; default, the name of the object.
    axes
        Names of the dimensions of an array, in storage order; a session's object has its own.
    point
        Number of the plane across each axis, from 0; default, the middle.
    window
        Values drawn in the first and the last colour; default, the 1st and 99th percentile of a
        few planes.
    colormap, scale
        As `SliceViewer` takes them.
    height
        Largest height of each image [CSS pixels].
    prefer
        As `SliceViewer` takes it.

    Raises
    ------
    DaisyError
        If `data` is not made of numbers or does not have three dimensions.

    Examples
    --------
    >>> OrthogonalViewer(session["reconstruction"], point=(100, 512, 512))  # doctest: +SKIP
    """

    def __init__(
        self,
        data: Any,
        *,
        title: str | None = None,
        axes: Sequence[str] | None = None,
        point: Sequence[int] | None = None,
        window: tuple[float, float] | None = None,
        colormap: str = "gray",
        scale: str = "linear",
        height: int = 480,
        prefer: str = "auto",
    ):
        source = SampledOnce(plane_source(data, name=title, axes=axes))
        self.title = source.name if title is None else title
        self.model = CrossModel(source.shape, point)
        names = source.axes or ("axis 0", "axis 1", "axis 2")
        self.views = tuple(
            LinkedViewer(
                source,
                title=f"across {name}",
                axis=axis,
                index=self.model.point[axis],
                window=window,
                colormap=colormap,
                scale=scale,
                height=height,
                prefer=prefer,
            )
            for axis, name in enumerate(names)
        )
        self.note = HTML().add_class("daisy-linked-note")
        super().__init__([GridBox([*self.views, self.note]).add_class("daisy-orthogonal")])
        self._lock = threading.RLock()  # every view answers on a thread of its own
        self._shared = SharedValues(("window",), ("colormap",), ("scale",))
        for axis, view in enumerate(self.views):
            view.changing = self._lock
            self._shared.join(view)
            view.observe(self._share, self._shared.names)
            view.observe(self._plane_mover(axis), "index")
            view.observe(self._cross_mover(axis), "cross")
        self.views[0].observe(lambda change: self._tell(), "renewed")  # the value is read from it
        self._show()

    @property
    def point(self) -> Point:
        """Number of the plane across each axis, from 0: where the planes meet."""
        return self.model.point

    @point.setter
    def point(self, point: Sequence[int]) -> None:
        with self._lock:
            self.model.move(point)
            self._show()

    def refresh(self) -> None:
        """Show the data as they are now, after they have changed in place."""
        for view in self.views:
            view.refresh()
        self._tell()

    def _share(self, change: traitlets.Bunch) -> None:
        self._shared.follow(change["owner"], change["name"])

    def _plane_mover(self, axis: int) -> Callable[[traitlets.Bunch], None]:
        def moved(change: traitlets.Bunch) -> None:
            with self._lock:
                self.model.move_plane(axis, change["new"])
                self._show()

        return moved

    def _cross_mover(self, axis: int) -> Callable[[traitlets.Bunch], None]:
        def moved(change: traitlets.Bunch) -> None:
            with self._lock:
                if change["new"] is not None:
                    self.model.move_within(axis, *change["new"])
                self._show()

        return moved

    def _show(self) -> None:
        """Bring every view to where the planes meet; those that are there already do not move."""
        for axis, view in enumerate(self.views):
            values = {"index": self.model.point[axis], "cross": self.model.place(axis)}
            if (view.index, view.cross) != tuple(values.values()):
                view.take(values)
        self._tell()

    def _tell(self) -> None:
        """Say where the cross is, and what the value is there once that has been read."""
        point = self.point
        self.note.value = self._note(point, "…")
        first = self.views[0]
        first.jobs.ask(
            "value",
            lambda: first.model.value(axis=0, index=point[0], y=point[1], x=point[2]),
            lambda value: self._tell_value(
                point, value_in_words(value, first.model.source.units.value)
            ),
            lambda error: self._tell_value(point, sentence(error)),
            after_s=_VALUE_S,
        )

    def _tell_value(self, point: Point, text: str) -> None:
        with self._lock:
            if point == self.point:
                self.note.value = self._note(point, text)

    def _note(self, point: Point, value: str) -> str:
        model = self.views[0].model
        facts = " × ".join(map(str, model.shape))
        places = zip((*model.axes, "value"), (*map(str, point), value), strict=True)
        entries = "".join(f"<div><dt>{escape(n)}</dt><dd>{escape(v)}</dd></div>" for n, v in places)
        return (
            f"<b>{escape(self.title)}</b> <span>{facts} {escape(model.dtype)}</span>"
            f"<dl>{entries}</dl><p>{_HELP}</p>"
        )
