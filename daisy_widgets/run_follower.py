"""A run that a panel watches: the bar that shows how far it is, and how it is in words."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ipywidgets import HTML, FloatProgress, HBox

from daisy_kernel.contracts.events import FINAL_STATES
from daisy_kernel.errors import DaisyError
from daisy_kernel.session.run_handle import RunHandle
from daisy_widgets.notice import Notice
from daisy_widgets.panel_box import Ask, button, row, show
from daisy_widgets.plan_text import values_in_words
from daisy_widgets.remaining import Remaining, duration_in_words

_POLL_S = 0.3
"""Between two looks at a run that goes on [s]."""

Record = dict[str, Any]


class RunFollower:
    """Looks at a run again and again, only while it goes on.

    Parameters
    ----------
    ask
        Does the looking; see `PanelBox.ask`.
    changed
        Is told the record of the run, at last the one of its end.
    """

    def __init__(self, ask: Ask, changed: Callable[[Record], None]):
        self._ask, self._changed = ask, changed

    def follow(self, run: RunHandle, *, after_s: float = 0.0) -> None:
        """Watch this run from now on, and no other."""

        def tell(record: Record) -> None:
            if record["state"] not in FINAL_STATES:
                self.follow(run, after_s=_POLL_S)
            self._changed(record)

        self._ask("follow", lambda: run.record, tell, after_s=after_s)


class ProgressBar:
    """State, share and remaining time of a run, and a button that cancels it.

    Parameters
    ----------
    cancel
        Called without arguments when the button is pressed.
    """

    def __init__(self, cancel: Callable[[], None]):
        self.cancel = button("Cancel", cancel, tooltip="Stop after the blocks in work")
        self._bar = FloatProgress(min=0, max=1)
        self._text = HTML()
        self._remaining = Remaining()
        self._run = ""
        self.widget: HBox = row([self._bar, self._text, self.cancel], "daisy-progress")
        show(self.widget, False)

    @property
    def text(self) -> str:
        """What stands beside the bar."""
        return str(self._text.value)

    def update(self, record: Record) -> None:
        """Show a run as it is now; one that has ended needs no bar."""
        if record["id"] != self._run:
            self._run, self._remaining = record["id"], Remaining()
            self.cancel.disabled = False
        is_running = record["state"] == "running"
        self._bar.value = record["progress"]["fraction"]
        pace = self._remaining.see(record["progress"], time.monotonic())
        self._text.value = pace if is_running else "waiting"
        show(self.widget, record["state"] not in FINAL_STATES)


def say_run(notice: Notice, record: Record, doing: str = "") -> None:
    """Tell in a sentence how a run is.

    Parameters
    ----------
    notice
        Shows it.
    record
        Of the run.
    doing
        What it does, such as "Integrating"; leads the sentence if given.
    """
    state = record["state"]
    if state in ("queued", "running"):
        title = record["progress"]["title"] if doing or state == "running" else ""
        at_work = f"{doing} …" if doing else state
        notice.busy(f"{doing or state}: {title}" if title else at_work)
    elif state == "done":
        seconds = (record["finished"] or record["created"]) - record["created"]
        took = f"{seconds:.2g} s" if seconds < 9.9 else duration_in_words(seconds)
        done = f"{doing}: done" if doing else "Done"
        notice.done(f"{done} in {took}. {values_in_words(record['values'])}".strip())
    elif state == "failed":
        notice.error(DaisyError(record["error"]))
    else:
        ended = f"{doing}: the" if doing else "The"
        notice.done(f"{ended} run was {state}. {record['error']}".strip())
