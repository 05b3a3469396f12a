"""What a run has given: a button per object and file, and what was opened last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from ipywidgets import DOMWidget, VBox

from daisy_kernel.errors import UnknownName
from daisy_kernel.session import Session
from daisy_widgets.jobs import Jobs
from daisy_widgets.panel_box import button, row, show
from daisy_widgets.slice_viewer import SliceViewer
from daisy_widgets.views import view_picture

_HEIGHT = 400
"""Of an image below a form [CSS pixels]: form or image fits a small screen."""


class Results:
    """Buttons that open results in a viewer below them.

    Parameters
    ----------
    session
        Has the objects and reaches the files.
    jobs
        Does what takes time.
    failed
        Is told what went wrong.
    """

    def __init__(self, session: Session, jobs: Jobs, failed: Callable[[Exception], None]):
        self._session, self._jobs, self._failed = session, jobs, failed
        self.buttons = row([])
        self.opened = VBox()
        self.opened.add_class("daisy-opened")
        self.widget = VBox([self.buttons, self.opened])
        self.widget.add_class("daisy-results")
        self.clear()

    def clear(self) -> None:
        """Show none."""
        show(self.buttons, False)
        self._show_view(None)

    def offer(self, objects: Sequence[str], files: Sequence[str]) -> None:
        """Offer objects and files, and open the first of them.

        Parameters
        ----------
        objects
            Names; those that do not exist or are single numbers are left out.
        files
            Paths as the kernel sees them.
        """
        self._jobs.ask(
            "results",
            lambda: [name for name in objects if self._has_shape(name)],
            lambda found: self._offer(found, files),
            self._failed,
        )

    def _has_shape(self, name: str) -> bool:
        try:
            return self._session[name].ndim > 0
        except UnknownName:  # the run had nothing to put there
            return False

    def _offer(self, objects: Sequence[str], files: Sequence[str]) -> None:
        def opener(text: str, name: str, is_file: bool) -> DOMWidget:
            return button(text, lambda: self._open(name, is_file), tooltip=name)

        self.buttons.children = [
            *(opener(f"Open {name}", name, False) for name in objects),
            *(opener(f"Open {Path(path).name}", path, True) for path in files),
        ]
        show(self.buttons, bool(self.buttons.children))
        if objects:
            self._open(objects[0], is_file=False)

    def _open(self, name: str, is_file: bool) -> None:
        self._jobs.ask("open", lambda: self._view(name, is_file), self._show_view, self._failed)

    def _view(self, name: str, is_file: bool) -> DOMWidget:
        chosen = self._session.open(name)[0].name if is_file else name
        view = view_picture(self._session, chosen)
        if isinstance(view, SliceViewer):
            view.height = _HEIGHT
        return view

    def _show_view(self, view: DOMWidget | None) -> None:
        before = self.opened.children
        self.opened.children = () if view is None else (view,)
        show(self.opened, view is not None)
        for old in before:
            old.close()
