"""A contact sheet: a workflow for every combination of some parameters, one of which is adopted."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

import numpy as np
import traitlets
from ipywidgets import Dropdown, Text, VBox

from daisy_kernel.errors import ConnectionLost, DaisyError, InvalidParameter, UnknownName
from daisy_kernel.session import Session, local_session
from daisy_kernel.session.handles import Image, ObjectHandle, RunHandle
from daisy_widgets.form_fields import form_fields
from daisy_widgets.jobs import Jobs
from daisy_widgets.notice import Notice
from daisy_widgets.panel_box import PanelBox, button, row, show
from daisy_widgets.picture_grid import PictureGrid
from daisy_widgets.picture_parts import PARTS, pictures_of
from daisy_widgets.run_follower import ProgressBar, Record, RunFollower
from daisy_widgets.slice_viewer import SliceViewer
from daisy_widgets.sweep_choice import SweepChoice
from daisy_widgets.sweep_model import (
    MERITS,
    MOST_PARAMETERS,
    MOST_TILES,
    Sheet,
    chosen_sweep,
    swept_fields,
)
from daisy_widgets.swept_planes import SweptPlanes

_SIZE = 96
"""Of a picture [CSS pixels]."""
_HEIGHT = 340
"""Of the larger view [CSS pixels]."""


class SweepSheet(PanelBox):
    """Vary one to three parameters of a workflow, compare the slices, adopt a combination.

    Parameters
    ----------
    session
        Where it runs; default, the kernel of this notebook.
    workflow
        A name in the library, or the path of a document.
    inputs
        Its inputs, but for those that are varied.
    title
        Heading.

    Attributes
    ----------
    adopted : dict
        Parameter -> value of the combination that was adopted last; can be observed.

    Examples
    --------
    >>> sheet = SweepSheet(inputs={"scan": "scan.h5", "output": "reco.h5"})  # doctest: +SKIP
    >>> sheet.observe(lambda change: print(change["new"]), "adopted")  # doctest: +SKIP
    """

    adopted = traitlets.Dict()

    def __init__(
        self,
        session: Session | None = None,
        workflow: str | Path = "tomography",
        *,
        inputs: Mapping[str, Any] | None = None,
        title: str = "Contact sheet",
    ):
        self.session = local_session() if session is None else session
        self.jobs, self.leaving = Jobs(), Jobs()
        self.sheet: Sheet | None = None
        self._own = f"sheet {secrets.token_hex(2)}"
        self._workflow, self._inputs = str(workflow), dict(inputs or {})
        self._written: set[str] = set()
        self._run: RunHandle | None = None
        self._links: list[traitlets.link] = []
        self._is_filling = False
        self._follower = RunFollower(self.jobs, self._see, self._fail)
        self.choices = [SweepChoice() for _ in range(MOST_PARAMETERS)]
        self.slices = Text(description="slices", placeholder="the middle one")
        self.output = Text(description="file", placeholder="where the slices are kept")
        self.start = button("Make sheet", self.make, style="primary")
        self.notice = Notice()
        self.progress = ProgressBar(self._cancel)
        self.grid = PictureGrid(self._choose)
        self.grid.observe(lambda change: self._look_closer(), "selected")
        self.number = Dropdown(description="slice")
        self.number.observe(lambda change: self._redraw(), "value")
        self.merit = Dropdown(
            options=[("none", ""), *((m, m) for m in MERITS)], description="score"
        )
        self.merit.observe(lambda change: self._note(), "value")
        self.part = Dropdown(options=PARTS, description="show")
        self.part.observe(lambda change: self._redraw(), "value")
        self.adopt = button("Adopt", self._adopt, style="primary", tooltip="Take these values")
        self.closer = VBox()
        self.looking = VBox(
            [
                row([self.adopt, self.part, self.merit, self.number]),
                row([self.grid, self.closer], "daisy-beside"),
            ]
        )
        show(self.looking, False)
        chosen = VBox([choice.widget for choice in self.choices])
        chosen.add_class("daisy-fields")
        super().__init__(
            title,
            "slices for every combination of some parameters",
            [
                chosen,
                row([self.start, self.slices, self.output]),
                self.notice.widget,
                self.progress.widget,
                self.looking,
            ],
        )
        self.look_at(workflow, inputs)

    def look_at(self, workflow: str | Path, inputs: Mapping[str, Any] | None = None) -> None:
        """Take another workflow or other inputs; what was chosen stays where it exists."""
        told, _ = self.session.transport.call("workflows.describe", {"name": str(workflow)})
        declared = told["document"]["inputs"]
        paths = [name for name, one in declared.items() if one.get("type") == "path"]
        self._workflow, self._inputs = str(workflow), dict(inputs or {})
        fields = swept_fields(form_fields(told["schema"]), paths)
        for choice in self.choices:
            choice.offer({field.name: field for field in fields})
        if not self.output.value and self._inputs.get("scan"):
            self.output.value = f"{PurePath(str(self._inputs['scan'])).stem}_sweep.h5"

    def make(self) -> None:
        """Run the workflow for every combination; this returns at once."""
        try:
            sweep = chosen_sweep([c.chosen for c in self.choices if c.chosen is not None])
            if not self.output.value.strip():
                raise InvalidParameter("Still needed: file.")
        except InvalidParameter as error:
            self.notice.error(error)
            return
        path = self.output.value.strip()
        inputs = {n: v for n, v in self._inputs.items() if n not in sweep and v is not None}
        inputs |= {"output": path}
        for name in ("tiff", "zarr"):
            inputs.pop(name, None)
        self.start.disabled = True
        self.notice.busy("Starting …")
        self.jobs.ask(
            "start",
            lambda: self.session.sweep(
                self._workflow,
                sweep=sweep,
                slices=self.slices.value.strip() or None,
                overwrite=path in self._written,
                **inputs,
            ),
            self._follow,
            self._fail,
        )

    def close(self) -> None:
        """End the sheet and forget its objects; the file stays, and a run goes on."""
        self.jobs.close()
        if self.comm is not None and not sys.is_finalizing():  # no thread starts any more then
            self.leaving.ask("close", self._tidy, lambda _: None, self.notice.error)
        super().close()

    def _tidy(self) -> None:
        self.jobs.wait(60)  # what is in work would leave an object behind
        self._forget()

    def _follow(self, run: RunHandle) -> None:
        self._run = run
        self._follower.follow(run)

    def _see(self, record: Record) -> None:
        self.progress.update(record)
        state = record["state"]
        if state in ("queued", "running"):
            self.notice.busy(f"{state}: {record['progress']['title']}".rstrip(": "))
            return
        self.start.disabled = False
        if state == "done":
            self.jobs.ask("open", lambda: self._open(record), self._show_sheet, self._fail)
        elif state == "failed":
            self.notice.error(DaisyError(record["error"]))
        else:
            self.notice.done(f"The run was {state}. {record['error']}".strip())

    def _open(self, record: Record) -> tuple[Sheet, ObjectHandle]:
        path = record["outputs"][0]
        self._written |= {path, self.output.value.strip()}
        self._forget()
        (pictures,) = self.session.open(f"{path}:/entry/data/data", name=self._own)
        scores = {}
        for merit in MERITS:
            name = f"{self._own} {merit}"
            self.session.open(f"{path}:/entry/figures_of_merit/{merit}", name=name)
            scores[merit] = np.asarray(self.session[name][...], np.float64)
        values = record["values"]
        sheet = Sheet(
            values["sweep"], tuple(values["slices"]), scores, tuple(values["at_the_edge"])
        )
        if sheet.count > MOST_TILES:
            raise InvalidParameter(
                f"The sheet would have {sheet.count} pictures, more than {MOST_TILES}: vary less."
            )
        return sheet, pictures

    def _show_sheet(self, opened: tuple[Sheet, ObjectHandle]) -> None:
        self.sheet, self._pictures = opened
        self._closer = SweptPlanes(self._pictures)
        for old in self.closer.children:
            old.close()
        self.viewer = SliceViewer(self._closer, title="", height=_HEIGHT)
        self.closer.children = (self.viewer,)
        for link in self._links:
            link.unlink()
        self._links = [
            traitlets.link((self.viewer, name), (self.grid, name))
            for name in ("window", "colormap")
        ]
        self._is_filling = True
        self.number.options = [(str(s), i) for i, s in enumerate(self.sheet.slices)]
        self.number.value = len(self.sheet.slices) // 2
        self._is_filling = False
        show(self.number, len(self.sheet.slices) > 1)
        show(self.looking, True)
        self._redraw()
        self.notice.done(self.sheet.told_in_all())

    def _redraw(self) -> None:
        """All pictures of one of the slices."""
        if self._is_filling or self.sheet is None:
            return
        sheet, pictures = self.sheet, self._pictures
        number, part = self.number.value, self.part.value
        axes = sheet.axes
        headings = {}
        if len(axes) > 1:
            across, down = axes[:2]
            headings = {
                "across": across.labels,
                "down": down.labels,
                "bands": axes[2].labels if len(axes) > 2 else [],
            }
        self.grid.lay_out(
            f"Slice {sheet.slices[number]} for {sheet.count} combinations",
            [sheet.told(tile) for tile in range(sheet.count)],
            size=_SIZE if sheet.count > 1 else 2 * _SIZE,
            **headings,
        )
        best = sheet.best(MERITS[0], number)
        self.grid.selected = 0 if best is None else best
        self._note()
        self._look_closer()

        planes = [sheet.plane(tile, number) for tile in range(sheet.count)]

        def put(tile: int, image: Image) -> bool:
            is_wanted = self.sheet is sheet and (self.number.value, self.part.value) == (
                number,
                part,
            )
            if is_wanted:
                self.grid.put(tile, image)
            return is_wanted

        self.jobs.ask(
            "pictures",
            lambda: pictures_of(pictures, planes, part, 2 * _SIZE, put),
            lambda _: None,
            self._fail,
        )

    def _note(self) -> None:
        """Scores below the pictures, and the best of them marked."""
        if self.sheet is None:
            return
        sheet, number, merit = self.sheet, self.number.value, self.merit.value
        tiles = range(sheet.count)
        best = sheet.best(merit, number) if merit else None
        self.grid.notes = [f"{sheet.score(merit, t, number):.4g}" for t in tiles] if merit else []
        self.grid.marks = ["best" if tile == best else "" for tile in tiles]

    def _look_closer(self) -> None:
        """The selected combination, large."""
        if self.sheet is None or not 0 <= self.grid.selected < self.sheet.count:
            return
        told = self.sheet.told(self.grid.selected)
        self.viewer.title = told
        self.adopt.description = f"Adopt {told}"
        self._closer.index = self.sheet.plane(self.grid.selected, self.number.value)
        self.viewer.refresh()

    def _choose(self, tile: int) -> None:
        self.grid.selected = tile
        self._adopt()

    def _adopt(self) -> None:
        if self.sheet is not None and 0 <= self.grid.selected < self.sheet.count:
            self.adopted = self.sheet.values(self.grid.selected)
            self.notice.done(f"Adopted: {self.sheet.told(self.grid.selected)}.")

    def _cancel(self) -> None:
        if self._run is not None:
            self.jobs.ask("cancel", self._run.cancel, lambda _: None, self._fail)

    def _fail(self, error: Exception) -> None:
        self.start.disabled = False
        self.notice.error(error)

    def _forget(self) -> None:
        for name in (self._own, *(f"{self._own} {merit}" for merit in MERITS)):
            try:
                del self.session[name]
            except UnknownName:
                continue
            except ConnectionLost:  # a kernel that is gone has none
                return
