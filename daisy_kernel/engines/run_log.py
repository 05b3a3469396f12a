"""The run in progress: its record and its numbered events."""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from daisy_kernel.contracts.events import FINAL_STATES, Event, Observer, RunState
from daisy_kernel.contracts.run import RunRecord
from daisy_kernel.engines.mending import require_same_origin
from daisy_kernel.engines.run_folder import RunFolder, this_process


class RunLog:
    """Writes down what happens in one run and tells the observers.

    Parameters
    ----------
    folder
        Of a run that is queued, or of one that is to go on.
    observers
        Are told every event, in order.
    """

    def __init__(self, folder: RunFolder, observers: Sequence[Observer]):
        pid, started = this_process()
        self.folder = folder
        folder.parts.mkdir(exist_ok=True)
        self.record: RunRecord = replace(
            folder.read(), pid=pid, pid_started=started, error="", finished=None
        )
        self._mends = folder.was_done
        self.resumed = bool(folder.journal.read().blocks)
        """Whether an earlier process finished blocks."""
        self._observers, self._silenced = observers, set[int]()
        self._lock = threading.Lock()
        self._count = max((event.n + 1 for event in folder.events()), default=0)

    def update(self, **fields: Any) -> None:
        """Change fields of the record, here and on disk."""
        self.record = replace(self.record, **fields)
        self.folder.write(self.record)

    def note_origin(self, origin: Mapping[str, Any]) -> None:
        """Journal what the results are made of.

        Raises
        ------
        FileProblem
            If what is damaged of a result was made of something else.
        """
        journal = self.folder.journal
        if self._mends:
            require_same_origin(journal.read().origin, origin)
        journal.note_origin(origin)

    def enter(self, state: RunState, error: str = "", traceback: str = "") -> None:
        """The run is in another state now; where it failed, with one line and where in the code."""
        finished = None if state == "running" else time.time()
        with self._lock:
            # Whoever sees the record also finds the event; whoever hears of it also the record.
            told = {"state": state, "error": error, "traceback": traceback}
            event = self._write("state", {name: text for name, text in told.items() if text})
            self.update(state=state, finished=finished, error=error)
            if state in FINAL_STATES:
                self.folder.release()  # whoever hears of the end may resume it
            self._tell_all(event)

    def emit(self, kind: Any, data: dict[str, Any]) -> None:
        """Number an event, write it down and tell the observers."""
        with self._lock:
            self._tell_all(self._write(kind, data))

    def _write(self, kind: Any, data: dict[str, Any]) -> Event:
        event = Event(self.record.id, self._count, time.time(), kind, data)
        self._count += 1
        self.folder.append(event)
        return event

    def _tell_all(self, event: Event) -> None:
        for observer in list(self._observers):
            if id(observer) not in self._silenced:
                self._tell(observer, event)

    def _tell(self, observer: Observer, event: Event) -> None:
        """Tell one observer; what goes wrong in it must not stop the run."""
        try:
            observer(event)
        except Exception as error:
            self._silenced.add(id(observer))
            warnings.warn(
                f"{observer!r} failed on an event of run {self.record.id} and is told no more: "
                f"{type(error).__name__}: {error}",
                stacklevel=2,
            )
