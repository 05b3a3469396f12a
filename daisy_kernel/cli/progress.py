"""Following a run: progress and warnings on standard error, Ctrl-C cancels."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any, Protocol

from daisy_kernel.cli.remote import REMOTE
from daisy_kernel.cli.terminal import complain, diagnostics, duration
from daisy_kernel.contracts.events import FINAL_STATES

if TYPE_CHECKING:
    from daisy_kernel.session.run_handle import RunHandle

POLL_S = 0.1
CANCEL_S = 2.3
"""How long a cancelled run may finish its blocks; with the end of the process 3 s in all."""
QUIET_S = 10.0
"""At least so long between two lines about one stage."""


class View(Protocol):
    """Shows the stages of a run."""

    def show(self, item: int, items: int, title: str, done: int, blocks: int) -> None:
        """Stage `item` of `items` has `done` of its `blocks`."""
        ...

    def close(self) -> None:
        """No more is to come."""
        ...


def follow(run: RunHandle, *, since: int = 0) -> dict[str, Any]:
    """Show a run until it ends.

    Parameters
    ----------
    run
        Queued or running in this process.
    since
        Number of the first event to show.

    Returns
    -------
    record : dict
        What is kept of the run, in one of the final states.

    Raises
    ------
    KeyboardInterrupt
        After Ctrl-C, once the run is cancelled. A run that does not stop in time takes the process
        with it (exit code 130); it then reads `interrupted`.
    """
    view: View = Bars() if sys.stderr.isatty() else Lines()
    try:
        while True:
            record = run.record
            since = _show(run, since, view)
            if record["state"] in FINAL_STATES:
                return record
            time.sleep(POLL_S)
    except KeyboardInterrupt as interrupt:
        _cancel(run)
        raise KeyboardInterrupt(
            f"run {run.id} was cancelled ('daisy resume {run.id}' starts it again)."
        ) from interrupt
    finally:
        view.close()


class Bars:
    """A bar per stage."""

    def __init__(self) -> None:
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )
        from rich.table import Column

        self._progress = Progress(
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn(
                "{task.description}",
                markup=False,
                table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1),
            ),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=diagnostics(),
            expand=True,
        )
        self._tasks: dict[int, Any] = {}
        self._progress.start()

    def show(self, item: int, items: int, title: str, done: int, blocks: int) -> None:
        """Move the bar of the stage."""
        if item not in self._tasks:
            self._tasks[item] = self._progress.add_task(title, total=blocks)
        self._progress.update(self._tasks[item], completed=done, total=blocks)

    def close(self) -> None:
        """Leave the bars as they are."""
        self._progress.stop()


class Lines:
    """A few lines per stage, for logs and batch jobs."""

    def __init__(self) -> None:
        self._began: dict[int, float] = {}
        self._latest = 0.0

    def show(self, item: int, items: int, title: str, done: int, blocks: int) -> None:
        """Say when the stage begins, passes its half, and ends."""
        now = time.monotonic()
        began = self._began.setdefault(item, now)
        if began == now:
            self._say(f"[{item + 1}/{items}] {title}")
        if done == blocks:
            self._say(f"[{item + 1}/{items}] {title}: done in {duration(now - began)}")
        elif 2 * done >= blocks and now - self._latest > QUIET_S:
            self._say(f"[{item + 1}/{items}] {title}: {done} of {blocks} blocks")

    def close(self) -> None:
        """Nothing is left open."""

    def _say(self, line: str) -> None:
        self._latest = time.monotonic()
        sys.stderr.write(line + "\n")
        sys.stderr.flush()


def _show(run: RunHandle, since: int, view: View) -> int:
    """Show the events from `since` on; the number of the next one."""
    for event in run.events(since):
        since, data = event["n"] + 1, event["data"]
        if event["kind"] == "progress":
            view.show(data["item"], data["items"], data["title"], data["done"], data["blocks"])
        elif event["kind"] == "log" and data["level"] != "info":
            complain(f"{data['level']}: {data['message']}")
    return since


def _cancel(run: RunHandle) -> None:
    """Ask the run to stop and wait; leave the process if it takes too long or is asked again."""
    try:
        if run.record["state"] not in FINAL_STATES:
            run.cancel()
        deadline = time.monotonic() + CANCEL_S
        while run.record["state"] not in FINAL_STATES and time.monotonic() < deadline:
            time.sleep(0.05)
        stopped = run.record["state"] in FINAL_STATES
    except KeyboardInterrupt:
        stopped = False
    if stopped:
        return
    if REMOTE.get() is not None:
        complain(f"run {run.id} was asked and stops after the blocks in work.")
        return
    complain(f"run {run.id} was broken off ('daisy resume {run.id}' goes on with it).")
    sys.stdout.flush()
    # The threads of the run cannot be stopped, and a normal exit would wait for them.
    os._exit(130)
