"""A run that was started from a panel: its progress, its end, and what it has given."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from daisy_kernel.errors import DaisyError
from daisy_kernel.session import Session
from daisy_kernel.session.handles import RunHandle
from daisy_widgets.jobs import Jobs
from daisy_widgets.notice import Notice
from daisy_widgets.plan_text import values_in_words
from daisy_widgets.remaining import duration_in_words
from daisy_widgets.results import Results
from daisy_widgets.run_follower import ProgressBar, Record, RunFollower


class RunControl:
    """Starts runs, one at a time, and shows how they go on.

    Parameters
    ----------
    session
        Where they run.
    jobs
        Does what takes time.
    notice
        Says what goes on.
    freed
        Called when nothing runs any more and another one may be started.
    """

    def __init__(self, session: Session, jobs: Jobs, notice: Notice, freed: Callable[[], None]):
        self._jobs, self._notice, self._freed = jobs, notice, freed
        self._follower = RunFollower(jobs, self._see, notice.error)
        self._run: RunHandle | None = None
        self._outputs: Sequence[str] = ()
        self.progress = ProgressBar(self._cancel)
        self.results = Results(session, jobs, notice.error)

    def start(self, begin: Callable[[], RunHandle], outputs: Sequence[str]) -> None:
        """Start a run and follow it.

        Parameters
        ----------
        begin
            Starts it.
        outputs
            Data objects to offer at its end.
        """
        self._notice.busy("Starting …")
        self._outputs = outputs
        self._jobs.ask("start", begin, self._follow, self._not_started)

    def _not_started(self, error: Exception) -> None:
        self._freed()
        self._notice.error(error)

    def _follow(self, run: RunHandle) -> None:
        self._run = run
        self.results.clear()
        self._notice.busy(f"Started as {run.id}.")
        self._follower.follow(run)

    def _see(self, record: Record) -> None:
        """The run has come further."""
        self.progress.update(record)
        state = record["state"]
        if state in ("queued", "running"):
            title = record["progress"]["title"] if state == "running" else ""
            self._notice.busy(f"{state}: {title}" if title else state)
            return
        self._freed()
        if state == "done":
            took = duration_in_words((record["finished"] or record["created"]) - record["created"])
            values = values_in_words(record["values"])
            self._notice.done(f"Done in {took}. {values}".strip())
            self.results.offer(self._outputs, record["outputs"])
        elif state == "failed":
            self._notice.error(DaisyError(record["error"]))
        else:
            self._notice.done(f"The run was {state}. {record['error']}".strip())

    def _cancel(self) -> None:
        if self._run is not None:
            self.progress.cancel.disabled = True
            self._jobs.ask("cancel", self._run.cancel, lambda _: None, self._notice.error)
