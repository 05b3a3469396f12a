"""One line of a panel that says what has happened last."""

from __future__ import annotations

import logging
from html import escape
from typing import Literal

from ipywidgets import HTML

from daisy_kernel.errors import ConnectionLost, DaisyError

_LOG = logging.getLogger("daisy.widgets")
Kind = Literal["busy", "done", "error"]
_ROLES = {"busy": "status", "done": "status", "error": "alert"}
"""Errors are read out at once, the rest when there is time."""


def sentence(error: Exception) -> str:
    """What went wrong, on one line."""
    said = " ".join(str(error).split())
    return said if isinstance(error, DaisyError) else f"{type(error).__name__}: {said}"


def said(kind: Kind, text: str) -> str:
    """HTML of a sentence, in the colours of its kind; none for no sentence."""
    html = f"<span class='daisy-{kind}' role='{_ROLES[kind]}'>{escape(text)}</span>"
    return html if text else ""


class Notice:
    """Says what a panel does or has done, and stays until there is something else to say."""

    def __init__(self) -> None:
        self.widget = HTML()
        self.widget.add_class("daisy-notice")
        self.text = ""
        self.kind: Kind = "done"

    def busy(self, text: str) -> None:
        """Something goes on."""
        self._say("busy", text)

    def done(self, text: str) -> None:
        """Something has come to its end, or nothing is to be said."""
        self._say("done", text)

    def error(self, error: Exception) -> None:
        """Something went wrong; a defect is logged with its traceback as well."""
        level = logging.DEBUG if isinstance(error, DaisyError) else logging.ERROR
        _LOG.log(level, "A panel met an error", exc_info=error)
        is_lost = isinstance(error, ConnectionLost)
        self._say("error", f"{'The kernel does not answer: ' if is_lost else ''}{sentence(error)}")

    def _say(self, kind: Kind, text: str) -> None:
        self.kind, self.text = kind, text
        self.widget.value = said(kind, text)
