"""Runs: queued and executed one after the other off the main thread, recorded on disk."""

from __future__ import annotations

import queue
import threading
import warnings
from collections.abc import Callable, Iterable
from contextvars import copy_context
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from daisy_kernel import registry
from daisy_kernel.contracts.declaration import Ref
from daisy_kernel.contracts.events import FINAL_STATES, Event, Observer
from daisy_kernel.contracts.protocol_catalogue import PrepareRun, ValidateWorkflow
from daisy_kernel.contracts.protocol_fields import Nothing
from daisy_kernel.contracts.protocol_runs import (
    AskEvents,
    AskRun,
    AskRuns,
    ExecuteAlgorithm,
    LogLine,
    RunEvents,
    RunId,
    RunInfo,
    RunLines,
    RunList,
    RunProgress,
    RunSummary,
)
from daisy_kernel.contracts.run import RunOptions, RunRecord, RunRequest
from daisy_kernel.datastore import DataStore
from daisy_kernel.engines.mending import begin_mending
from daisy_kernel.engines.run_folder import (
    RunFolder,
    find_run,
    new_record,
    recorded_runs,
    this_process,
)
from daisy_kernel.engines.run_log import RunLog
from daisy_kernel.engines.step import one_line
from daisy_kernel.engines.workflow_engine import WorkflowEngine
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
    observers
        Are told every event of every run, in order.
    """

    def __init__(self, store: DataStore, folder: Path, observers: Iterable[Observer] = ()):
        self._store, self._folder = store, folder
        self._queue: queue.Queue[Callable[[], None]] = queue.Queue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self.observers: list[Observer] = list(observers)

    def start(self, asked: PrepareRun) -> RunId:
        """Queue a run; its parameters are checked before this returns."""
        prepared = prepare(asked)
        request = RunRequest(
            prepared.name,
            prepared.document.as_json(),
            prepared.inputs,
            prepared.outputs,
        )
        made = self._engine(asked.engine, parse_options(asked.options))
        folder = RunFolder.create(self._folder, new_record(request, made.options, made.name))
        self._submit(made, request, lambda: prepared.record_into(made), folder)
        return RunId(folder.path.name)

    def resume(self, asked: AskRun) -> RunId:
        """Go on with a run that did not end well.

        Finished blocks of an interrupted run are used again; one that failed or was cancelled
        starts anew, because nothing was left behind. Of one that was done, what of its results was
        damaged since is computed again, if what it was made of is still the same.
        """
        folder = find_run(self._folder, asked.run)
        record = folder.read()
        if record.state not in FINAL_STATES:
            raise RunConflict(f"Run {record.id} is {record.state}: there is nothing to resume.")
        if record.document is None:
            raise RunConflict(
                f"Run {record.id} stopped before its script was recorded: run the script again."
            )
        prepared = prepare(ValidateWorkflow(record.document, record.inputs))
        request = RunRequest(record.workflow, record.document, record.inputs, prepared.outputs)
        made = self._engine(record.engine, record.options)
        folder.claim()
        try:
            record = folder.read()  # somebody may have gone on with it in between
            lines = begin_mending(folder) if folder.was_done else []
            (folder.path / "cancel").unlink(missing_ok=True)
            pid, started = this_process()
            folder.write(replace(record, state="queued", pid=pid, pid_started=started))
            for line in lines:
                RunLog(folder, self.observers).emit("log", {"level": "warning", "message": line})
        except BaseException:
            folder.release()
            raise
        self._submit(made, request, lambda: prepared.record_into(made), folder)
        return RunId(record.id)

    def execute(self, asked: ExecuteAlgorithm) -> Nothing:
        """Run one algorithm now and wait for it; its outputs are then in the data store."""
        made = self._engine("inprocess", parse_options(asked.options))
        refs = {name: Ref(ref) for name, value in asked.params.items() if (ref := ref_of(value))}
        made[asked.algorithm].execute(**asked.params | refs)
        return Nothing()

    def cancel(self, asked: AskRun) -> RunId:
        """Ask a run to stop, whichever process it runs in."""
        folder = find_run(self._folder, asked.run)
        record = folder.read()
        if record.state in FINAL_STATES:
            raise RunConflict(f"Run {record.id} is {record.state} already.")
        folder.ask_to_cancel()
        return RunId(record.id)

    def describe(self, asked: AskRun) -> RunInfo:
        """The record of a run, and its latest progress."""
        folder = find_run(self._folder, asked.run)
        progress = _progress(folder.latest("progress"))
        return RunInfo(**vars(folder.read()), progress=progress)

    def events(self, asked: AskEvents) -> RunEvents:
        """Numbered events of a run, from `since` on."""
        found = find_run(self._folder, asked.run).events(asked.since)
        events = found[: asked.limit]
        following = events[-1].n + 1 if events else asked.since
        return RunEvents(events, following, len(found) > len(events))

    def log(self, asked: AskEvents) -> RunLines:
        """The lines that a run has logged, from event `since` on."""
        found = find_run(self._folder, asked.run).events(asked.since)
        told = [e for e in found if e.kind == "log"]
        lines = [LogLine(e.n, e.time, **e.data) for e in told[: asked.limit]]
        more = len(told) > len(lines)
        # Beyond the last line there may be other events, which need not be looked at again.
        following = (lines[-1].n if more else found[-1].n) + 1 if found else asked.since
        return RunLines(lines, following, more)

    def all(self, asked: AskRuns) -> RunList:
        """Recorded runs, newest first."""
        records: list[RunRecord] = []
        for folder in reversed(recorded_runs(self._folder)):
            if asked.limit is not None and len(records) >= asked.limit:
                break
            try:
                records.append(folder.read())
            except FileProblem as error:  # one damaged record must not hide the others
                warnings.warn(str(error), stacklevel=2)
        return RunList([_summary(record) for record in records])

    def _engine(self, name: str, options: RunOptions) -> WorkflowEngine:
        made: WorkflowEngine = registry.engines.get(name)(
            self._store, options, self._folder, self.observers
        )
        return made

    def _submit(
        self,
        engine: WorkflowEngine,
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
                if folder.is_ours:  # its end was not said, and nobody has resumed it since
                    RunLog(folder, self.observers).enter("failed", one_line(error))

        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="daisy-runs", daemon=True)
                self._thread.start()
        self._queue.put(partial(copy_context().run, job))  # what the caller may reach, the run may

    def _work(self) -> None:
        while True:
            self._queue.get()()


def _summary(record: RunRecord) -> RunSummary:
    return RunSummary(
        record.id,
        record.workflow,
        record.state,
        record.created,
        record.finished,
        record.outputs,
        record.error,
        is_sweep=bool((record.document or {}).get("sweep")),
    )


def _progress(event: Event | None) -> RunProgress:
    """The latest progress: overall fraction and what is being done."""
    if event is None:
        return RunProgress()
    last = event.data
    fraction = (last["item"] + last["done"] / max(1, last["blocks"])) / max(1, last["items"])
    return RunProgress(min(1.0, fraction), **last)
