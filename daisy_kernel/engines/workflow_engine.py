"""The engine that a workflow sees: it records and plans, and has others compute the blocks."""

from __future__ import annotations

import threading
import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.configuration import Configuration, read_configuration
from daisy_kernel.contracts.engine import Executor
from daisy_kernel.contracts.events import Observer
from daisy_kernel.contracts.run import RunOptions, RunRecord, RunRequest
from daisy_kernel.contracts.units import NOTHING_KNOWN
from daisy_kernel.datastore import DataObject, DataStore, process_store
from daisy_kernel.engines.data_views import ScriptData
from daisy_kernel.engines.execution import Execution
from daisy_kernel.engines.graph import Graph, Version, name_of
from daisy_kernel.engines.layout import summarise
from daisy_kernel.engines.memory import Budget
from daisy_kernel.engines.provenance import origin, provenance, scalars
from daisy_kernel.engines.recipe import Recipe, read_whole
from daisy_kernel.engines.recorded_step import RecordedStep
from daisy_kernel.engines.recorder import Recorder
from daisy_kernel.engines.run_folder import RunFolder, new_record
from daisy_kernel.engines.run_log import RunLog
from daisy_kernel.engines.step import one_line
from daisy_kernel.engines.variants import RecordedVariant
from daisy_kernel.errors import Cancelled


class WorkflowEngine(ABC):
    """Records what a workflow asks for, plans it and sees to it that it is computed.

    Parameters
    ----------
    store
        Where results are published; default, the store of this process.
    options
        Memory, threads and whether outputs may be overwritten.
    runs
        Folder in which runs are recorded; default, as configured.
    observers
        Are told every event of every run.
    """

    name: ClassVar[str]
    """Under which it is registered; kept in the records of its runs."""

    def __init__(
        self,
        store: DataStore | None = None,
        options: RunOptions | None = None,
        runs: Path | None = None,
        observers: Sequence[Observer] = (),
    ):
        configuration, options = read_configuration(), options or RunOptions()
        self._runs = runs or configuration.run_directory
        self._executor, self._budget = self._workplace(options, configuration)
        self.options = replace(
            options, memory_bytes=self._budget.memory_bytes, threads=self._budget.workers
        )
        self._observers = observers
        self._store = store if store is not None else process_store()
        self._lock = threading.RLock()
        self._log: RunLog | None = None
        self.finalize()

    @abstractmethod
    def _workplace(
        self, options: RunOptions, configuration: Configuration
    ) -> tuple[Executor, Budget]:
        """What computes blocks, and with how much memory."""

    @abstractmethod
    def _get_ready(self, log: RunLog) -> None:
        """A run begins: the last moment to learn how many workers there are."""

    def initialize(self, environment: Mapping[str, Any], algorithms_cfg: Mapping[str, Any]) -> None:
        """Take the algorithms (class names and `init_paras`) and their parameters."""
        self._recorder.configure(environment, algorithms_cfg)

    def algorithm_keys(self) -> list[str]:
        """Names of the configured algorithms."""
        return self._recorder.keys()

    def __getitem__(self, name: str) -> RecordedStep:
        return RecordedStep(self.record, name)

    def finalize(self) -> None:
        """Let go of algorithms and recorded steps; the data store stays."""
        self._graph = Graph(self._store)
        self._recorder = Recorder(self._graph, self.compute, self.log)
        self._script_data = ScriptData(self._graph, self.compute)
        self.data: MutableMapping[str, Any] = self._script_data

    def run(
        self,
        request: RunRequest,
        script: Callable[[], Any],
        *,
        folder: RunFolder | None = None,
    ) -> RunRecord:
        """Execute a script as one run: what it records is planned, computed and committed.

        Parameters
        ----------
        request
            What is being run, for the record.
        script
            Calls ``engine[name].execute(...)``.
        folder
            Folder of a run that is queued already, or of an interrupted one, whose finished blocks
            are used again; default, a new one.

        Raises
        ------
        DaisyError
            Whatever went wrong; outputs are then absent and inputs untouched.
        """
        with self._lock:
            if self._log is not None:  # a workflow inside a workflow records into the same run
                script()
                return self._log.record
            if folder is None:
                record = new_record(request, self.options, self.name)
                folder = RunFolder.create(self._runs, record)
            self._log = RunLog(folder, self._observers)
            self._script_data.is_recording = True
            try:
                return self._run(self._log, request, script)
            finally:
                self._log = None
                self._begin_anew()

    def plan(self, request: RunRequest, script: Callable[[], Any]) -> dict[str, Any]:
        """What a run of this script would do: stages, blocks, memory and disk; runs nothing.

        Raises
        ------
        DaisyError
            Whatever can be known without computing.
        """
        with self._lock, self._recorder.planning_only():
            try:
                script()
                graph, recording = self._graph, self._recorder.recording
                execution = self._execution(graph, RunFolder(self._runs))
                kept = self._kept(request)
                layout = execution.lay_out(recording.saves, set(), kept, recording.picks)
                return summarise(graph, layout, self._budget, recording.saves)
            finally:
                self._begin_anew()

    def variant(self) -> AbstractContextManager[RecordedVariant]:
        """Within it, what was recorded before is not repeated, and saves are only noted."""
        return self._recorder.variant()

    def record(self, name: str, params: Mapping[str, Any]) -> None:
        """Record one step; outside of a run it is a run of its own."""
        if self._log is not None or self._recorder.is_planning:
            self._recorder.record(name, params, self)
            return
        request = RunRequest(name, outputs=None)
        self.run(request, lambda: self._recorder.record(name, params, self))

    def compute(self, version: Version) -> NDArray[Any]:
        """The array of a recorded version, now."""
        return self._compute(self._graph, version)

    def log(self, level: Literal["info", "warning", "error"], message: str) -> None:
        """One line of the run's log."""
        self._emit("log", {"level": level, "message": message})

    def _run(self, log: RunLog, request: RunRequest, script: Callable[[], Any]) -> RunRecord:
        log.enter("running")
        try:
            self._get_ready(log)
            self._execute(log, request, script)
        except BaseException as error:
            log.folder.drop_parts()
            if isinstance(error, KeyboardInterrupt | Cancelled):
                log.enter("cancelled")
            else:
                log.enter("failed", one_line(error), traceback.format_exc())
            raise
        log.enter("done")
        return log.record

    def _execute(self, log: RunLog, request: RunRequest, script: Callable[[], Any]) -> None:
        graph, recording = self._graph, self._recorder.recording
        execution = self._execution(graph, log.folder, resume=log.resumed)
        try:
            script()
            saves, kept = recording.saves, self._kept(request)
            if log.record.document is None:
                log.update(document=self._recorded(request))
            layout = execution.lay_out(saves, set(), kept, recording.picks)
            log.note_origin(origin(graph))
            execution.prepare(saves, layout, overwrite=self.options.overwrite)
            execution.compute(layout, set())
            graph.check_unchanged()
            log.update(values=scalars(graph), outputs=tuple(map(str, execution.outputs.paths)))
            made = provenance(log.record, graph)
            keep_parts = graph.forget_files(log.folder.parts, kept - {v for v, _ in saves})
            found = execution.outputs.commit(made, log.emit)
            if found:
                log.update(values={**log.record.values, **found})
            self._publish(only_files=bool(recording.picks))
        except BaseException:
            execution.outputs.discard()
            raise
        if not keep_parts:
            log.folder.drop_parts()

    def _compute(self, graph: Graph, version: Version) -> NDArray[Any]:
        """The array of a version of this or an earlier graph, now."""
        with graph.lock:
            value = graph.values.get(version)
            if value is not None:
                return read_whole(value)
            if self._log is not None and graph is self._graph:
                return self._computed(graph, version, self._log.folder, resume=self._log.resumed)
            with RunFolder.scratch(self._runs) as folder:
                try:
                    return self._computed(graph, version, folder, resume=False)
                finally:
                    graph.forget_files(folder.parts)

    def _computed(
        self, graph: Graph, version: Version, folder: RunFolder, *, resume: bool
    ) -> NDArray[Any]:
        execution = self._execution(graph, folder, resume=resume)
        execution.compute(execution.lay_out([], {version}, set()), {version})
        return np.asarray(graph.values[version])

    def _begin_anew(self) -> None:
        """What was recorded is over; results are in the data store."""
        self._graph = Graph(self._store)
        self._recorder.begin(self._graph)
        self._script_data.begin(self._graph)

    def _recorded(self, request: RunRequest) -> dict[str, Any]:
        """What the script recorded, as a workflow document."""
        read = ", ".join(sorted(self._script_data.values_read))
        if read:
            self.log(
                "warning",
                f"the script looked at {read}: what it derived from the values is a constant in "
                "the recorded document",
            )
        return self._recorder.recording.as_document(request.workflow, request.outputs or ())

    def _publish(self, *, only_files: bool) -> None:
        """Results under their names in the data store; what nobody computed stays a recipe.

        Of several variants only what lies in files: the objects of the last one would mislead.
        """
        graph = self._graph
        for name, version in graph.current.items():
            if version in graph.borrowed and name_of(version) == name:
                continue
            if only_files and version in graph.producers:
                continue
            value = graph.values.get(version)
            if value is None:
                whole = partial(self._compute, graph, version)
                value = Recipe(graph, version, self._budget, self.log, whole)
            units = graph.units.get(version, NOTHING_KNOWN)
            self._store.put(name, DataObject(value, graph.specs[version].axes, units))

    def _kept(self, request: RunRequest) -> set[Version]:
        """What the run must have at its end even if nothing saves it."""
        if request.outputs is None:
            return {v for v in self._graph.current.values() if v in self._graph.producers}
        return {self._graph.version_of(name) for name in request.outputs}

    def _execution(self, graph: Graph, folder: RunFolder, *, resume: bool = False) -> Execution:
        return Execution(
            graph, self._budget, self._executor, folder, self._emit, self.log, resume=resume
        )

    def _emit(self, kind: Any, data: dict[str, Any]) -> None:
        if self._log is not None:
            self._log.emit(kind, data)
