"""A run of a session, wherever it goes on."""

from __future__ import annotations

import math
import time
from typing import Any

from daisy_kernel.contracts.events import FINAL_STATES
from daisy_kernel.contracts.transport import Transport
from daisy_kernel.errors import DaisyError
from daisy_kernel.session.display import (
    html_bar,
    html_error,
    html_heading,
    html_note,
    html_table,
    when_in_words,
    with_sign,
)

_LOOK_AGAIN_S = 0.5
"""At a run that is waited for, whether the kernel told of it or not."""


class RunHandle:
    """One run; everything is asked anew, so a handle never tells old news."""

    def __init__(self, transport: Transport, run_id: str):
        self._transport, self.id = transport, run_id

    @property
    def record(self) -> dict[str, Any]:
        """Everything that is kept of the run."""
        answer, _ = self._transport.call("run.describe", {"run": self.id})
        return answer

    @property
    def state(self) -> str:
        """queued, running, done, failed, cancelled or interrupted."""
        state: str = self.record["state"]
        return state

    @property
    def progress(self) -> float:
        """Share that is done, 0 to 1."""
        record = self.record
        return 1.0 if record["state"] == "done" else float(record["progress"]["fraction"])

    @property
    def log(self) -> list[str]:
        """The lines logged so far."""
        return [line["message"] for line in self._all("run.log", "lines", 0)]

    def events(self, since: int = 0) -> list[dict[str, Any]]:
        """Numbered events, from `since` on."""
        return self._all("run.events", "events", since)

    def wait(self, timeout: float | None = None) -> RunHandle:
        """Wait until the run has ended.

        Parameters
        ----------
        timeout
            Longest wait [s].

        Raises
        ------
        TimeoutError
            If it goes on after `timeout`; the run is not touched.
        DaisyError
            If the run failed or was cancelled; carries its one-line message.
        """
        deadline = math.inf if timeout is None else time.monotonic() + timeout
        while True:
            following = self._transport.call("kernel.describe", {})[0]["next"]
            record = self.record
            if record["state"] in FINAL_STATES:
                break
            if time.monotonic() > deadline:
                raise TimeoutError(f"Run {self.id} still goes on after {timeout} s.")
            self._follow(following, min(deadline, time.monotonic() + _LOOK_AGAIN_S))
        if record["state"] != "done":
            raise DaisyError(record["error"] or f"Run {self.id} was {record['state']}.")
        return self

    def _follow(self, since: int, until: float) -> None:
        """Wait until the kernel tells that the run has another state, or until a time is over.

        Runs of other processes are not told of; whoever waits for one looks again afterwards.
        """
        for event in self._transport.events(since, max(0.0, until - time.monotonic())):
            of_this_run = event["run"] == self.id and event["kind"] == "state"
            if of_this_run or time.monotonic() > until:
                return

    def cancel(self) -> None:
        """Ask the run to stop after the blocks in work."""
        self._transport.call("run.cancel", {"run": self.id})

    def resume(self) -> RunHandle:
        """Go on where it stopped."""
        self._transport.call("run.resume", {"run": self.id})
        return self

    def _all(self, operation: str, what: str, since: int) -> list[dict[str, Any]]:
        """What is told in numbered pieces, up to now."""
        found: list[dict[str, Any]] = []
        more = True
        while more:
            answer, _ = self._transport.call(operation, {"run": self.id, "since": since})
            found += answer[what]
            since, more = answer["next"], answer["more"]
        return found

    def __repr__(self) -> str:
        record = self.record
        return f"<run {self.id}: {record['workflow']}, {record['state']}>"

    def _repr_html_(self) -> str:
        record = self.record
        lines = [html_heading(record["workflow"], f"{self.id}: {with_sign(record['state'])}")]
        if record["state"] == "running":
            lines += [
                html_bar(record["progress"]["fraction"]),
                html_note(record["progress"]["title"]),
            ]
        lines.append(html_note(f"asked for at {when_in_words(record['created'])}"))
        known = [("output", path) for path in record["outputs"]]
        known += [(name, str(value)) for name, value in record["values"].items()]
        if known:
            lines.append(html_table(("", ""), known))
        if record["error"]:
            lines.append(html_error(record["error"]))
        return "".join(lines)
