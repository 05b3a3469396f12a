"""A panel that has a run: starts it, follows it to its end, cancels it, offers its results."""

from __future__ import annotations

from collections.abc import Callable

from ipywidgets import Button

from daisy_kernel.contracts.events import FINAL_STATES
from daisy_kernel.errors import ConnectionLost
from daisy_kernel.session import Session
from daisy_kernel.session.run_handle import RunHandle
from daisy_widgets.panel_box import PanelBox
from daisy_widgets.results import Results
from daisy_widgets.run_follower import ProgressBar, Record, RunFollower, say_run
from daisy_widgets.run_offer import RunOffer


class RunPanel(PanelBox):
    """What every panel with a run shares; `notice`, `progress` and `results` go where one likes.

    The run outlives the panel.

    Parameters
    ----------
    session
        Where it runs.
    title, text
        See `PanelBox`.
    """

    def __init__(self, session: Session, title: str, text: str = ""):
        super().__init__(title, text)
        self.session = session
        self.run: RunHandle | None = None
        self.progress = ProgressBar(self._cancel)
        self.results = Results(session, self.ask)
        self.offer = RunOffer(self.go_on)
        self._frame = (*self._frame, self.offer.widget)
        self._follower = RunFollower(self.ask, self.see)
        self.starters: tuple[Button, ...] = ()
        """Buttons that start or resume a run: none does while one runs."""
        self._offered = ""

    def offer_run(self, workflow: str) -> None:
        """Offer to go on with a run of this workflow that nobody watches any more.

        Parameters
        ----------
        workflow
            Its name, as runs have it.
        """
        self._offered = workflow

        def found() -> tuple[RunHandle, Record] | None:
            run = self.session.runs.current(workflow)
            return None if run is None else (run, run.record)

        self.ask("offer", found, lambda told: None if told is None else self.offer.make(*told))

    def go_on(self, run: RunHandle, record: Record) -> None:
        """Go on with the run that was offered: follow it, or resume what was cut off."""
        if record["state"] == "interrupted":
            self.start_run(run.resume)
        else:
            self.follow(run)

    def start_run(self, work: Callable[[], RunHandle]) -> None:
        """Start or resume a run and follow it; `starters` do nothing until it has ended.

        Parameters
        ----------
        work
            Gives the run; called off the thread of the messages.
        """
        self._set_starters(is_locked=True)  # at once: a second click is no second run
        self.notice.busy("Starting …")
        self.jobs.ask("start", work, lambda run: self.follow(run), self._not_started)

    def follow(self, run: RunHandle) -> None:
        """Show this run from now on, and no other."""
        self.run = run
        self.jobs.forget("offer")
        self.offer.withdraw()
        self.results.clear()
        self.progress.cancel.disabled = False
        self.notice.busy(f"Run {run.id} …")
        self._follower.follow(run)

    def see(self, record: Record) -> None:
        """The run has come further; called off the thread of the messages."""
        self.progress.update(record)
        self.say(record)
        if record["state"] in FINAL_STATES:
            self.release()
        if record["state"] == "done":
            self.take(record)

    def take(self, record: Record) -> None:
        """The run has ended well: offer what it has given."""
        outputs = (record["document"] or {}).get("outputs", ())
        self.results.offer(outputs, record["outputs"])

    def say(self, record: Record) -> None:
        """Tell in a sentence how the run is."""
        say_run(self.notice, record)

    def release(self) -> None:
        """Nothing runs any more: another run may be started."""
        self._set_starters(is_locked=False)

    def _set_starters(self, *, is_locked: bool) -> None:
        for button in (*self.starters, self.offer.button):
            button.disabled = is_locked

    def _not_started(self, error: Exception) -> None:
        self.release()
        self.fail(error)
        if isinstance(error, ConnectionLost) and self._offered:
            self.offer_run(self._offered)  # nobody knows whether it was started

    def _cancel(self) -> None:
        if self.run is not None:
            self.progress.cancel.disabled = True
            self.ask("cancel", self.run.cancel, lambda _: None)
