"""From detector frames to patterns and lines, step by step, on one page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from ipywidgets import HTML, ToggleButtons, VBox

from daisy_kernel.contracts.events import FINAL_STATES
from daisy_kernel.errors import InvalidParameter
from daisy_kernel.session import Session, local_session
from daisy_kernel.session.object_handle import ObjectHandle
from daisy_kernel.session.run_handle import RunHandle
from daisy_widgets.calibrate_step import CalibrateStep
from daisy_widgets.form import Form
from daisy_widgets.form_fields import Field, form_fields
from daisy_widgets.frame_view import LOOK, FrameView
from daisy_widgets.integrate_step import IntegrateStep
from daisy_widgets.mask_step import MaskStep
from daisy_widgets.panel_box import button, row, show
from daisy_widgets.pattern_view import PatternView
from daisy_widgets.powder_calls import Geometry, PowderCalls
from daisy_widgets.powder_desk import Desk, Experiment, Task
from daisy_widgets.run_follower import Record, say_run
from daisy_widgets.run_panel import RunPanel

_CSS = Path(__file__).parent / "static" / "integration_panel.css"
_CALIBRANT = Field(
    "calibrant", help="whose rings are drawn: CeO2, LaB6, Si, AgBh...; none if empty", usual=""
)
_OPENED = ("scan", "geometry", "flip", "calibrant", "mask")
_STEPS = {"mask": "Mask", "calibrate": "Calibrate", "powder": "Integrate"}
"""Workflow -> the step that starts it."""
_TEXT = (
    "Open frames and their geometry, check the rings, draw a mask, refine, integrate, and look at "
    "patterns and lines."
)


class IntegrationPanel(RunPanel):
    """Frames with their geometry, mask, calibration, patterns and lines.

    Parameters
    ----------
    session
        Where everything runs; default, the kernel of this notebook.
    title
        Heading.

    Examples
    --------
    >>> IntegrationPanel().load("frames_master.h5", "frames.poni")  # doctest: +SKIP
    """

    def __init__(self, *, session: Session | None = None, title: str = "Powder diffraction"):
        super().__init__(local_session() if session is None else session, title, _TEXT)
        self.experiment = Experiment()
        self.view = FrameView(self._moved)
        calls = PowderCalls(self.session)
        self.desk = Desk(self.experiment, calls, self.ask, self.notice, self._begin, self.view)
        powder, calibrate = (self._fields(name) for name in ("powder", "calibrate"))
        self._opened = [
            powder["scan"], replace(powder["geometry"], is_required=False), powder["flip"],
            _CALIBRANT, powder["mask"],
        ]  # fmt: skip
        self.form = Form(self._opened)
        self.open_button = button("Open", self._open, style="primary")
        self.facts = HTML()
        self.facts.add_class("daisy-facts")
        style = HTML(f"<style>{_CSS.read_text(encoding='utf-8')}</style>")
        style.add_class("daisy-style")
        self.patterns = PatternView(self.desk)
        self.mask = MaskStep(self.desk)
        self.calibration = CalibrateStep(self.desk, calibrate)
        self.integration = IntegrateStep(self.desk, powder, self.patterns)
        steps: dict[str, Any] = {
            "Mask": self.mask, "Calibrate": self.calibration, "Integrate": self.integration,
        }  # fmt: skip
        self._steps = steps
        self.starters = (self.mask.save, self.calibration.refine, self.integration.start)
        self._task: Task | None = None
        self.step = ToggleButtons(options=list(steps))
        self.step.add_class("daisy-steps")
        self.step.observe(lambda change: self._show_step(), "value")
        side = VBox([self.step, *(step.widget for step in steps.values())])
        side.add_class("daisy-side")
        self._bench = row([self.view.widget, side], "daisy-bench")
        self.fill(
            [
                style,
                self.form.widget,
                row([self.open_button, self.facts]),
                self._bench,
                self.notice.widget,
                self.progress.widget,
                self.patterns.widget,
            ]
        )
        show(self._bench, False)
        self.experiment.observe(
            lambda change: self._look_at_geometry(), ["geometry", "written", "flip"]
        )
        self.experiment.observe(lambda change: self.form.fill(mask=change["new"]), "mask")
        self.experiment.observe(lambda change: self.view.look(change["new"]), "frame")
        self._show_step()
        self.offer_run("powder")

    def load(
        self,
        scan: str,
        geometry: str = "",
        *,
        flip: str = "none",
        calibrant: str = "",
        mask: str = "",
    ) -> IntegrationPanel:
        """Fill the first form and open.

        Parameters
        ----------
        scan
            Detector frames, as the workflow "powder" takes them.
        geometry
            PONI file; none if the detector is still to be calibrated.
        flip
            How frames are turned before the geometry applies: none, ud, lr or both.
        calibrant
            Whose rings are drawn.
        mask
            File of pixels that are left out; none if empty.

        Returns
        -------
        panel
            This one.
        """
        self.form.fill(scan=str(scan), geometry=str(geometry), flip=flip, calibrant=calibrant)
        self.form.fill(mask=str(mask))
        self._open()
        return self

    def go_on(self, run: RunHandle, record: Record) -> None:
        """Open what the run that was offered works on, and go on with it."""
        step = _STEPS[record["workflow"]]
        inputs = {name: value for name, value in record["inputs"].items() if value is not None}
        self.load(**{name: value for name, value in inputs.items() if name in _OPENED})
        self.step.value = step
        is_cut_off = record["state"] == "interrupted"
        self._steps[step].go_on(inputs, run.resume if is_cut_off else lambda: run)

    def close(self) -> None:
        """End the panel, and take its objects out of the session; a run goes on."""
        self.leave(self.desk.calls.close)
        for viewer in self.view.widget.children:
            viewer.close()

    def see(self, record: Record) -> None:
        """The run has come further."""
        super().see(record)
        if self._task is not None and self.run is not None and record["state"] not in FINAL_STATES:
            self._task.going_on(self.run, record)

    def say(self, record: Record) -> None:
        """Tell in a sentence how the run is, and what it does."""
        say_run(self.notice, record, "" if self._task is None else self._task.what)

    def take(self, record: Record) -> None:
        """The run has ended well: the step that wanted it goes on."""
        if self._task is not None and self.run is not None:
            self._task.done(self.run, record)

    def _begin(self, task: Task, launch: Callable[[], RunHandle]) -> None:
        self._task, self._offered = task, task.workflow
        self.start_run(launch)

    def _fields(self, workflow: str) -> dict[str, Field]:
        told, _ = self.session.transport.call("workflows.describe", {"name": workflow})
        return {field.name: field for field in form_fields(told["schema"])}

    def _open(self) -> None:
        try:
            filled = {"flip": "none", "calibrant": "", "geometry": "", "mask": ""}
            filled |= self.form.inputs(self._opened)
        except InvalidParameter as error:
            self.notice.error(error)
            return
        self.notice.busy("Opening …")
        calls, scan = self.desk.calls, filled["scan"]

        def found() -> tuple[ObjectHandle, tuple[float, float]]:
            frames = calls.open_frames(scan, self.mask.beneath(scan, filled["mask"]))
            return frames, calls.window()

        self.ask("open", found, lambda told: self._show_frames(told, filled))

    def _show_frames(
        self, found: tuple[ObjectHandle, tuple[float, float]], filled: dict[str, str]
    ) -> None:
        frames, window = found
        experiment = self.experiment
        self.notice.done("")
        self.view.show(frames, window)
        show(self._bench, True)
        self.mask.begin(filled["scan"], filled["mask"])
        experiment.seen, experiment.geometry = None, ""  # a file may have changed meanwhile
        experiment.calibrant, experiment.mask = filled["calibrant"], filled["mask"]
        experiment.shape, experiment.flip = frames.shape, filled["flip"]
        experiment.frame = self.view.index
        experiment.scan = filled["scan"]
        experiment.geometry = filled["geometry"]
        self.mask.take_tool()

    def _look_at_geometry(self) -> None:
        """Draw the rings that the geometry promises."""
        experiment, calls = self.experiment, self.desk.calls
        poni, flip, calibrant = experiment.geometry, experiment.flip, experiment.calibrant
        if not experiment.scan or not poni:
            experiment.seen = None
            self.view.draw(geometry=None)
            self.facts.value = ""
            return
        self.form.fill(geometry=poni)
        self.ask(
            "geometry",
            lambda: calls.geometry(poni, flip, calibrant),
            self._show_geometry,
        )

    def _show_geometry(self, geometry: Geometry) -> None:
        place = geometry.place
        self.facts.value = (
            f"Distance {place.distance_mm:.2f} mm, beam at row {place.beam_row:.1f}, column "
            f"{place.beam_col:.1f}, tilt {place.tilt_deg:.2f}°, wavelength "
            f"{place.wavelength_angstrom:.5g} Å, {len(geometry.angles_deg)} rings"
        )
        self.view.draw(geometry=geometry)
        self.experiment.seen = geometry

    def _show_step(self) -> None:
        chosen = self.step.value
        for name, step in self._steps.items():
            show(step.widget, name == chosen)
        if chosen == "Mask":
            self.mask.take_tool()
        elif chosen == "Calibrate":
            self.calibration.take_tool()
        else:
            self.view.use(LOOK, lambda drawn: None)

    def _moved(self, frame: int) -> None:
        """The frame was chosen in its viewer."""
        self.experiment.frame = frame
