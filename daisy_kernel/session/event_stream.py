"""Following the events of a kernel without missing one."""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

_LOOK_AGAIN_S = 5.0
"""Events are asked for at least so often, whether something was pushed or not."""


class EventNews:
    """Wakes whoever waits for events."""

    def __init__(self) -> None:
        self.count = 0
        self._told = threading.Condition()

    def tell(self, *_: object) -> None:
        """There may be new events; any thread may say so."""
        with self._told:
            self.count += 1
            self._told.notify_all()

    def wait_beyond(self, count: int, timeout: float) -> None:
        """Wait until something was told after `count`, at most so many seconds."""
        with self._told:
            self._told.wait_for(lambda: self.count > count, timeout)


def follow_events(
    ask: Callable[[int], dict[str, Any]],
    news: EventNews,
    since: int = 0,
    timeout: float | None = None,
) -> Iterator[dict[str, Any]]:
    """Events of a kernel in order, each once, however often a connection is lost meanwhile.

    What is pushed only wakes; the events themselves are asked for by number.

    Parameters
    ----------
    ask
        Gives the result of ``kernel.events`` since a number.
    news
        Is told when something was pushed, and when a lost connection is back.
    since
        Number of the first event.
    timeout
        End after so long without an event [s]; None: go on for ever.
    """
    instance, latest = None, time.monotonic()
    while True:
        seen = news.count
        answer = ask(since)
        if instance is not None and answer["instance"] != instance:
            since, answer = 0, ask(0)  # another process now, which counts from 0
        instance = answer["instance"]
        if answer["first"] > since:
            warnings.warn(
                f"The kernel no longer holds its events {since} to {answer['first'] - 1}: those of "
                "runs are still told by the runs themselves.",
                stacklevel=2,
            )
        yield from answer["events"]
        since, now = answer["next"], time.monotonic()
        if answer["events"]:
            latest = now
        elif timeout is not None and now - latest >= timeout:
            return
        if not answer["more"]:
            left = _LOOK_AGAIN_S if timeout is None else max(0.0, latest + timeout - now)
            news.wait_beyond(seen, min(_LOOK_AGAIN_S, left))
