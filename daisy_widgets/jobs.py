"""What a panel asks of its session, off the thread that handles the messages of widgets."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextvars import Context, copy_context
from dataclasses import dataclass
from typing import Any

_LOG = logging.getLogger("daisy.widgets")
_LINGER_S = 5.0
"""The thread waits so long for another job [s]: what each thread has freed, the allocator keeps for
it, so a thread for every plane of a viewer would make the kernel grow."""


@dataclass(frozen=True)
class _Job:
    due: float
    """Not before this moment of the monotonic clock [s]."""
    work: Callable[[], Any]
    done: Callable[[Any], None]
    failed: Callable[[Exception], None]
    context: Context
    """What whoever asked may reach, the work may."""


class Jobs:
    """Does one job after the other on a thread of its own; of each key only the newest counts.

    A job that waits is replaced by the next one of its key, and the result of one in work is
    dropped then. Results are delivered on the same thread, so those of a panel never overlap. The
    thread ends a little after the last job, so a panel that nobody uses costs nothing.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: dict[str, _Job] = {}
        self._newest: dict[str, _Job] = {}
        self._thread: threading.Thread | None = None
        self._is_at_work = False
        self._is_closed = False

    def ask(
        self,
        key: str,
        work: Callable[[], Any],
        done: Callable[[Any], None],
        failed: Callable[[Exception], None],
        *,
        after_s: float = 0.0,
    ) -> None:
        """Have something done soon; this returns at once.

        Parameters
        ----------
        key
            What the job is for; an older one for the same is forgotten.
        work
            Done without arguments.
        done
            Takes what `work` returned.
        failed
            Takes what `work` or `done` raised.
        after_s
            Not before so long from now [s]; other jobs have their turn meanwhile.
        """
        job = _Job(time.monotonic() + after_s, work, done, failed, copy_context())
        with self._changed:
            if self._is_closed:
                return
            self._waiting.pop(key, None)  # the newest of equally old ones comes last
            self._waiting[key] = self._newest[key] = job
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="daisy-panel", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def forget(self, key: str) -> None:
        """Whatever was asked for under this key is not wanted any more."""
        with self._changed:
            self._waiting.pop(key, None)
            self._newest.pop(key, None)
            self._changed.notify_all()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until nothing is left to do; tells whether that is so."""
        with self._changed:
            return self._changed.wait_for(
                lambda: not self._waiting and not self._is_at_work, timeout_s
            )

    def close(self) -> None:
        """Drop everything that waits; nothing is delivered from now on."""
        with self._changed:
            self._is_closed = True
            self._waiting.clear()
            self._newest.clear()
            self._changed.notify_all()

    def _run(self) -> None:
        while (taken := self._next()) is not None:
            key, job = taken
            job.context.run(self._do, key, job)

    def _next(self) -> tuple[str, _Job] | None:
        """The next job once it is due; None: none came for a while, and the thread is given up."""
        with self._changed:
            self._is_at_work = False
            self._changed.notify_all()
            end = time.monotonic() + _LINGER_S
            while self._waiting or not self._is_closed:
                now = time.monotonic()
                key = min(self._waiting, key=lambda each: self._waiting[each].due, default=None)
                rest = (end if key is None else self._waiting[key].due) - now
                if rest > 0:
                    self._changed.wait(rest)
                elif key is None:
                    break
                else:
                    self._is_at_work = True
                    return key, self._waiting.pop(key)
            self._thread = None
            return None

    def _do(self, key: str, job: _Job) -> None:
        try:
            try:
                result = job.work()
                if self._is_newest(key, job):
                    job.done(result)
            except Exception as error:  # of any kind: the panel says it
                if self._is_newest(key, job):
                    job.failed(error)
        except Exception:  # the next job must not suffer
            _LOG.exception("A panel could not show what went wrong (%s):", key)
        finally:
            with self._changed:
                if self._newest.get(key) is job:
                    del self._newest[key]

    def _is_newest(self, key: str, job: _Job) -> bool:
        with self._changed:
            return self._newest.get(key) is job
