"""Integrating all frames, and watching the patterns come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ipywidgets import VBox

from daisy_kernel.errors import InvalidParameter
from daisy_kernel.session.run_handle import RunHandle
from daisy_widgets.form import Form
from daisy_widgets.form_fields import RUN_OPTIONS, Field, run_options
from daisy_widgets.integration_model import RadialAxis
from daisy_widgets.panel_box import button, row
from daisy_widgets.pattern_view import PatternView
from daisy_widgets.powder_calls import Series
from daisy_widgets.powder_desk import Desk, Task
from daisy_widgets.run_follower import Record

_ASKED = ("output", "bins", "unit", "polarization")
_SHARED = ("scan", "geometry", "flip", "mask")


class IntegrateStep:
    """Form and button of the workflow "powder"; patterns appear while it runs.

    Parameters
    ----------
    desk
        What is worked on.
    fields
        Inputs of the workflow.
    patterns
        Shows them.
    """

    def __init__(self, desk: Desk, fields: Mapping[str, Field], patterns: PatternView):
        self._desk, self._patterns = desk, patterns
        self._first = [fields[name] for name in _ASKED]
        hidden = (*_ASKED, *_SHARED)
        self._further = [field for name, field in fields.items() if name not in hidden]
        self.form = Form(self._first, (*self._further, *RUN_OPTIONS))
        self.start = button("Integrate", self._start, style="primary")
        self.widget = VBox([self.form.widget, row([self.start])])
        self._axis: RadialAxis | None = None
        self._n_done = -1

    def _start(self) -> None:
        desk, experiment = self._desk, self._desk.experiment
        try:
            inputs = self.form.inputs((*self._first, *self._further))
            options = run_options(self.form.filled)
            if not (experiment.scan and experiment.geometry):
                raise InvalidParameter("Open frames with a geometry first: both are needed.")
            if experiment.geometry.endswith(".json") and "unit" not in inputs:
                raise InvalidParameter(
                    "Choose a unit: the one in a JSON of pyFAI is not seen from here."
                )
        except InvalidParameter as error:
            desk.notice.error(error)
            return
        inputs |= {"scan": experiment.scan, "geometry": experiment.geometry}
        inputs |= {"flip": experiment.flip}
        if experiment.mask:
            inputs["mask"] = experiment.mask
        self.go_on(inputs, lambda: desk.calls.session.run("powder", **options, **inputs))

    def go_on(self, inputs: Mapping[str, Any], begin: Callable[[], RunHandle]) -> None:
        """Have frames integrated by a run with these inputs, which `begin` gives."""
        calls = self._desk.calls
        self._n_done = -1

        def launch() -> RunHandle:
            self._axis = calls.axis(inputs)
            return begin()

        def look(run: RunHandle, record: Record) -> None:
            self._look(run, record, inputs["output"])

        self._desk.start(Task("powder", "Integrating", self._done, look), launch)

    def _look(self, run: RunHandle, record: Record, output: str) -> None:
        """Draw what has come since the last look."""
        axis, done = self._axis, record["progress"]["done"]
        if axis is None or record["state"] != "running" or done == self._n_done:
            return
        self._n_done = done
        self._desk.ask(
            "patterns",
            lambda: self._desk.calls.unfinished(output, run.id, axis),
            self._show_unfinished,
        )

    def _show_unfinished(self, series: Series | None) -> None:
        if series is not None:
            self._patterns.show(series, is_complete=False)

    def _done(self, run: RunHandle, record: Record) -> None:
        axis = self._axis
        if axis is None:
            return
        self._desk.ask(
            "patterns",
            lambda: self._desk.calls.finished(record["outputs"][0], axis),
            lambda series: self._patterns.show(series, is_complete=True),
        )
