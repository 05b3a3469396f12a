"""Refining the geometry on the rings of a calibrant."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ipywidgets import HTML, Text, ToggleButton, VBox

from daisy_kernel.errors import InvalidParameter
from daisy_kernel.session.display import html_table
from daisy_kernel.session.run_handle import RunHandle
from daisy_widgets.form import Form
from daisy_widgets.form_fields import Field
from daisy_widgets.frame_view import LOOK, Drawn
from daisy_widgets.panel_box import button, row
from daisy_widgets.powder_calls import Geometry
from daisy_widgets.powder_desk import Desk, Task
from daisy_widgets.run_follower import Record

_ASKED = ("output", "wavelength", "distance", "center_x", "center_y", "pixel_size")
_NUMBERS = _ASKED[1:]
_SHARED = ("scan", "flip", "calibrant", "mask")
_HEADINGS = ("ring 2θ (°)", "mean off (°)", "rms (°)", "places")


class CalibrateStep:
    """From a rough geometry, typed or read off a ring that was drawn, to a refined PONI file.

    Parameters
    ----------
    desk
        What is worked on.
    fields
        Inputs of the workflow "calibrate".
    """

    def __init__(self, desk: Desk, fields: Mapping[str, Field]):
        self._desk = desk
        self._own = ""  # the file that was refined from here
        self._first = [fields[name] for name in _ASKED]
        hidden = (*_ASKED, *_SHARED)
        self._further = [field for name, field in fields.items() if name not in hidden]
        self.form = Form(self._first, self._further)
        self.circle = ToggleButton(
            False, description="Centre from a ring", icon="circle-o",
            tooltip="Drag a circle from the beam to a ring: its centre, and the distance",
        )  # fmt: skip
        self.circle.observe(lambda change: self.take_tool(), "value")
        self.ring = Text("1", description="it is ring number", continuous_update=False)
        self.ring.add_class("daisy-short")
        self.rings = button("Show rings", self._show_rings, tooltip="Of the numbers above")
        self.refine = button("Refine", self._refine, style="primary")
        self.result = HTML()
        self.result.add_class("daisy-calibrated")
        self.widget = VBox([
            self.form.widget, row([self.circle, self.ring]), row([self.rings, self.refine]),
            self.result,
        ])  # fmt: skip
        desk.experiment.observe(lambda change: self._fill(change["new"]), "seen")

    def take_tool(self) -> None:
        """Let a ring be drawn, if that is wanted."""
        self._desk.view.use("circle" if self.circle.value else LOOK, self._drawn, self._lay_down)

    def _lay_down(self) -> None:
        self.circle.value = False

    def _fill(self, seen: Geometry | None) -> None:
        """Begin with the geometry that is looked at."""
        if seen is None:
            return
        place = seen.place
        numbers = {
            "distance": place.distance_mm, "center_x": place.center_x, "center_y": place.center_y,
            "pixel_size": place.pixel_x_um, "wavelength": place.wavelength_angstrom,
        }  # fmt: skip
        told = {name: f"{x:.6g}" for name, x in numbers.items() if math.isfinite(x)}
        self.form.fill(**told)

    def _drawn(self, drawn: Drawn) -> None:
        """A circle along a ring tells the centre, and with the number of the ring the distance."""
        experiment = self._desk.experiment
        _, n_row, n_col = experiment.shape
        ((row, col),) = drawn.points
        row = n_row - 1 - row if experiment.flip in ("ud", "both") else row
        col = n_col - 1 - col if experiment.flip in ("lr", "both") else col
        found = {"center_x": f"{col + 0.5:.2f}", "center_y": f"{row + 0.5:.2f}"}
        said = f"Centre at column {found['center_x']}, row {found['center_y']}"
        try:
            numbers = self._numbers({**self.form.filled, **found, "distance": "100"})
            number = int(self.ring.value)
        except (InvalidParameter, ValueError):
            self.form.fill(**found)
            self._desk.notice.done(f"{said}. Fill wavelength, pixel size and the ring's number.")
            return
        desk = self._desk

        def distance() -> float:
            chosen = experiment.calibrant or "CeO2"
            angles = desk.calls.rough_geometry(numbers, experiment.flip, chosen).angles_deg
            if not 1 <= number <= len(angles):
                raise InvalidParameter(f"There is no ring {number} in view: count them from 1.")
            radius_mm = drawn.radius * numbers["pixel_size"] * 1e-3
            return radius_mm / math.tan(math.radians(angles[number - 1]))

        def fill(found_mm: float) -> None:
            self.form.fill(**found, distance=f"{found_mm:.2f}")
            desk.notice.done(f"{said}; distance {found_mm:.2f} mm if this is ring {number}.")
            self._show_rings()

        desk.ask("distance", distance, fill)

    def _numbers(self, filled: Mapping[str, str | bool]) -> dict[str, float]:
        form = Form([replace(f, is_required=True) for f in self._first if f.name in _NUMBERS])
        form.fill(**{name: filled[name] for name in _NUMBERS})
        return {name: float(x) for name, x in form.inputs(_only(self._first, _NUMBERS)).items()}

    def _show_rings(self) -> None:
        desk, experiment = self._desk, self._desk.experiment
        try:
            _require_frames(desk)
            numbers = self._numbers(self.form.filled)
        except InvalidParameter as error:
            desk.notice.error(error)
            return
        flip, calibrant = experiment.flip, experiment.calibrant or "CeO2"
        desk.ask(
            "rings",
            lambda: desk.calls.rough_geometry(numbers, flip, calibrant),
            lambda geometry: desk.view.draw(geometry=geometry),
        )

    def _refine(self) -> None:
        desk, experiment = self._desk, self._desk.experiment
        try:
            _require_frames(desk)
            inputs = self.form.inputs((*self._first, *self._further))
        except InvalidParameter as error:
            desk.notice.error(error)
            return
        inputs |= {"scan": experiment.scan, "flip": experiment.flip}
        inputs |= {"calibrant": experiment.calibrant or "CeO2"}
        if experiment.mask:
            inputs["mask"] = experiment.mask
        overwrite = inputs["output"] == self._own
        self.go_on(
            inputs, lambda: desk.calls.session.run("calibrate", overwrite=overwrite, **inputs)
        )

    def go_on(self, inputs: Mapping[str, Any], begin: Callable[[], RunHandle]) -> None:
        """Have the geometry refined by a run with these inputs, which `begin` gives."""
        self.result.value = ""

        def refined(run: RunHandle, record: Record) -> None:
            self._refined(record, inputs["output"])

        self._desk.start(Task("calibrate", "Refining", refined), begin)

    def _refined(self, record: Record, output: str) -> None:
        values: dict[str, Any] = record["values"]
        seen = self._desk.calls.rings_of(record)
        where, table = "", ""
        if seen is not None:
            where = f" in {int(seen[:, 3].sum())} places on {len(seen)} rings"
            rows = [(f"{a:.4f}", f"{b:+.4f}", f"{c:.4f}", f"{n:.0f}") for a, b, c, n in seen]
            table = html_table(_HEADINGS, rows)
        said = (
            f"Residual {values['residual']:.4f}° rms{where}; "
            f"distance {values['distance']:.3f} mm, centre {values['center_x']:.2f}, "
            f"{values['center_y']:.2f}, tilt {values['tilt']:.3f}°."
        )
        self.result.value = f"<p>{said}</p>{table}"
        self._desk.notice.done(f"{output} is saved. {said}")
        self._desk.experiment.geometry = self._own = output
        self._desk.experiment.written += 1


def _only(fields: list[Field], names: tuple[str, ...]) -> list[Field]:
    return [field for field in fields if field.name in names]


def _require_frames(desk: Desk) -> None:
    if not desk.experiment.scan:
        raise InvalidParameter("Open frames first: rings are sought in them.")
