"""Patterns beside each other: linked plot, unit, table of lines."""

from __future__ import annotations

from typing import Any

import numpy as np
from ipywidgets import HTML, Dropdown, IntText, Text, ToggleButtons, VBox

from daisy_kernel.errors import InvalidParameter
from daisy_kernel.session.display import html_table
from daisy_widgets.integration_model import LABELS, PEAK_HEADINGS
from daisy_widgets.panel_box import button, row, show
from daisy_widgets.pattern_plot import PatternPlot
from daisy_widgets.powder_calls import PeakTable, Series
from daisy_widgets.powder_desk import Desk

_STYLES = {"Map": "map", "Waterfall": "waterfall"}
_FORMATS = (".4f", ".4f", ".5f", ".4g", ".4g", "+.4f")
"""Of the columns of the table."""
_MOST_PEAKS = 200


class PatternView:
    """Map or waterfall, the pattern of the frame that is looked at, and its lines.

    Parameters
    ----------
    desk
        What is worked on: a click into the map chooses its frame, a position is marked as a ring.
    """

    def __init__(self, desk: Desk):
        self._desk = desk
        self._series: Series | None = None
        self._table: PeakTable | None = None
        self._marked_deg: float | None = None
        self.plot = PatternPlot(self._clicked)
        self.unit = Dropdown(options=[], description="against")
        self.style = ToggleButtons(options=list(_STYLES))
        self.frame = IntText(0, description="frame")
        self.position = HTML()
        self.n_peak = Text("12", description="lines at most", continuous_update=False)
        self.find = button("Find lines", self._find, tooltip="In the mean of all patterns")
        self.peak_file = Text("", description="table", placeholder="lines.dat")
        self.save = button("Save table", self._save)
        self.peaks = HTML()
        for short in (self.unit, self.frame, self.n_peak):
            short.add_class("daisy-short")
        self.peak_file.add_class("daisy-file")
        self.peaks.add_class("daisy-peaks")
        self.widget = VBox([
            row([self.style, self.unit, self.frame]),
            self.plot.widget,
            self.position,
            row([self.n_peak, self.find, self.peak_file, self.save]),
            self.peaks,
        ])  # fmt: skip
        self.widget.add_class("daisy-patterns")
        self.unit.observe(lambda change: self._redraw(), "value")
        self.style.observe(lambda change: self._redraw(), "value")
        self.frame.observe(lambda change: self._choose(change["new"]), "value")
        desk.experiment.observe(lambda change: self._select(), ["frame", "seen"])
        show(self.widget, False)

    def show(self, series: Series, *, is_complete: bool) -> None:
        """Draw a series; of one that is not complete no lines can be found yet."""
        is_new = self._series is None or self._series.axis.unit != series.axis.unit
        self._series = series
        self.find.disabled = self.save.disabled = not is_complete
        if not is_complete:
            self._table, self.peaks.value = None, ""
        units = series.axis.units
        if is_new or [unit for _, unit in self.unit.options] != units:
            usual = {"q_nm^-1": "q_A^-1", "r_m": "r_mm"}.get(series.axis.unit, series.axis.unit)
            self.unit.options = [(LABELS[unit], unit) for unit in units]
            self.unit.value = usual if usual in units else units[0]
        show(self.widget, True)
        self._redraw()

    def _redraw(self) -> None:
        series, unit = self._series, self.unit.value
        if series is None or unit is None:
            return
        axis = series.axis.in_unit(unit)
        style: Any = _STYLES[self.style.value]
        self.plot.show(series.values, series.frames, axis, LABELS[unit], style=style)
        self._select()

    def _select(self) -> None:
        """Draw the pattern of the frame that is looked at."""
        series, desk = self._series, self._desk
        if series is None:
            return
        frame = min(desk.experiment.frame, series.source.shape[0] - 1)
        self.frame.value = frame
        desk.ask(
            "pattern",
            lambda: series.pattern(frame),
            lambda pattern: self._show_pattern(series, frame, pattern),
        )

    def _show_pattern(self, series: Series, frame: int, pattern: Any) -> None:
        axis, unit, seen = series.axis, self.unit.value, self._desk.experiment.seen
        rings = np.array([axis.of_two_theta(a) for a in (seen.angles_deg if seen else ())])
        peaks = self._table.of(frame) if self._table is not None else []
        lines = np.array([axis.of_two_theta(peak.two_theta_deg) for peak in peaks])
        self.plot.select(frame, pattern, axis.in_unit(unit, rings), axis.in_unit(unit, lines))
        if self._marked_deg is not None:
            position = axis.of_two_theta(self._marked_deg)
            self.plot.mark(float(axis.in_unit(unit, position)))
        if self._table is not None:
            rows = [
                [_number(x, form) for x, form in zip(peak.numbers, _FORMATS, strict=True)]
                for peak in peaks
            ]
            self.peaks.value = html_table(PEAK_HEADINGS, rows)

    def _choose(self, frame: int) -> None:
        n_frame = 1 if self._series is None else self._series.source.shape[0]
        self._desk.experiment.frame = max(0, min(n_frame - 1, frame))

    def _clicked(self, frame: int | None, position: float) -> None:
        series, unit = self._series, self.unit.value
        if series is None or unit is None:
            return
        shown = series.axis.in_unit(unit)
        order = np.argsort(shown)
        at = float(np.interp(position, shown[order], series.axis.values[order]))
        self.mark(float(np.degrees(series.axis.two_theta(at))))
        if frame is not None:
            self._desk.experiment.frame = frame

    def mark(self, two_theta_deg: float) -> None:
        """Mark a position in the plot, and its ring on the frame."""
        series, desk, experiment = self._series, self._desk, self._desk.experiment
        if series is None:
            return
        self._marked_deg = two_theta_deg
        axis = series.axis
        at = axis.of_two_theta(two_theta_deg)
        self.plot.mark(float(axis.in_unit(self.unit.value, at)))
        told = (f"{LABELS[u]} {axis.in_unit(u, at):.5g}" for u in axis.units)
        self.position.value = "Marked: " + ", ".join(told)
        desk.ask(
            "ring",
            lambda: desk.calls.ring(experiment.geometry, experiment.flip, two_theta_deg),
            lambda lines: desk.view.draw(marked=lines),
        )

    def _find(self) -> None:
        series, desk = self._series, self._desk
        if series is None:
            return
        try:
            n_peak = int(self.n_peak.value)
            if not 1 <= n_peak <= _MOST_PEAKS:
                raise ValueError
        except ValueError:
            given = self.n_peak.value
            desk.notice.error(
                InvalidParameter(f"{given!r} lines cannot be found: give 1 to {_MOST_PEAKS}.")
            )
            return
        rings = desk.experiment.seen.angles_deg if desk.experiment.seen else ()
        desk.notice.busy("Fitting lines …")
        desk.ask(
            "peaks",
            lambda: desk.calls.peaks(series, n_peak, rings),
            self._found,
        )

    def _found(self, table: PeakTable) -> None:
        self._table = table
        n_found = int(np.isfinite(table.fitted[0]).any(axis=0).sum())
        self._desk.notice.done(f"{n_found} lines were found, and fitted in every pattern.")
        self._select()

    def _save(self) -> None:
        table, desk, path = self._table, self._desk, self.peak_file.value.strip()
        if table is None or not path:
            needed = "Find lines first" if table is None else "Say into which file"
            desk.notice.error(InvalidParameter(f"{needed}: the table is written as text."))
            return
        desk.ask(
            "save peaks",
            lambda: desk.calls.save_peaks(table, path, overwrite=False),
            lambda n: desk.notice.done(
                f"{path} is saved; it has {n} rows, one per line and frame."
            ),
        )


def _number(value: float, form: str) -> str:
    return format(value, form) if np.isfinite(value) else "–"
