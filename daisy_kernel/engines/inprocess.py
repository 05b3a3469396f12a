"""The engine that a workflow sees: it records, plans and runs in this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.configuration import parse_size, read_configuration
from daisy_kernel.contracts.engine import Executor
from daisy_kernel.contracts.events import Event, Observer
from daisy_kernel.contracts.run import RunOptions, RunRecord, RunRequest
from daisy_kernel.datastore import DataStore, process_store
from daisy_kernel.engines import layout as layouts
from daisy_kernel.engines.execution import Execution
from daisy_kernel.engines.graph import Graph, Version
from daisy_kernel.engines.memory import Budget, default_budget
from daisy_kernel.engines.provenance import (
    check_unchanged,
    provenance,
    scalars,
    source_identities,
)
from daisy_kernel.engines.recipe import Recipe
from daisy_kernel.engines.recorder import Recorder
from daisy_kernel.engines.run_folder import RunFolder, new_record, this_process
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
        memory = options.memory_bytes or (
            parse_size(configuration.memory) if configuration.memory else None
        )
        budget = default_budget(memory, options.threads or configuration.threads)
        self.options = replace(options, memory_bytes=budget.memory_bytes, threads=budget.workers)
        self._budget: Budget = budget
        self._runs = runs or configuration.run_directory
        self._observers = tuple(observers)
        self._executor: Executor = ThreadExecutor()
        self._store = store if store is not None else process_store()
        self._lock = threading.RLock()
        self._run: _OpenRun | None = None
        self.finalize()

    def initialize(
        self, environment: Mapping[str, Any], algorithms_cfg: Mapping[str, Any]
    ) -> None:
        """Take the algorithms (class names and `init_paras`) and their parameters."""
        self._recorder.configure(environment, algorithms_cfg)

    def algorithm_keys(self) -> list[str]:
        """Names of the configured algorithms."""
        return self._recorder.keys()

    def __getitem__(self, name: str) -> _BoundStep:
        return _BoundStep(self, name)

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
            if self._run is not None:  # a workflow inside a workflow records into the same run
                script()
                return self._run.record
            self._run = _OpenRun(self, request, folder)
            try:
                return self._run.go(script)
            finally:
                self._run = None

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
            kept = {self.graph.version_of(name) for name in request.outputs}
            folder = RunFolder(self._runs / "check")
            execution = self._execution(folder, lambda kind, data: None, resume=False)
            laid = execution.lay_out(saves, set(), kept)
            items = layouts.describe(self.graph, laid, self._budget)
            outputs = [
                {
                    "path": str(d.path),
                    "dataset": d.dataset,
                    "shape": list(self.graph.specs[v].shape),
                    "dtype": str(self.graph.specs[v].dtype),
                    "nbytes": self.graph.specs[v].nbytes,
                }
                for v, d in saves
            ]
            return {
                "items": items,
                "outputs": outputs,
                "memory": max((i["memory"] for i in items), default=0),
                "budget": self._budget.memory_bytes,
                "disk": sum(o["nbytes"] for o in outputs) + sum(i.get("parts", 0) for i in items),
            }

    def cancel(self) -> None:
        """Stop the run in progress after the blocks in work; from any thread."""
        run = self._run
        if run is not None:
            run.folder.ask_to_cancel()

    def finalize(self) -> None:
        """Let go of algorithms and recorded steps; the data store stays."""
        self.graph = Graph(self._store)
        self._recorder = Recorder(self.graph, self.compute, self.log)
        self.data: MutableMapping[str, Any] = _ScriptData(self)

    def compute(self, version: Version) -> NDArray[Any]:
        """The array of a recorded version, now."""
        value = self.graph.values.get(version)
        if isinstance(value, np.ndarray):
            return value
        if value is not None:
            return value.read(tuple(slice(0, n) for n in value.shape))
        with self._lock:
            folder = self._run.folder if self._run else RunFolder(self._runs / "reading")
            execution = self._execution(folder, self._emit, resume=False)
            layout = execution.lay_out([], {version}, set())
            execution.compute(layout, {version})
            return np.asarray(self.graph.values[version])

    def log(self, level: Literal["info", "warning", "error"], message: str) -> None:
        """One line of the run's log."""
        self._emit("log", {"level": level, "message": message})

    def recipe(self, version: Version) -> Recipe:
        """A recorded version as an object that is computed when read."""
        return Recipe(self.graph, version, self._budget, self.compute, self.log)

    def _execution(
        self, folder: RunFolder, emit: Callable[[Any, dict[str, Any]], None], *, resume: bool
    ) -> Execution:
        return Execution(
            self.graph, self._budget, self._executor, folder, emit, self.log, resume=resume
        )

    def _emit(self, kind: Any, data: dict[str, Any]) -> None:
        if self._run is not None:
            self._run.emit(kind, data)

    def record(self, name: str, params: Mapping[str, Any]) -> None:
        """Record one step; outside of a run it is a run of its own."""
        if self._run is not None or self._recorder.is_planning:
            self._recorder.record(name, params, self)
            return
        before = dict(self.graph.current)

        def alone() -> None:
            self._recorder.record(name, params, self)
            made = {n for n, v in self.graph.current.items() if before.get(n) != v}
            run = self._run
            assert run is not None  # noqa: S101 - `run` has just opened it
            run.request = replace(run.request, outputs=tuple(sorted(made)))

        self.run(RunRequest(name), alone)


class _BoundStep:
    """``engine[name]``: one configured algorithm."""

    def __init__(self, engine: InProcessEngine, name: str):
        self._engine, self._name = engine, name

    def execute(self, **params: Any) -> bool:
        """Record the step; unknown names, parameters and shapes fail at this line."""
        self._engine.record(self._name, params)
        return True


class _ScriptData(MutableMapping[str, Any]):
    """The data store as a script sees it: reading a name computes it."""

    def __init__(self, engine: InProcessEngine):
        self._engine = engine

    def __getitem__(self, name: str) -> NDArray[Any]:
        graph = self._engine.graph
        self._engine._recorder.recording.values_read.add(name)  # noqa: SLF001
        return self._engine.compute(graph.version_of(name))

    def __setitem__(self, name: str, value: Any) -> None:
        self._engine.graph.add_value(name, np.asarray(value))

    def __delitem__(self, name: str) -> None:
        del self._engine.graph.current[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._engine.graph.current, **dict.fromkeys(self._engine._store)})  # noqa: SLF001

    def __len__(self) -> int:
        return len(set(self))


class _OpenRun:
    """The run in progress: its record, its events, its end."""

    def __init__(self, engine: InProcessEngine, request: RunRequest, folder: RunFolder | None):
        self._engine, self.request = engine, request
        pid, started = this_process()
        if folder is None:
            record = new_record(request, engine.options)
            folder = RunFolder.create(engine._runs, record)  # noqa: SLF001
        else:
            record = folder.read()
        self.folder = folder
        self.record = replace(record, pid=pid, pid_started=started, error="")
        self._resume = folder.has_journal
        self._lock = threading.Lock()
        self._count = len(self.folder.events())

    def go(self, script: Callable[[], Any]) -> RunRecord:
        engine = self._engine
        self._enter("running")
        execution = engine._execution(self.folder, self.emit, resume=self._resume)  # noqa: SLF001
        try:
            script()
            recording = engine._recorder.recording  # noqa: SLF001
            saves, recording.saves = recording.saves, []
            if self.record.document is None:
                self.record = replace(self.record, document=self._recorded(recording))
                self.folder.write(self.record)
            graph = engine.graph
            kept = {graph.version_of(name) for name in self.request.outputs}
            layout = execution.lay_out(saves, set(), kept)
            before = source_identities(graph)
            execution.prepare(saves, overwrite=engine.options.overwrite)
            execution.compute(layout, set())
            check_unchanged(graph, before)
            self.record = replace(
                self.record,
                values=scalars(graph),
                outputs=tuple(str(f.path) for f in execution.files),
            )
            made = provenance(self.record, graph, before)
            execution.commit(
                lambda file, destination: write_provenance(
                    file, made, process=destination.process
                )
            )
            self._publish()
        except (KeyboardInterrupt, Cancelled):
            execution.discard()
            self._enter("cancelled")
            raise
        except BaseException as error:
            execution.discard()
            line = str(error) if isinstance(error, DaisyError) else f"{type(error).__name__}: {error}"
            self._enter("failed", error=line)
            raise
        self._enter("done")
        return self.record

    def emit(self, kind: Any, data: dict[str, Any]) -> None:
        """Number an event, write it down and tell the observers."""
        with self._lock:
            event = Event(self.record.id, self._count, time.time(), kind, data)
            self._count += 1
            self.folder.append(event)
            for observer in self._engine._observers:  # noqa: SLF001
                observer(event)

    def _enter(self, state: Any, error: str = "") -> None:
        finished = None if state == "running" else time.time()
        self.record = replace(self.record, state=state, finished=finished, error=error)
        self.folder.write(self.record)
        self.emit("state", {"state": state, **({"error": error} if error else {})})

    def _recorded(self, recording: Any) -> dict[str, Any]:
        if recording.values_read:
            names = ", ".join(sorted(recording.values_read))
            self.emit(
                "log",
                {
                    "level": "warning",
                    "message": f"the script looked at {names}: what it derived from the values is "
                    "a constant in the recorded document",
                },
            )
        return {
            "daisy": 1,
            "name": self.request.workflow,
            "inputs": {},
            "algorithms": recording.algorithms,
            "steps": recording.steps,
            "outputs": list(self.request.outputs),
        }

    def _publish(self) -> None:
        """Results under their names in the data store; what nobody computed stays a recipe."""
        engine = self._engine
        kept_parts = False
        for name, version in engine.graph.current.items():
            value = engine.graph.values.get(version)
            if value is None:
                value = engine.recipe(version)
            identity = "" if isinstance(value, np.ndarray) else str(value.identity().get("file"))
            kept_parts |= identity.startswith(str(self.folder.parts))
            if version not in engine.graph.borrowed:
                engine._store.put(name, value, engine.graph.specs[version].axes)  # noqa: SLF001
        if not kept_parts:
            self.folder.drop_parts()
