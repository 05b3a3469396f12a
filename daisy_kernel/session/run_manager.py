"""Runs: queued and executed one after the other off the main thread, recorded on disk."""

from __future__ import annotations

import queue
import threading
import warnings
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from daisy_kernel import registry
from daisy_kernel.contracts.declaration import Ref
from daisy_kernel.contracts.events import FINAL_STATES, Event, Observer
from daisy_kernel.contracts.run import RunOptions, RunRequest
from daisy_kernel.datastore import DataStore
from daisy_kernel.engines.inprocess import InProcessEngine
from daisy_kernel.engines.run_folder import (
    RunFolder,
    find_run,
    new_record,
    recorded_runs,
    this_process,
)
from daisy_kernel.engines.run_log import RunLog
from daisy_kernel.engines.step import one_line
from daisy_kernel.errors import FileProblem, RunConflict
from daisy_kernel.session.catalogue import parse_options, prepare
from daisy_kernel.workflow import ref_of


class RunManager:
    """Executes runs in its own thread and knows all runs that were ever recorded.

    Parameters
    ----------
    store
        Where results are published.
    folder
        Where runs are recorded.
    """

    def __init__(self, store: DataStore, folder: Path):
        self._store, self._folder = store, folder
        self._queue: queue.Queue[Callable[[], None]] = queue.Queue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self.observers: list[Observer] = []

    def start(
        self,
        workflow: str | dict[str, Any],
        inputs: dict[str, Any] | None = None,
        overrides: dict[str, Any] | None = None,
        options: dict[str, Any] | None = None,
        engine: str = "inprocess",
        sweep: dict[str, Any] | None = None,
        slices: Any = None,
    ) -> dict[str, Any]:
        """Queue a run; its parameters are checked before this returns.

        Returns
        -------
        answer
            ``{"id": ...}``
        """
        prepared = prepare(workflow, inputs, overrides, sweep, slices)
        request = RunRequest(
            prepared.name,
            prepared.document.as_json(),
            prepared.inputs,
            prepared.outputs,
        )
        made = self._engine(engine, parse_options(options))
        folder = RunFolder.create(self._folder, new_record(request, made.options))
        self._submit(made, request, lambda: prepared.record_into(made), folder)
        return {"id": folder.path.name}

    def resume(self, run: str) -> dict[str, Any]:
        """Go on with a run that did not end well.

        Finished blocks of an interrupted run are used again; one that failed or was cancelled
        starts anew, because nothing was left behind.
        """
        folder = find_run(self._folder, run)
        record = folder.read()
        if record.state not in FINAL_STATES or record.state == "done":
            raise RunConflict(f"Run {record.id} is {record.state}: there is nothing to resume.")
        if record.document is None:
            raise RunConflict(
                f"Run {record.id} stopped before its script was recorded: run the script again."
            )
        prepared = prepare(record.document, record.inputs, None)
        request = RunRequest(record.workflow, record.document, record.inputs, prepared.outputs)
        made = self._engine("inprocess", record.options)
        (folder.path / "cancel").unlink(missing_ok=True)
        pid, started = this_process()
        folder.write(replace(record, state="queued", pid=pid, pid_started=started))
        self._submit(made, request, lambda: prepared.record_into(made), folder)
        return {"id": record.id}

    def execute(
        self, algorithm: str, params: dict[str, Any], options: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Run one algorithm now and wait for it; its outputs are then in the data store."""
        made = self._engine("inprocess", parse_options(options))
        refs = {name: Ref(ref) for name, value in params.items() if (ref := ref_of(value))}
        made[algorithm].execute(**params | refs)
        return {}

    def cancel(self, run: str) -> dict[str, Any]:
        """Ask a run to stop, whichever process it runs in."""
        folder = find_run(self._folder, run)
        record = folder.read()
        if record.state in FINAL_STATES:
            raise RunConflict(f"Run {record.id} is {record.state} already.")
        folder.ask_to_cancel()
        return {"id": record.id}

    def describe(self, run: str) -> dict[str, Any]:
        """The record of a run, and its latest progress."""
        folder = find_run(self._folder, run)
        record = folder.read()
        answer = asdict(record) | {"outputs": list(record.outputs)}
        answer["progress"] = _progress(folder.latest("progress"))
        return answer

    def events(self, run: str, since: int = 0) -> dict[str, Any]:
        """Numbered events of a run, from `since` on."""
        folder = find_run(self._folder, run)
        return {"events": [asdict(e) for e in folder.events(since)]}

    def all(self) -> dict[str, Any]:
        """Every recorded run, newest first."""
        records = []
        for folder in reversed(recorded_runs(self._folder)):
            try:
                records.append(folder.read())
            except FileProblem as error:  # one damaged record must not hide the others
                warnings.warn(str(error), stacklevel=2)
        return {
            "runs": [
                {
                    "id": r.id,
                    "workflow": r.workflow,
                    "state": r.state,
                    "created": r.created,
                    "finished": r.finished,
                    "outputs": list(r.outputs),
                    "error": r.error,
                }
                for r in records
            ]
        }

    def _engine(self, name: str, options: RunOptions) -> InProcessEngine:
        made: InProcessEngine = registry.engines.get(name)(
            self._store, options, self._folder, self.observers
        )
        return made

    def _submit(
        self,
        engine: InProcessEngine,
        request: RunRequest,
        script: Callable[[], Any],
        folder: RunFolder,
    ) -> None:
        def job() -> None:
            try:
                if folder.is_cancelled():
                    RunLog(folder, self.observers).enter("cancelled")
                else:
                    engine.run(request, script, folder=folder)
            except BaseException as error:  # whatever it is, the next run must not suffer
                if folder.read().state not in FINAL_STATES:
                    RunLog(folder, self.observers).enter("failed", one_line(error))

        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="daisy-runs", daemon=True)
                self._thread.start()
        self._queue.put(job)

    def _work(self) -> None:
        while True:
            self._queue.get()()


def _progress(event: Event | None) -> dict[str, Any]:
    """The latest progress: overall fraction and what is being done."""
    if event is None:
        return {"fraction": 0.0, "title": ""}
    last = event.data
    fraction = (last["item"] + last["done"] / max(1, last["blocks"])) / max(1, last["items"])
    return {"fraction": fraction, **last}
