"""The engine that a workflow sees: it records, plans and runs in this process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.configuration import parse_size, read_configuration
from daisy_kernel.contracts.engine import Executor
from daisy_kernel.contracts.events import Observer
from daisy_kernel.contracts.run import RunOptions, RunRecord, RunRequest
from daisy_kernel.datastore import DataStore, process_store
from daisy_kernel.engines import layout as layouts
from daisy_kernel.engines.data_views import ScriptData
from daisy_kernel.engines.execution import Execution
from daisy_kernel.engines.graph import Graph, Version
from daisy_kernel.engines.memory import default_budget
from daisy_kernel.engines.provenance import (
    check_unchanged,
    provenance,
    scalars,
    source_identities,
)
from daisy_kernel.engines.recipe import Recipe
from daisy_kernel.engines.recorder import Recorder
from daisy_kernel.engines.run_folder import RunFolder, new_record
from daisy_kernel.engines.run_log import RunLog
from daisy_kernel.engines.threads import ThreadExecutor
from daisy_kernel.errors import Cancelled, DaisyError
from daisy_kernel.formats import write_provenance


class InProcessEngine:
    """Records what a workflow asks for and runs it here, in a pool of threads.

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

    def __init__(
        self,
        store: DataStore | None = None,
        options: RunOptions | None = None,
        runs: Path | None = None,
        observers: Sequence[Observer] = (),
    ):
        configuration = read_configuration()
        options = options or RunOptions()
        memory = options.memory_bytes
        if memory is None and configuration.memory is not None:
            memory = parse_size(configuration.memory)
        self._budget = default_budget(memory, options.threads or configuration.threads)
        self.options = replace(
            options, memory_bytes=self._budget.memory_bytes, threads=self._budget.workers
        )
        self._runs = runs or configuration.run_directory
        self._observers = tuple(observers)
        self._executor: Executor = ThreadExecutor()
        self._store = store if store is not None else process_store()
        self._lock = threading.RLock()
        self._log: RunLog | None = None
        self.finalize()

    def initialize(self, environment: Mapping[str, Any], algorithms_cfg: Mapping[str, Any]) -> None:
        """Take the algorithms (class names and `init_paras`) and their parameters."""
        self._recorder.configure(environment, algorithms_cfg)

    def algorithm_keys(self) -> list[str]:
        """Names of the configured algorithms."""
        return self._recorder.keys()

    def __getitem__(self, name: str) -> _BoundStep:
        return _BoundStep(self, name)

    def finalize(self) -> None:
        """Let go of algorithms and recorded steps; the data store stays."""
        self._graph = Graph(self._store)
        self._recorder = Recorder(self._graph, self.compute, self.log)
        self.data: MutableMapping[str, Any] = ScriptData(
            self._graph, self._store, self.compute, self._recorder.recording.values_read
        )

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
                folder = RunFolder.create(self._runs, new_record(request, self.options))
            self._log = RunLog(folder, self._observers)
            try:
                return self._run(self._log, request, script)
            finally:
                self._log = None

    def plan(self, request: RunRequest, script: Callable[[], Any]) -> dict[str, Any]:
        """What a run of this script would do: stages, blocks, memory and disk; runs nothing.

        Raises
        ------
        DaisyError
            Whatever can be known without computing.
        """
        with self._lock, self._recorder.planning_only():
            script()
            saves = self._recorder.recording.saves
            execution = self._execution(RunFolder(self._runs), lambda kind, data: None)
            laid = execution.lay_out(saves, set(), self._kept(request))
            items = layouts.describe(self._graph, laid, self._budget)
            outputs: list[dict[str, Any]] = [
                {
                    "path": str(destination.path),
                    "dataset": destination.dataset,
                    "shape": list(self._graph.specs[version].shape),
                    "dtype": str(self._graph.specs[version].dtype),
                    "nbytes": self._graph.specs[version].nbytes,
                }
                for version, destination in saves
            ]
            return {
                "items": items,
                "outputs": outputs,
                "memory": max((i["memory"] for i in items), default=0),
                "budget": self._budget.memory_bytes,
                "disk": sum(o["nbytes"] for o in outputs) + sum(i.get("parts", 0) for i in items),
            }

    def record(self, name: str, params: Mapping[str, Any]) -> None:
        """Record one step; outside of a run it is a run of its own."""
        if self._log is not None or self._recorder.is_planning:
            self._recorder.record(name, params, self)
            return
        self._recorder.recording.steps.clear()
        request = RunRequest(name, outputs=None)
        self.run(request, lambda: self._recorder.record(name, params, self))

    def compute(self, version: Version) -> NDArray[Any]:
        """The array of a recorded version, now."""
        value = self._graph.values.get(version)
        if isinstance(value, np.ndarray):
            return value
        if value is not None:
            return value.read(tuple(slice(0, n) for n in value.shape))
        with self._lock:
            folder = self._log.folder if self._log else RunFolder(self._runs / "reading")
            execution = self._execution(folder, self._emit)
            execution.compute(execution.lay_out([], {version}, set()), {version})
            return np.asarray(self._graph.values[version])

    def log(self, level: Literal["info", "warning", "error"], message: str) -> None:
        """One line of the run's log."""
        self._emit("log", {"level": level, "message": message})

    def _run(self, log: RunLog, request: RunRequest, script: Callable[[], Any]) -> RunRecord:
        log.enter("running")
        graph, recording = self._graph, self._recorder.recording
        execution = self._execution(log.folder, log.emit, resume=log.resumed)
        try:
            script()
            saves, recording.saves = recording.saves, []
            if log.record.document is None:
                log.update(document=self._recorded(request, log))
            layout = execution.lay_out(saves, set(), self._kept(request))
            before = source_identities(graph)
            execution.prepare(saves, overwrite=self.options.overwrite)
            execution.compute(layout, set())
            check_unchanged(graph, before)
            log.update(values=scalars(graph), outputs=tuple(map(str, execution.paths)))
            made = provenance(log.record, graph, before)
            execution.commit(lambda file, process: write_provenance(file, made, process=process))
            self._publish(log.folder)
        except BaseException as error:
            execution.discard()
            if isinstance(error, KeyboardInterrupt | Cancelled):
                log.enter("cancelled")
            else:
                known = isinstance(error, DaisyError)
                log.enter("failed", str(error) if known else f"{type(error).__name__}: {error}")
            raise
        log.enter("done")
        return log.record

    def _recorded(self, request: RunRequest, log: RunLog) -> dict[str, Any]:
        """What the script recorded, as a workflow document."""
        recording = self._recorder.recording
        if recording.values_read:
            names = ", ".join(sorted(recording.values_read))
            self.log(
                "warning",
                f"the script looked at {names}: what it derived from the values is a constant in "
                "the recorded document",
            )
        return {
            "daisy": 1,
            "name": request.workflow,
            "algorithms": recording.algorithms,
            "steps": recording.steps,
            "outputs": list(request.outputs or ()),
        }

    def _publish(self, folder: RunFolder) -> None:
        """Results under their names in the data store; what nobody computed stays a recipe."""
        kept_parts = False
        for name, version in self._graph.current.items():
            if version in self._graph.borrowed:
                continue
            value = self._graph.values.get(version)
            if value is None:
                value = Recipe(self._graph, version, self._budget, self.compute, self.log)
            elif not isinstance(value, np.ndarray):
                kept_parts |= str(value.identity().get("file", "")).startswith(str(folder.parts))
            self._store.put(name, value, self._graph.specs[version].axes)
        if not kept_parts:
            folder.drop_parts()

    def _kept(self, request: RunRequest) -> set[Version]:
        """What the run must have at its end even if nothing saves it."""
        if request.outputs is None:
            return {v for v in self._graph.current.values() if v in self._graph.producers}
        return {self._graph.version_of(name) for name in request.outputs}

    def _execution(
        self,
        folder: RunFolder,
        emit: Callable[[Any, dict[str, Any]], None],
        *,
        resume: bool = False,
    ) -> Execution:
        return Execution(
            self._graph, self._budget, self._executor, folder, emit, self.log, resume=resume
        )

    def _emit(self, kind: Any, data: dict[str, Any]) -> None:
        if self._log is not None:
            self._log.emit(kind, data)


class _BoundStep:
    """``engine[name]``: one configured algorithm."""

    def __init__(self, engine: InProcessEngine, name: str):
        self._engine, self._name = engine, name

    def execute(self, **params: Any) -> bool:
        """Record the step; unknown names, parameters and shapes fail at this line."""
        self._engine.record(self._name, params)
        return True
