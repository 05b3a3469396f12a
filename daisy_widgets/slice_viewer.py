"""A widget that shows one plane of a data object at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import traitlets

from daisy_kernel.errors import AxesClash, DaisyError, InvalidParameter
from daisy_kernel.session.object_handle import ObjectHandle
from daisy_widgets.answering_widget import AnsweringWidget
from daisy_widgets.es_module import es_module
from daisy_widgets.jobs import Jobs
from daisy_widgets.notice import sentence
from daisy_widgets.object_watch import ObjectWatch, watch_of
from daisy_widgets.overlay_shapes import MEASURES, TOOLS, check_shapes
from daisy_widgets.plane_sources import plane_source
from daisy_widgets.slice_answers import Answer, Message, SliceAnswers
from daisy_widgets.slice_model import SliceModel

_STATIC = Path(__file__).parent / "static"
COLORMAPS = ("gray", "gray inverted", "viridis", "magma", "blue-red")
"""Names that `static/colormaps.js` knows how to paint."""
SCALES = ("linear", "log")
"""Names that `static/scales.js` knows."""


class SliceViewer(AnsweringWidget):
    """Look through a volume plane by plane, or at one image.

    Planes are pulled by the browser, display-sized and binary: small ones while the slider moves,
    screen resolution as soon as it rests, and of a plane that is magnified only what is seen. The
    window of values and the colours are the browser's; the value under the cursor is read from the
    full data. An object of a session that is registered again is shown as it is then.

    Parameters
    ----------
    data : (n, n_y, n_x) or (n_y, n_x)
        An object of a session (``session["reconstruction"]``), or any array; `plane_source` gives
        an array a unit and lengths.
    title
        Heading; default, the name of the object.
    axes
        Names of the dimensions of an array, in storage order; a session's object has its own.
    axis
        Axis across which to cut, 0 to 2.
    index
        Plane to begin with, from 0; default, the middle one.
    window
        Values drawn in the first and the last colour; default, the 1st and 99th percentile of a
        few planes.
    colormap
        One of `COLORMAPS`.
    scale
        One of `SCALES`: how the colours follow the values. "log" is log(1 + 1000 u) / log(1001) at
        the share u of the window, which may begin at zero or below.
    height
        Largest height of the image [CSS pixels].
    prefer
        "auto" is WebGL where a graphics card draws it, else canvas; "webgl" insists on the first
        where a browser can do it at all, "canvas" on the second.

    Raises
    ------
    DaisyError
        If `data` is not made of numbers or does not have two or three dimensions.

    Examples
    --------
    >>> SliceViewer(session["reconstruction"], colormap="magma")  # doctest: +SKIP
    """

    _esm = es_module(_STATIC / "slice_viewer.js")
    _css = "\n".join(
        (_STATIC / name).read_text(encoding="utf-8") for name in ("slice_viewer.css", "sliders.css")
    )

    model_class: type[SliceModel] = SliceModel
    """What cuts the data into planes and proposes windows."""
    may_grow = True
    """Whether it goes along when the object gets another shape."""

    title = traitlets.Unicode().tag(sync=True)
    shape = traitlets.List(traitlets.Int(), read_only=True).tag(sync=True)
    axes = traitlets.List(traitlets.Unicode(), read_only=True).tag(sync=True)
    dtype = traitlets.Unicode(read_only=True).tag(sync=True)
    axis = traitlets.Int(0).tag(sync=True)
    index = traitlets.Int(0).tag(sync=True)
    window = traitlets.Tuple(traitlets.Float(), traitlets.Float(), default_value=(0.0, 1.0)).tag(
        sync=True
    )
    window_limits = traitlets.Tuple(
        traitlets.Float(), traitlets.Float(), default_value=(0.0, 1.0), read_only=True
    ).tag(sync=True)
    colormap = traitlets.Enum(COLORMAPS, "gray").tag(sync=True)
    scale = traitlets.Enum(SCALES, "linear").tag(sync=True)
    sight = traitlets.Tuple(
        traitlets.Float(min=1.0),
        traitlets.Float(),
        traitlets.Float(),
        default_value=(1.0, 0.5, 0.5),
    ).tag(sync=True)
    """Zoom, and what part of the plane is in the middle: down and to the right, 0 to 1."""
    overlay = traitlets.List(traitlets.Dict()).tag(sync=True)
    """Shapes above the plane; see `daisy_widgets.overlay_shapes.check_shapes`."""
    tool = traitlets.Enum(TOOLS, "look").tag(sync=True)
    """What the left button draws."""
    tools = traitlets.List(traitlets.Enum(TOOLS[1:]), list(MEASURES)).tag(sync=True)
    """Those that have a button."""
    drawn = traitlets.Dict().tag(sync=True)
    """What was drawn last: `kind`, `points` and `count`, which tells equal shapes apart."""
    follow = traitlets.Bool(False).tag(sync=True)
    """Whether the newest plane is shown whenever the object has grown."""
    can_grow = traitlets.Bool(False, read_only=True).tag(sync=True)
    """Whether that can be known of the object: it is one of a session."""
    renewed = traitlets.Int(0)
    """How often another object of the same name has taken the place of the one that is shown."""
    _watch: ObjectWatch | None = None  # also of a viewer that was refused, which is closed as well
    _look_again = traitlets.Instance(Jobs, ())
    height = traitlets.Int(480, min=120).tag(sync=True)
    prefer = traitlets.Enum(("auto", "webgl", "canvas"), "auto").tag(sync=True)

    def __init__(
        self,
        data: Any,
        *,
        title: str | None = None,
        axes: Sequence[str] | None = None,
        axis: int = 0,
        index: int | None = None,
        window: tuple[float, float] | None = None,
        colormap: str = "gray",
        scale: str = "linear",
        height: int = 480,
        prefer: str = "auto",
    ):
        source = plane_source(data, name=title, axes=axes)
        self.model = self.model_class(source)
        self._answers = SliceAnswers(self.model)
        self._watch = watch_of(source)
        self.model.move(axis=axis)
        self.model.move(index=self.model.count(axis) // 2 if index is None else index)
        if window is not None:
            self.model.set_window(*window)
        self._describe()
        self.set_trait("window_limits", self.model.window_limits)
        is_volume = len(self.model.shape) == 3
        self.set_trait("can_grow", self._watch is not None and self.may_grow and is_volume)
        super().__init__(
            title=self.model.name if title is None else title,
            axis=self.model.axis,
            index=self.model.index,
            window=self.model.window,
            colormap=colormap,
            scale=scale,
            height=height,
            prefer=prefer,
        )
        if self._watch is not None:
            self._watch.join(source.name, self._renew)

    def close(self) -> None:
        """End it, here and in every page."""
        if self._watch is not None:
            self._watch.leave(self._renew)
        self._look_again.close()
        super().close()

    def refresh(self) -> None:
        """Show the data as they are now, after they have changed in place."""
        self.model.forget()
        self.send({"type": "changed"})

    def _describe(self) -> None:
        self.set_trait("shape", list(self.model.shape))
        self.set_trait("axes", list(self.model.axes))
        self.set_trait("dtype", self.model.dtype)

    def _renew(self, now: ObjectHandle) -> None:
        """Show the object as it is now; this reads nothing."""
        with self.changing:
            before = self.model.count(self.axis)
            try:
                if not self.may_grow and now.shape != self.model.shape:
                    raise AxesClash(
                        f"{now.name!r} had shape {self.model.shape} and now has {now.shape}: make "
                        "a new viewer."
                    )
                self.model.renew(now)
            except DaisyError as error:
                self.send({"type": "error", "message": sentence(error)})
                return
            last = self.model.count(self.axis) - 1
            with self.hold_sync():
                self._describe()
                goes_on = self.follow and last >= before
                self.index = last if goes_on else min(self.index, last)
            self.refresh()
            self.renewed += 1

    def _renew_if_grown(self, now: ObjectHandle) -> None:
        """An event tells as well of what has grown in a file; whichever comes first."""
        if now.shape != self.model.shape:
            self._renew(now)

    @traitlets.observe("follow")
    def _go_to_the_newest(self, change: traitlets.Bunch) -> None:
        if self.follow:
            self.index = self.model.count(self.axis) - 1

    @traitlets.validate("axis")
    def _has_axis(self, proposal: traitlets.Bunch) -> int:
        return self._allowed(proposal, lambda axis: self.model.check(axis, 0))

    @traitlets.validate("index")
    def _has_plane(self, proposal: traitlets.Bunch) -> int:
        return self._allowed(proposal, lambda index: self.model.check(self.axis, index))

    @traitlets.validate("overlay")
    def _is_drawable(self, proposal: traitlets.Bunch) -> list[dict[str, Any]]:
        return self._allowed(proposal, check_shapes)

    @traitlets.validate("window")
    def _rises(self, proposal: traitlets.Bunch) -> tuple[float, float]:
        return self._allowed(proposal, lambda window: self.model.check_window(*window))

    @staticmethod
    def _allowed(proposal: traitlets.Bunch, check: Callable[[Any], None]) -> Any:
        try:
            check(proposal["value"])
        except DaisyError as error:
            raise traitlets.TraitError(str(error)) from error
        return proposal["value"]

    @traitlets.observe("axis", "index")
    def _move(self, change: traitlets.Bunch) -> None:
        # The browser sends both at once; in Python the axis alone may change, to a shorter one.
        has_plane = self.index < self.model.count(self.axis)
        self.model.move(axis=self.axis, index=self.index if has_plane else None)
        self.index = self.model.index

    @traitlets.observe("window")
    def _look_at_values(self, change: traitlets.Bunch) -> None:
        self.model.set_window(*self.window)

    def _answerer(self, kind: Any) -> Callable[[Message], Answer]:
        answers = {
            "plane": self._answers.plane,
            "value": self._answers.value,
            "window": self._window,
            "measure": self._answers.measure,
            "again": self._again,
        }
        if kind not in answers:
            raise InvalidParameter(
                f"The browser asked for {kind!r}; there are {', '.join(answers)}: reload the page."
            )
        return answers[kind]

    def _again(self, asked: Message) -> Answer:
        """Have a look whether the object has grown; its file is read for that, on a thread."""

        def failed(error: Exception) -> None:
            self.send({"type": "error", "message": sentence(error)})

        if self.can_grow:
            self._look_again.ask("again", self._refreshed, self._renew_if_grown, failed)
        return {"type": "again"}, []

    def _refreshed(self) -> ObjectHandle:
        return cast(ObjectHandle, self.model.source).refreshed()

    def _window(self, asked: Message) -> Answer:
        windows = {
            "auto": self.model.auto_window,
            "wide": self.model.wide_window,
            "full": self.model.full_window,
        }
        found = windows[asked["which"]](axis=asked["axis"], index=asked["index"])
        with self.changing:
            self.window = found
        return {"type": "window"}, []
