"""The one run that a panel of several steps has at a time."""

from __future__ import annotations

from collections.abc import Callable

from ipywidgets import Button

from daisy_kernel.session.run_handle import RunHandle
from daisy_widgets.jobs import Jobs
from daisy_widgets.notice import Notice
from daisy_widgets.panel_box import Ask, show
from daisy_widgets.run_follower import ProgressBar, Record, RunFollower, say_run

Seen = Callable[[RunHandle, Record], None]


def _nothing(run: RunHandle, record: Record) -> None:
    """Nobody looks while it goes on."""


class PanelRun:
    """Starts a run, says how far it is, and tells whoever started it of its end.

    Parameters
    ----------
    jobs
        Starts the run: once, whatever happens.
    notice
        Says what goes on.
    ask
        Does the looking; see `PanelBox.ask`.
    """

    def __init__(self, jobs: Jobs, notice: Notice, ask: Ask):
        self._jobs, self._notice, self._ask = jobs, notice, ask
        self._run: RunHandle | None = None
        self._done: Seen = _nothing
        self._going_on: Seen = _nothing
        self._follower = RunFollower(ask, self._see)
        self.progress = ProgressBar(self._cancel)
        self.buttons: list[Button] = []
        """They start runs: none can be pressed while one goes on."""

    def start(
        self, what: str, launch: Callable[[], RunHandle], done: Seen, going_on: Seen = _nothing
    ) -> None:
        """Start a run; this returns at once.

        Parameters
        ----------
        what
            Is being done, such as "Integrating".
        launch
            Starts it.
        done
            Is told of the run and its record once it has ended well.
        going_on
            Is told of them meanwhile.
        """
        self._what, self._done, self._going_on = what, done, going_on
        self._lock(True)
        self._notice.busy(f"{what} …")
        self._jobs.ask("start", launch, self._follow, self._not_started)

    def _follow(self, run: RunHandle) -> None:
        self._run = run
        self._follower.follow(run)

    def _not_started(self, error: Exception) -> None:
        self._lock(False)
        self._notice.error(error)

    def _see(self, record: Record) -> None:
        self.progress.update(record)
        run, state = self._run, record["state"]
        if run is None:
            return
        say_run(self._notice, record, self._what)
        if state in ("queued", "running"):
            self._going_on(run, record)
            return
        self._lock(False)
        if state == "done":
            self._done(run, record)

    def _cancel(self) -> None:
        if self._run is not None:
            self.progress.cancel.disabled = True
            self._ask("cancel", self._run.cancel, lambda _: None)

    def _lock(self, is_locked: bool) -> None:
        for button in self.buttons:
            button.disabled = is_locked
        if not is_locked:
            show(self.progress.widget, False)
