"""Drawing a mask on a frame, and saving it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from ipywidgets import HTML, Checkbox, Select, ToggleButtons, VBox

from daisy_kernel.errors import InvalidParameter
from daisy_kernel.session.run_handle import RunHandle
from daisy_widgets.form import Form
from daisy_widgets.form_fields import Field, parse
from daisy_widgets.frame_view import LOOK, Drawn
from daisy_widgets.mask_model import MaskModel, MaskShape
from daisy_widgets.panel_box import button, row
from daisy_widgets.powder_desk import Desk, Task
from daisy_widgets.run_follower import Record
from daisy_widgets.tint import Box, boxes_of

_TOOLS = {"Look": LOOK, "Rectangle": "rectangle", "Polygon": "polygon", "Circle": "circle"}
_KEYS = "Arrow keys and Enter draw, too."
_HINTS = {
    "Look": "Zoom and move the frame; choose a shape to draw.",
    "Rectangle": f"Drag from corner to corner. {_KEYS}",
    "Polygon": f"Click each corner; a double click ends it. {_KEYS}",
    "Circle": f"Drag from the centre outwards. {_KEYS}",
}
_BELOW = Field("below", "number", unit="counts")
_ABOVE = Field("above", "number", unit="counts")
_OUTPUT = Field("mask file", help=".edf, .tif, .h5 or .npy; 1 excludes a pixel", is_required=True)
_COUNT_AFTER_S = 0.15


class MaskStep:
    """Rectangles, polygons, circles and thresholds that exclude pixels or take them back.

    Parameters
    ----------
    desk
        What is worked on.
    """

    def __init__(self, desk: Desk):
        self._desk, self.model = desk, MaskModel()
        self._beneath = ""  # the mask that the frames were opened with
        self._own = ""  # the file that was saved from here
        self.tools = ToggleButtons(options=list(_TOOLS))
        self.hint = HTML()
        self.hint.add_class("daisy-hint")
        self.tools.observe(lambda change: self.take_tool(), "value")
        self.erases = Checkbox(False, description="take back what is excluded", indent=False)
        self.limits = Form((_BELOW, _ABOVE))
        self.limited = HTML()
        self.limited.add_class("daisy-count")
        for control in self.limits.controls.values():
            control.observe(lambda change: self._ask_limited(), "value")
        self.threshold = button("Add threshold", self._add_threshold)
        self.shapes = Select(options=[], rows=4, description="shapes")
        self.undo = button("Undo", lambda: self._change(self.model.undone()))
        self.redo = button("Redo", lambda: self._change(self.model.redone()))
        self.remove = button(
            "Remove", self._remove, tooltip="Take the chosen shape out of the list"
        )
        self.clear = button("Clear", lambda: self._change(self.model.cleared()))
        self.shapes.add_class("daisy-shapes")
        self.count = HTML()
        self.count.add_class("daisy-count")
        self.output = Form((_OUTPUT,))
        self.save = button("Save mask", self._save, style="primary")
        self.widget = VBox([
            self.tools, self.hint, self.erases, self.limits.widget,
            row([self.threshold, self.limited]),
            self.shapes, row([self.undo, self.redo, self.remove, self.clear]), self.count,
            self.output.widget, row([self.save]),
        ])  # fmt: skip
        desk.experiment.observe(lambda change: self._ask_count(), ["scan", "geometry", "flip"])
        desk.experiment.observe(lambda change: self._look_again(), "frame")
        desk.experiment.observe(lambda change: self._ask_limited(), ["scan", "frame"])
        self._show()

    def beneath(self, scan: str, mask: str) -> str:
        """The mask below what is drawn, if these frames are opened with this one.

        What was saved from here holds what is drawn already: the same frames keep theirs.
        """
        is_own = bool(mask) and mask == self._own and scan == self._desk.experiment.scan
        return self._beneath if is_own else mask

    def begin(self, scan: str, mask: str) -> None:
        """Frames are opened, with this mask."""
        beneath = self.beneath(scan, mask)
        if beneath == mask:  # it is somebody's, and must not be replaced
            self._own = ""
        self._beneath = beneath

    def take_tool(self) -> None:
        """Let the frame be drawn on with the chosen tool."""
        self._desk.view.use(_TOOLS[self.tools.value], self._drawn, self._lay_down)
        self.hint.value = _HINTS[self.tools.value]  # after the tool: who reads it may draw

    def _lay_down(self) -> None:
        self.tools.value = "Look"

    def _drawn(self, drawn: Drawn) -> None:
        try:
            shape = MaskShape(
                drawn.kind, drawn.points, radius=drawn.radius, erases=self.erases.value
            )
        except InvalidParameter as error:
            self._desk.notice.error(error)
            return
        self._change(self.model.drawn(shape))

    def _add_threshold(self) -> None:
        try:
            shape = self._threshold(erases=self.erases.value)
        except InvalidParameter as error:
            self._desk.notice.error(error)
            return
        self._change(self.model.drawn(shape))

    def _threshold(self, *, erases: bool) -> MaskShape:
        """What is filled in."""
        filled = self.limits.filled
        below, above = (
            parse(f, filled[f.name]) if filled[f.name] else None for f in (_BELOW, _ABOVE)
        )
        return MaskShape("threshold", below=below, above=above, erases=erases)

    def _ask_limited(self) -> None:
        """Tint the pixels beyond the limits that are filled in, accepted or not."""
        desk, frame = self._desk, self._desk.experiment.frame
        try:
            text = MaskModel().drawn(self._threshold(erases=False)).text
        except InvalidParameter:  # empty, or not typed to the end
            text = ""
        if not text or not desk.experiment.scan:
            desk.ask("limited", lambda: ([], ""), self._show_limited)
            return

        def find() -> tuple[list[Box], str]:
            found = desk.calls.limited(text, frame)
            return boxes_of(found), f"{np.count_nonzero(found)} pixels of frame {frame}"

        desk.ask("limited", find, self._show_limited, after_s=_COUNT_AFTER_S)

    def _show_limited(self, found: tuple[list[Box], str]) -> None:
        boxes, self.limited.value = found
        self._desk.view.draw(tint=boxes)

    def _remove(self) -> None:
        if self.shapes.index is not None:
            self._change(self.model.without(self.shapes.index))

    def _look_again(self) -> None:
        """Only thresholds see another frame."""
        if any(shape.kind == "threshold" for shape in self.model.shapes):
            self._ask_count()

    def _change(self, model: MaskModel) -> None:
        self.model = model
        self._show()
        self._ask_count()

    def _show(self) -> None:
        model = self.model
        listed = [(f"{i + 1}  {shape}", i) for i, shape in enumerate(model.shapes)]
        self.shapes.options = listed
        self.shapes.index = len(listed) - 1 if listed else None
        self.undo.disabled, self.redo.disabled = not model.past, not model.future
        self.remove.disabled = self.clear.disabled = not listed
        self._desk.view.draw(shapes=model.shapes)

    def _ask_count(self) -> None:
        """Have the mask made, and its pixels counted."""
        desk, experiment = self._desk, self._desk.experiment
        if not experiment.scan:
            return
        text, poni, flip = self.model.text, experiment.geometry, experiment.flip
        desk.ask(
            "count",
            lambda: desk.calls.mask_count(text, poni, flip, experiment.frame),
            self._show_count,
            after_s=_COUNT_AFTER_S,
        )

    def _show_count(self, counted: tuple[int, int]) -> None:
        excluded, total = counted
        self.count.value = (
            f"{excluded} of {total} pixels ({excluded / total:.2%}) are left out, gaps included. "
            f"Thresholds look at frame {self._desk.experiment.frame}."
        )

    def _save(self) -> None:
        desk, experiment = self._desk, self._desk.experiment
        try:
            output = self.output.inputs((_OUTPUT,))[_OUTPUT.name]
            if not experiment.scan:
                raise InvalidParameter("Open frames first: a mask belongs to a detector.")
            if output == self._beneath:
                raise InvalidParameter(
                    f"{output} is the mask that was opened, and stays as it is: choose another "
                    "name; the new mask will hold its pixels as well."
                )
        except InvalidParameter as error:
            desk.notice.error(error)
            return
        inputs = {
            "scan": experiment.scan, "output": output, "shapes": self.model.text,
            "geometry": experiment.geometry or None, "flip": experiment.flip,
            "mask": self._beneath or None, "first": experiment.frame,
        }  # fmt: skip
        given = {name: value for name, value in inputs.items() if value is not None}
        # A mask is drawn, looked at and saved again: the file is this panel's own.
        overwrite = output == self._own
        self.go_on(given, lambda: desk.calls.session.run("mask", overwrite=overwrite, **given))

    def go_on(self, inputs: Mapping[str, Any], begin: Callable[[], RunHandle]) -> None:
        """Have a mask saved by a run with these inputs, which `begin` gives."""

        def saved(run: RunHandle, record: Record) -> None:
            self._saved(record, inputs)

        self._desk.start(Task("mask", "Saving the mask", saved), begin)

    def _saved(self, record: Record, inputs: Mapping[str, Any]) -> None:
        output, experiment = inputs["output"], self._desk.experiment
        if inputs["scan"] == experiment.scan:  # and no other frames were opened meanwhile
            experiment.mask = self._own = output
        excluded = record["values"]["n_excluded"]
        self._desk.notice.done(f"{output} is saved; it leaves out {excluded} pixels.")
