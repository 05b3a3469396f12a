"""Recording a workflow again and again in order to look at it: what is the same is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from daisy_kernel.contracts.engine import Engine, Log
from daisy_kernel.contracts.run import RunRecord, RunRequest
from daisy_kernel.datastore import DataStore
from daisy_kernel.engines.configured import configured_algorithm
from daisy_kernel.engines.data_views import ScriptData
from daisy_kernel.engines.graph import Graph, Node, Version, name_of
from daisy_kernel.engines.recorder import Recorder
from daisy_kernel.engines.recording import Recording
from daisy_kernel.errors import DaisyError, FileProblem

_MOST_NODES = 400
"""Of which most belong to parameters that were tried earlier; then everything starts anew."""


@dataclass(frozen=True, eq=False)
class SeenStep:
    """One step of the workflow as it was recorded last."""

    name: str
    algorithm: str
    """Name of its class."""
    node: Node | None
    """None for a step that loads, saves, or does nothing with its parameters."""
    loaded: tuple[Version, ...] = ()
    """What a loading step registered."""
    passed: Version | None = None
    """What goes through a step that does nothing."""


class PreviewRecorder:
    """An engine that only records; equal steps of two recordings have the same versions.

    Parameters
    ----------
    store
        Objects that a workflow may begin with.
    log
        Takes what loading algorithms log.
    """

    data: MutableMapping[str, Any]

    def __init__(self, store: DataStore, log: Log):
        self._store, self._log = store, log
        self._begin()

    def record(self, script: Callable[[Engine], Any]) -> list[SeenStep]:
        """Record a workflow; nothing is computed and nothing saved.

        Raises
        ------
        DaisyError
            Whatever can be known without computing.
        """
        if len(self.graph.nodes) > _MOST_NODES or not self._is_current():
            self._begin()
        self._steps: list[SeenStep] = []
        self._recorder.recording = Recording()
        with self._recorder.variant(), self._recorder.planning_only():
            script(self)
        return self._steps

    def initialize(self, environment: Mapping[str, Any], algorithms_cfg: Mapping[str, Any]) -> None:
        """Take the algorithms (class names and `init_paras`) and their parameters."""
        self._recorder.configure(environment, algorithms_cfg)
        self._classes |= {
            name: configured_algorithm(name, entry, {}) for name, entry in environment.items()
        }

    def __getitem__(self, name: str) -> _PreviewStep:
        return _PreviewStep(self, name)

    def run(self, request: RunRequest, script: Callable[[], Any]) -> RunRecord:
        """A preview is no run."""
        raise DaisyError(f"{request.workflow!r} runs by itself, so it has no preview: run it.")

    def algorithm_keys(self) -> list[str]:
        """Names of the configured algorithms."""
        return self._recorder.keys()

    def finalize(self) -> None:
        """Forget what was recorded."""
        self._begin()

    def note(self, name: str, params: Mapping[str, Any]) -> None:
        """Record one step and remember what it has made."""
        before = dict(self.graph.current)
        self._recorder.record(name, params, self)
        made = [v for n, v in self.graph.current.items() if before.get(n) != v]
        configured = self._classes.get(name) or configured_algorithm(name, {"class_name": name}, {})
        if getattr(configured.algorithm, "is_workflow", False):
            return  # its own steps have been noted
        kind = configured.algorithm.persistence
        node = next((n for v in made if (n := self.graph.producers.get(v)) is not None), None)
        if kind is not None:
            node = None
        elif node is None or node.step != name:  # idle: its input goes on under its output's name
            outputs = [params.get(p) for p in configured.schema.of_kind("output")]
            passed = next((self.graph.current[n] for n in outputs if n in self.graph.current), None)
            self._steps.append(SeenStep(name, configured.class_name, None, (), passed))
            return
        loaded = tuple(made) if kind == "load" else ()
        self._steps.append(SeenStep(name, configured.class_name, node, loaded))

    def _begin(self) -> None:
        self.graph = Graph(self._store)
        self._recorder = Recorder(self.graph, _refuse, self._log)
        self._classes: dict[str, Any] = {}
        self.data = ScriptData(self.graph, _refuse)

    def _is_current(self) -> bool:
        """Whether files and objects are as they were when they were recorded."""
        try:
            self.graph.check_unchanged()
        except FileProblem:
            return False
        return all(
            (name := name_of(version)) in self._store
            and self._store.object(name).value is self.graph.values[version]
            for version in self.graph.borrowed
        )


class _PreviewStep:
    def __init__(self, recorder: PreviewRecorder, name: str):
        self._recorder, self._name = recorder, name

    def execute(self, **params: Any) -> None:
        """Record the step."""
        self._recorder.note(self._name, params)


def _refuse(version: Version) -> NDArray[Any]:
    raise DaisyError(
        f"{name_of(version)!r} would have to be computed as a whole while the workflow is "
        "recorded, which a preview does not do: run the workflow."
    )
