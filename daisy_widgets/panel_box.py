"""The frame of a panel: heading, stylesheet, and what is in it."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

from ipywidgets import HTML, Button, HBox, VBox, Widget

_CSS = Path(__file__).parent / "static" / "panel.css"


class PanelBox(VBox):
    """Widgets below each other in a frame; a notebook shows it as it is.

    Parameters
    ----------
    title
        Heading.
    text
        What the panel is for, in a sentence.
    children
        What is in it.
    """

    def __init__(self, title: str, text: str, children: Iterable[Widget]):
        style = HTML(f"<style>{_CSS.read_text(encoding='utf-8')}</style>")
        style.add_class("daisy-style")
        heading = HTML(f"<b>{escape(title)}</b> {escape(text)}")
        heading.add_class("daisy-heading")
        super().__init__([style, heading, *children])
        self.add_class("daisy-panel")


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
