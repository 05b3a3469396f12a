"""What a panel offers when it is shown anew: the run that goes on, or the one that was cut off."""

from __future__ import annotations

from collections.abc import Callable

from ipywidgets import HTML

from daisy_kernel.session.display import when_in_words
from daisy_kernel.session.run_handle import RunHandle
from daisy_widgets.notice import said
from daisy_widgets.panel_box import button, row, show
from daisy_widgets.run_follower import Record

_OFFERS = {
    "running": ("is running since", "Follow it"),
    "queued": ("is waiting since", "Follow it"),
    "interrupted": ("was interrupted; it was asked for at", "Resume it"),
}


class RunOffer:
    """A sentence about a run and a button to go on with it; nothing if there is no need.

    Parameters
    ----------
    go_on
        Called with the run and its record when the button is pressed.
    """

    def __init__(self, go_on: Callable[[RunHandle, Record], None]):
        self._go_on = go_on
        self.text = ""
        self._sentence = HTML()
        self.button = button("", self._take)
        self._found: tuple[RunHandle, Record] | None = None
        self.widget = row([self._sentence, self.button], "daisy-offer")
        self.withdraw()

    def make(self, run: RunHandle, record: Record) -> None:
        """Offer this run, if it goes on or was interrupted."""
        if record["state"] not in _OFFERS:
            return
        verb, words = _OFFERS[record["state"]]
        self._found = run, record
        self.text = f"{record['workflow']} {verb} {when_in_words(record['created'])}."
        self._sentence.value = said("busy", self.text)
        self.button.description, self.button.disabled = words, False
        show(self.widget, True)

    def withdraw(self) -> None:
        """Offer nothing."""
        self.text, self._found = "", None
        show(self.widget, False)

    def _take(self) -> None:
        if self._found is not None:
            self._go_on(*self._found)
