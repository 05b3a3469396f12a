"""Finding the rotation centre of a scan, by number and by eye."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import traitlets
from ipywidgets import HTML, Checkbox, Dropdown, FloatText, VBox

from daisy_kernel.errors import DaisyError, InvalidParameter
from daisy_kernel.session import Session, local_session
from daisy_kernel.session.object_handle import ObjectHandle
from daisy_widgets.axis_line import chosen_rows
from daisy_widgets.candidate_strip import CandidateStrip
from daisy_widgets.centre_curve import CentreCurve
from daisy_widgets.centre_model import (
    Centre,
    CentreModel,
    Curve,
    RowResult,
)
from daisy_widgets.centre_rows import html_rows
from daisy_widgets.centre_search import CentreSearch
from daisy_widgets.form import Form
from daisy_widgets.form_fields import Field
from daisy_widgets.live_slice import LiveSlice
from daisy_widgets.panel_box import PanelBox, button, row, show
from daisy_widgets.scan_facts import ScanFacts

NUDGES = (-5.0, -0.5, -0.1, 0.1, 0.5, 5.0)
_METHODS = ("vo", "phase-correlation", "entropy", "overlap-360")
_SCAN = Field("scan", is_required=True, help="Data Exchange or NXtomo file, folder or pattern")
_ROWS = Field("rows", help="such as 100, 900; five, spread evenly, if empty")
_METHOD = Field(
    "method", "choice", choices=_METHODS, values=_METHODS, help="what suits the angles if empty"
)
_FROM = Field("search_from", "number", "pixel", bounds=(("at least", 0),), help="first column")
_TO = Field("search_to", "number", "pixel", bounds=(("at least", 0),), help="last column")
_LIMITS = (_METHOD, _FROM, _TO)


class CentreAssistant(PanelBox):
    """The rotation centre of a scan: searched in some rows, compared by eye, accepted.

    Parameters
    ----------
    session
        Where it is done; default, the kernel of this notebook.
    scan
        Path as the kernel sees it; can be typed in, too.
    inputs
        Inputs of the workflow that matter for reading: flats, darks, angles, dead_pixels; and
        ``counts`` False where the file holds line integrals. Others are left alone.
    rows
        Detector rows to search in; default, five spread evenly.
    title
        Heading.

    Attributes
    ----------
    centre : Centre or None
        What was accepted last; can be observed.

    Examples
    --------
    >>> assistant = CentreAssistant(scan="scan.h5")  # doctest: +SKIP
    >>> assistant.observe(lambda change: print(change["new"].column), "centre")  # doctest: +SKIP
    """

    centre = traitlets.Instance(Centre, allow_none=True, default_value=None)

    def __init__(
        self,
        session: Session | None = None,
        *,
        scan: str | Path = "",
        inputs: Mapping[str, Any] | None = None,
        rows: Sequence[int] | None = None,
        title: str = "Rotation centre",
    ):
        super().__init__(title, "searched in some rows, compared by eye")
        self.session = local_session() if session is None else session
        self.model: CentreModel | None = None
        self._search = CentreSearch(self.session)
        self._inputs = dict(inputs or {})
        self._is_moving = False
        self.form = Form((_SCAN, _ROWS), _LIMITS)
        self.form.fill(scan=str(scan), rows=", ".join(map(str, rows or ())))
        self.find = button("Find", self.search, style="primary", tooltip="Search in these rows")
        self.facts, self.table = HTML(), HTML()
        self.table.add_class("daisy-plan")
        self.strip = CandidateStrip(self._search, self.jobs, self.move_to, self.fail)
        self.curve = CentreCurve()
        self.curve.observe(self._picked, "column")
        self.nudges = [
            button(f"{by:+g}", lambda by=by: self.nudge(by), tooltip=f"{by:+g} columns")
            for by in NUDGES
        ]
        self.column = FloatText(description="column", step=0.1)
        self.column.observe(self._picked, "value")
        self.row = Dropdown(description="in row")
        self.row.observe(self._other_row, "value")
        self.around = button(
            "Curve here", self._look_around, tooltip="Try candidates about this column"
        )
        self.with_tilt = Checkbox(False, description="with tilt", indent=False)
        self.accept = button("Accept", self._accept, style="primary", tooltip="Take this centre")
        self.live = LiveSlice(self.strip.follow)
        left = VBox([self.curve, row([self.around, *self.strip.choices]), self.table])
        self.looking = VBox(
            [
                self.facts,
                self.strip.grid,
                row(
                    [
                        *self.nudges[:3],
                        self.column,
                        *self.nudges[3:],
                        self.row,
                        self.with_tilt,
                        self.accept,
                    ]
                ),
                row([left, self.live.widget], "daisy-beside"),
            ]
        )
        show(self.looking, False)
        self.fill([self.form.widget, row([self.find]), self.notice.widget, self.looking])

    def look_at(self, scan: str | Path, inputs: Mapping[str, Any] | None = None) -> None:
        """Take another scan; nothing is read before "Find" is pressed or `search` is called."""
        self._inputs = dict(inputs or {})
        self.form.fill(scan=str(scan))
        self.centre = None
        self.jobs.forget("search")
        self.find.disabled = False
        self._forget()

    def search(self) -> None:
        """Search in the rows that are asked for; this returns at once."""
        try:
            asked = self.form.inputs((_SCAN, _ROWS, *_LIMITS))
        except InvalidParameter as error:
            self.notice.error(error)
            return
        self.find.disabled = True
        self._forget()
        self.notice.busy("Reading …")
        self.jobs.ask("search", lambda: self._open(asked), self._begin, self.fail)

    def nudge(self, by: float) -> None:
        """Move the candidate by so many columns and show its slice."""
        if self.model is not None:
            self.move_to(self.model.column + by)

    def move_to(self, column: float) -> None:
        """Look at another candidate."""
        if self.model is not None:
            self.model.move_to(column)
            self._show_candidate()

    def close(self) -> None:
        """End the assistant, and take its objects out of the session."""
        self.leave(self._search.close)

    def _forget(self) -> None:
        """What is shown belongs to another scan or search, and cannot be accepted any more."""
        for job in ("live", "strip", "around"):
            self.jobs.forget(job)
        self.model = None
        self.strip.forget()
        show(self.looking, False)

    def _open(self, asked: dict[str, Any]) -> tuple[ScanFacts, list[int], dict[str, Any]]:
        facts = self._search.load(asked["scan"], self._inputs)
        try:
            rows = chosen_rows(asked.get("rows", ""), facts.n_row)
        except ValueError as error:
            raise InvalidParameter(str(error)) from error
        self._search.pick(rows)
        limits = {
            "method": asked.get("method", ""),
            "search_from": asked.get("search_from"),
            "search_to": asked.get("search_to"),
        }
        return facts, rows, limits

    def _begin(self, opened: tuple[ScanFacts, list[int], dict[str, Any]]) -> None:
        facts, rows, limits = opened
        self.model = CentreModel(facts)
        self.facts.value = escape(facts.told(None))
        self._next_row(rows, limits)

    def _next_row(self, rows: list[int], limits: dict[str, Any]) -> None:
        if not rows:
            self._conclude()
            return
        self.notice.busy(f"Searching in row {rows[0]} …")

        def found(result: RowResult) -> None:
            assert self.model is not None
            self.model.add(result)
            self._show_rows()
            self._next_row(rows[1:], limits)

        self.jobs.ask("search", lambda: self._search.search(rows[0], **limits), found, self.fail)

    def _conclude(self) -> None:
        assert self.model is not None
        self.find.disabled = False
        is_clear = self.model.propose()
        if not is_clear:
            self.model.row = min(self.model.rows)
            self.model.move_to(self.model.rows[self.model.row].column or 0.0)
        self._is_moving = True
        self.row.options = sorted(self.model.rows)
        self.row.value = self.model.row
        line = self.model.line
        show(self.with_tilt, line is not None)
        self.with_tilt.value = line is not None and line.is_tilted(self.model.facts.n_row)
        self._is_moving = False
        self._show_rows()
        show(self.looking, True)
        said = self.model.told()
        if is_clear:
            self.notice.done(said)
        else:
            self.notice.error(DaisyError(said))
        self._show_candidate()

    def _show_rows(self) -> None:
        assert self.model is not None
        self.table.value = html_rows(self.model)
        self.curve.row = self.model.row
        self.curve.show(self.model.rows.values())

    def _show_candidate(self) -> None:
        model = self.model
        assert model is not None
        self._is_moving = True
        self.column.value = self.curve.column = model.column
        self._is_moving = False
        self.facts.value = escape(model.facts.told(model.column))
        at, where, stitched = model.row, model.column, model.is_stitched
        self.jobs.ask(
            "live",
            lambda: self._search.live(at, where, stitched=stitched),
            self._show_slice,
            self.fail,
        )
        self.strip.show(model)

    def _show_slice(self, made: ObjectHandle) -> None:
        title = f"row {self.model.row}, column {self.model.column:.2f}" if self.model else ""
        self.live.show(made, title)

    def _picked(self, change: dict[str, Any]) -> None:
        if not self._is_moving:
            self.move_to(change["new"])

    def _other_row(self, change: dict[str, Any]) -> None:
        if not self._is_moving and self.model is not None and change["new"] is not None:
            self.model.look_at(change["new"])
            self.curve.row = self.model.row
            self._show_candidate()

    def _look_around(self) -> None:
        if self.model is None:
            return
        at, where = self.model.row, self.model.column
        self.notice.busy(f"Trying candidates about {where:.2f} …")
        self.jobs.ask(
            "around", lambda: (at, self._search.near(at, where)), self._show_curve, self.fail
        )

    def _show_curve(self, made: tuple[int, Curve]) -> None:
        assert self.model is not None
        row_number, curve = made
        self.model.add(replace(self.model.rows[row_number], near=curve))
        self._show_rows()
        edge = " at the edge of what was tried: look beyond" if curve.is_at_edge else ""
        self.notice.done(f"Row {row_number}: cleanest at {curve.best:.2f}{edge}.")

    def _accept(self) -> None:
        if self.model is not None:
            self.centre = self.model.accepted(with_tilt=self.with_tilt.value)
            tilt = f", tilt {self.centre.tilt_deg:+.3f}°" if self.centre.tilt_deg else ""
            self.notice.done(f"Accepted: column {self.centre.column:.2f}{tilt}.")

    def fail(self, error: Exception) -> None:
        """Something went wrong; it can be searched again."""
        self.find.disabled = False
        self.notice.error(error)
