"""The frame of a panel: heading, stylesheet, what is in it, and who works for it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from html import escape
from pathlib import Path
from typing import Any, Protocol

from ipywidgets import HTML, Button, HBox, VBox, Widget

from daisy_kernel.errors import ConnectionLost
from daisy_widgets.jobs import Jobs
from daisy_widgets.life_line import LifeLine
from daisy_widgets.notice import Notice


class Ask(Protocol):
    """`PanelBox.ask`, as the parts of a panel use it."""

    def __call__(
        self,
        key: str,
        work: Callable[[], Any],
        done: Callable[[Any], None],
        *,
        after_s: float = 0.0,
    ) -> None:
        """Have something done soon; this returns at once."""
        ...


RETRY_S = 3.0
"""Between two attempts to reach a kernel that does not answer [s]."""
_LAST_JOB_S = 60.0
"""Longest wait for what is in work when a panel is closed [s]."""
_CSS = Path(__file__).parent / "static" / "panel.css"


class PanelBox(VBox):
    """Widgets below each other in a frame; a notebook shows it as it is.

    It has a thread of its own for what takes time (`ask`), and a line that says what happened last
    (`notice`); both end with it.

    Parameters
    ----------
    title
        Heading.
    text
        What the panel is for, in a sentence.
    """

    def __init__(self, title: str, text: str = ""):
        self.jobs, self.leaving, self.notice = Jobs(), Jobs(), Notice()
        self._is_lost = False
        self._heading = HTML()
        self._heading.add_class("daisy-heading")
        style = HTML(f"<style>{_CSS.read_text(encoding='utf-8')}</style>")
        style.add_class("daisy-style")
        self._frame: tuple[Widget, ...] = (style, self._heading, LifeLine())
        super().__init__(self._frame)
        self.add_class("daisy-panel")
        self.entitle(title, text)

    def entitle(self, title: str, text: str = "") -> None:
        """Give it another heading."""
        self._title = title
        self._heading.value = f"<b>{escape(title)}</b> {escape(text)}"

    def fill(self, children: Iterable[Widget]) -> None:
        """Put widgets below the heading, in the place of those before."""
        self.children = (*self._frame, *children)

    def ask(
        self,
        key: str,
        work: Callable[[], Any],
        done: Callable[[Any], None],
        *,
        after_s: float = 0.0,
    ) -> None:
        """Have something done off the thread of the messages; `fail` is told what went wrong.

        A kernel that does not answer is asked again until it does, so `work` must bear being done
        twice. See `Jobs.ask` for the parameters.
        """

        def finished(result: Any) -> None:
            if self._is_lost:
                self._is_lost = False
                self.notice.done("The kernel answers again.")
            done(result)

        def failed(error: Exception) -> None:
            if isinstance(error, ConnectionLost):
                self._is_lost = True
                self.jobs.ask(key, work, finished, failed, after_s=RETRY_S)
            self.fail(error)

        self.jobs.ask(key, work, finished, failed, after_s=after_s)

    def fail(self, error: Exception) -> None:
        """Something that was asked for went wrong."""
        self.notice.error(error)

    def __repr__(self) -> str:  # where no widget can be shown; that of ipywidgets is the stylesheet
        return f"<panel {self._title!r}, which is seen while its kernel runs>"

    def close(self) -> None:
        """End the panel; what the kernel computes goes on."""
        self.jobs.close()
        super().close()

    def leave(self, tidy: Callable[[], None]) -> None:
        """End the panel, and do this off the thread of the messages once nothing else is in work.

        Parameters
        ----------
        tidy
            Takes out of the session what was only the panel's own.
        """

        def last() -> None:
            self.jobs.wait(_LAST_JOB_S)  # what is in work would leave an object behind
            tidy()

        self.jobs.close()
        if self.comm is not None and not sys.is_finalizing():  # no thread starts any more then
            self.leaving.ask("close", last, lambda _: None, self.notice.error)
        super().close()


def row(children: Iterable[Widget], css_class: str = "daisy-buttons") -> HBox:
    """Widgets beside each other."""
    box = HBox(list(children))
    box.add_class(css_class)
    return box


def button(text: str, clicked: Any, *, style: str = "", tooltip: str | None = None) -> Button:
    """A button that calls `clicked()` without arguments.

    Parameters
    ----------
    text
        What is on it.
    clicked
        Must return at once: it is called on the thread of the messages.
    style
        Of ipywidgets: "primary" for what one comes for, "warning", ...
    tooltip
        More words.
    """
    made = Button(description=text, button_style=style, tooltip=tooltip)
    made.on_click(lambda _: clicked())
    return made


def show(widget: Widget, is_shown: bool) -> None:
    """Show or hide a widget, with the room it takes."""
    widget.layout.display = "" if is_shown else "none"
