"""The pictures of a contact sheet, and a larger view of the one that is selected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import traitlets
from ipywidgets import Dropdown, VBox

from daisy_kernel.session.object_handle import Image, ObjectHandle
from daisy_widgets.jobs import Jobs
from daisy_widgets.panel_box import button, row, show
from daisy_widgets.picture_grid import PictureGrid
from daisy_widgets.picture_parts import PARTS, pictures_of
from daisy_widgets.slice_viewer import SliceViewer
from daisy_widgets.sweep_model import MERITS, Sheet
from daisy_widgets.swept_planes import SweptPlanes

_SIZE = 96
"""Of a picture [CSS pixels]."""
_HEIGHT = 340
"""Of the larger view [CSS pixels]."""


class SheetView:
    """Pictures of all combinations; all have the window and colours of the larger view.

    Parameters
    ----------
    jobs
        Does what takes time.
    adopted
        Is told the combination that was chosen, as values and in words.
    say
        Is told what one should know.
    failed
        Is told what went wrong.
    """

    def __init__(
        self,
        jobs: Jobs,
        adopted: Callable[[dict[str, Any], str], None],
        say: Callable[[str], None],
        failed: Callable[[Exception], None],
    ):
        self._jobs, self._adopted, self._say, self._failed = jobs, adopted, say, failed
        self.sheet: Sheet | None = None
        self._links: list[traitlets.link] = []
        self._is_filling = False
        self.grid = PictureGrid(self._choose)
        self.grid.add_class("daisy-sheet")
        self.grid.observe(lambda change: self._look_closer(), "selected")
        self.number = Dropdown(description="slice")
        self.number.observe(lambda change: self._redraw(), "value")
        self.merit = Dropdown(
            options=[("none", ""), *((m, m) for m in MERITS)], description="score"
        )
        self.merit.observe(lambda change: self._note(), "value")
        self.part = Dropdown(options=PARTS, description="show")
        self.part.observe(lambda change: self._redraw(), "value")
        self.adopt = button(
            "Adopt",
            lambda: self._choose(self.grid.selected),
            style="primary",
            tooltip="Take these values",
        )
        self.closer = VBox()
        self.widget = VBox(
            [
                row([self.adopt, self.part, self.merit, self.number]),
                row([self.grid, self.closer], "daisy-beside"),
            ]
        )
        show(self.widget, False)

    def show(self, opened: tuple[Sheet, ObjectHandle]) -> None:
        """Show the sheet of a sweep, and its result."""
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
        show(self.widget, True)
        self._redraw()
        self._say(self.sheet.told_in_all())

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
        best = sheet.best(MERITS[0], number) if sheet.is_of_geometry else None
        self.grid.selected = best or 0
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

        self._jobs.ask(
            "pictures",
            lambda: pictures_of(pictures, planes, part, 2 * _SIZE, put),
            lambda _: None,
            self._failed,
        )

    def _note(self) -> None:
        """Scores below the pictures, and the best of them marked."""
        if self.sheet is None:
            return
        sheet, number, merit = self.sheet, self.number.value, self.merit.value
        tiles = range(sheet.count)
        best = sheet.best(merit, number) if merit else None
        if merit:
            self._say(f"{sheet.told_in_all()} {sheet.caution}")
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
        if self.sheet is not None and 0 <= tile < self.sheet.count:
            self.grid.selected = tile
            self._adopted(self.sheet.values(tile), self.sheet.told(tile))
