"""A widget whose page asks questions, which are answered away from all other widgets."""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Callable
from typing import Any

import anywidget
import traitlets

from daisy_kernel.errors import DaisyError
from daisy_widgets.jobs import Jobs
from daisy_widgets.notice import sentence
from daisy_widgets.slice_answers import Answer, Message

_LOG = logging.getLogger("daisy.widgets")


class AnsweringWidget(anywidget.AnyWidget):
    """A widget that answers its page on a thread of its own: a slow answer holds up no other one.

    A plane across the last axis of a large file may take a minute; the planes of other viewers, and
    every other widget of the kernel, go on meanwhile.
    """

    jobs = traitlets.Instance(Jobs, ())
    """Do what the browser asks for, in the order in which it is asked."""
    changing = traitlets.Any()
    """A lock, held while values change: the page, answers and events have a thread each.

    Widgets that follow each other have one together, or each could wait for the other.
    """
    _numbers = traitlets.Instance(itertools.count, ())

    def __init__(self, **traits: Any):
        super().__init__(**traits)
        self.on_msg(self._ask)

    def close(self) -> None:
        """End it, here and in every page; an answer that is on its way is dropped."""
        self.jobs.close()
        super().close()

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take over what the page has changed."""
        # While it is taken over, a change from another thread could be swallowed.
        with self.changing:
            super().set_state(sync_data)

    def notify_change(self, change: traitlets.Bunch) -> None:
        """Tell the page and whoever observes it that a value has changed."""
        with self.changing:
            super().notify_change(change)

    @traitlets.default("changing")
    def _lock_of_its_own(self) -> Any:
        return threading.RLock()

    def _ask(self, widget: Any, content: Message, buffers: Any) -> None:
        # Each has a key of its own: a view that waits for a reply must get one.
        self.jobs.ask(
            f"answer {next(self._numbers)}",
            lambda: self._answer(content),
            lambda _: None,
            lambda error: _LOG.error("A viewer could not answer", exc_info=error),
        )

    def _answer(self, content: Message) -> None:
        """Answer the browser; whatever goes wrong is shown where it was asked for."""
        kind = content.get("type")
        answer: Message
        planes: list[bytes] = []
        try:
            answer, planes = self._answerer(kind)(content)
        except Exception as error:  # of any kind: a lost reply would leave the view waiting
            level = logging.DEBUG if isinstance(error, DaisyError) else logging.ERROR
            _LOG.log(level, "The slice viewer could not answer %s", content, exc_info=error)
            answer = {"type": "error", "message": sentence(error)}
        self.send({**answer, "asked": kind, "view": content.get("view")}, planes)

    def _answerer(self, kind: Any) -> Callable[[Message], Answer]:
        """What answers questions of this kind.

        Raises
        ------
        InvalidParameter
            If there are none of this kind.
        """
        raise NotImplementedError
