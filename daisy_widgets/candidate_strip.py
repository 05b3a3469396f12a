"""Slices of some candidates for the centre beside each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import traitlets
from ipywidgets import Dropdown

from daisy_kernel.session.object_handle import Image
from daisy_widgets.centre_model import CentreModel
from daisy_widgets.centre_search import CentreSearch, candidates
from daisy_widgets.jobs import Jobs
from daisy_widgets.picture_grid import PictureGrid
from daisy_widgets.picture_parts import PARTS, pictures_of
from daisy_widgets.slice_viewer import SliceViewer

COUNT = 7
STEPS = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0)
SIZE = 121
"""Of a picture [CSS pixels]: seven fill a panel."""


@dataclass(frozen=True)
class _Strip:
    """Pictures beside each other: where, and from which row."""

    row: int
    columns: tuple[float, ...]
    step: float
    stitched: bool
    part: str


class CandidateStrip:
    """A strip of pictures; selecting one looks at its candidate.

    Parameters
    ----------
    search
        Makes the slices.
    jobs
        Does what takes time.
    selected
        Is told the column of the candidate that was selected.
    failed
        Is told what went wrong.
    """

    def __init__(
        self,
        search: CentreSearch,
        jobs: Jobs,
        selected: Callable[[float], None],
        failed: Callable[[Exception], None],
    ):
        self._search, self._jobs = search, jobs
        self._selected, self._failed = selected, failed
        self._model: CentreModel | None = None
        self._asked: _Strip | None = None
        """What was asked for last."""
        self._drawn: _Strip | None = None
        """What is seen: later than asked for, or an older one if that failed."""
        self._is_marking = False
        self._links: list[traitlets.link] = []
        self.grid = PictureGrid(lambda tile: self._select(tile))
        self.grid.observe(lambda change: self._select(change["new"]), "selected")
        self.step = Dropdown(
            options=[(f"{step:g}", step) for step in STEPS], value=0.5, description="step"
        )
        self.part = Dropdown(options=PARTS, description="show")
        self.choices = (self.step, self.part)
        for choice in self.choices:
            choice.observe(lambda change: self._anew(), "value")

    def show(self, model: CentreModel) -> None:
        """Mark the candidate that is looked at; make slices about it where there are none."""
        self._model = model
        asked = self._asked
        is_there = (
            asked is not None
            and (asked.row, asked.stitched) == (model.row, model.is_stitched)
            and asked.columns[0] <= model.column <= asked.columns[-1]
        )
        if not is_there:
            self._anew()
        self._mark()

    def forget(self) -> None:
        """What is shown belongs to another scan."""
        self._model = self._asked = self._drawn = None

    def follow(self, viewer: SliceViewer) -> None:
        """Take the window and colours of a viewer, and give it back what is changed here."""
        for link in self._links:
            link.unlink()
        self._links = [
            traitlets.link((viewer, name), (self.grid, name)) for name in ("window", "colormap")
        ]

    def _anew(self) -> None:
        model = self._model
        if model is None:
            return
        step = float(self.step.value)
        columns = candidates(model.column, step, COUNT, model.facts.n_col)
        strip = _Strip(model.row, tuple(columns), step, model.is_stitched, self.part.value)
        self._asked = strip
        self._jobs.ask("strip", lambda: (strip, self._made(strip)), self._draw, self._give_up)

    def _give_up(self, error: Exception) -> None:
        self._asked = self._drawn
        self._failed(error)

    def _made(self, strip: _Strip) -> list[Image]:
        slices = self._search.slices(
            strip.row, strip.columns, name="strip", binning=1, stitched=strip.stitched
        )
        images: list[Image] = []
        pictures_of(slices, range(slices.shape[0]), strip.part, 2 * SIZE, _collect(images))
        return images

    def _draw(self, made: tuple[_Strip, list[Image]]) -> None:
        strip, images = made
        self._is_marking = True
        self.grid.lay_out(
            f"Slices of row {strip.row} for candidates",
            [f"{column:.2f}" for column in strip.columns],
            size=SIZE,
        )
        for tile, image in enumerate(images):
            self.grid.put(tile, image)
        self._drawn = strip
        self._is_marking = False
        self._mark()

    def _mark(self) -> None:
        drawn, model = self._drawn, self._model
        if drawn is None or model is None:
            return
        apart = np.abs(np.array(drawn.columns) - model.column)
        result = model.rows.get(drawn.row)
        best = None if result is None or not result.counts else result.column
        marks = [
            "best" if best is not None and abs(c - best) <= drawn.step / 2 else ""
            for c in drawn.columns
        ]
        self._is_marking = True
        self.grid.marks = marks
        self.grid.selected = int(np.argmin(apart)) if apart.min() < drawn.step / 2 else -1
        self._is_marking = False

    def _select(self, tile: int) -> None:
        drawn = self._drawn
        if not self._is_marking and drawn is not None and 0 <= tile < len(drawn.columns):
            self._selected(drawn.columns[tile])


def _collect(images: list[Image]) -> Callable[[int, Image], bool]:
    def put(number: int, image: Image) -> bool:
        images.append(image)
        return True

    return put
