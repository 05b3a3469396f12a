"""A workflow as a Python class, as in Fig. 3B of the paper."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from daisy_kernel import registry
from daisy_kernel.contracts.algorithm import Algorithm
from daisy_kernel.contracts.engine import Engine
from daisy_kernel.contracts.run import RunOptions, RunRecord, RunRequest
from daisy_kernel.errors import DaisyError

Class = TypeVar("Class", bound=type)


class PyWorkflow(Algorithm):
    """A sequence of algorithms and sub-workflows; it is an algorithm itself, so workflows nest.

    A subclass writes `execute`, which calls ``self.engine["name"].execute(...)`` for its steps.
    Called from outside, `execute` is one run: steps are checked where they are written, planned
    together, computed block by block, and all saves are committed at the end.
    """

    is_workflow: ClassVar[bool] = True
    workflow_environment: ClassVar[Mapping[str, Any]] = {}
    """Algorithms of a workflow that is used as a step of another one."""
    algorithms_cfg: ClassVar[Mapping[str, Any]] = {}

    engine: Engine

    def __init__(self, name: str):
        super().__init__(name)
        self._recording = False
        self.run: RunRecord | None = None
        """Record of the latest run."""

    def __init_subclass__(cls, **options: Any):
        super().__init_subclass__(**options)
        if "execute" in cls.__dict__:
            cls.execute = _as_run(cls.__dict__["execute"])  # type: ignore[attr-defined]

    def initialize(
        self,
        workflow_engine: str = "pyworkflowEngine",
        workflow_environment: Mapping[str, Any] | None = None,
        algorithms_cfg: Mapping[str, Any] | None = None,
        options: RunOptions | None = None,
    ) -> bool:
        """Choose the engine and configure the algorithms.

        Parameters
        ----------
        workflow_engine
            Name of a registered engine.
        workflow_environment
            Algorithm name -> {'class_name': ..., 'init_paras': {...}}.
        algorithms_cfg
            Algorithm name -> parameters; they win over `init_paras`.
        options
            Memory, threads, and whether existing outputs may be replaced, as they must be where a
            cell of a notebook is run again.

        Raises
        ------
        UnknownName
            For an engine, class or parameter that does not exist.
        """
        self.engine = registry.engines.get(workflow_engine)(options=options)
        self.engine.initialize(
            self.workflow_environment if workflow_environment is None else workflow_environment,
            self.algorithms_cfg if algorithms_cfg is None else algorithms_cfg,
        )
        return True

    def data_keys(self) -> list[str]:
        """Names of all data objects."""
        return list(self._prepared().data)

    def algorithm_keys(self) -> list[str]:
        """Names of the configured algorithms."""
        return self._prepared().algorithm_keys()

    def finalize(self) -> bool:
        """Let go of the algorithms; the data objects stay in the store."""
        self._prepared().finalize()
        return True

    def record_into(self, engine: Engine, params: Mapping[str, Any]) -> None:
        """Record the steps as part of another workflow."""
        self.engine = engine
        engine.initialize(self.workflow_environment, self.algorithms_cfg)
        self._recording = True
        try:
            self.execute(**params)  # type: ignore[attr-defined]
        finally:
            self._recording = False

    def _prepared(self) -> Engine:
        if not hasattr(self, "engine"):
            raise DaisyError(f"Workflow {self.name!r} has no engine yet: call initialize first.")
        return self.engine


def singleton(workflow: Class) -> Class:
    """Class decorator: every call gives the same instance, as the paper's ``Daisy.Singleton``."""
    made: dict[type, Any] = {}
    make = workflow.__init__  # type: ignore[misc]

    def __new__(cls: type, *args: Any, **options: Any) -> Any:
        return made[cls] if cls in made else object.__new__(cls)

    def __init__(self: Any, *args: Any, **options: Any) -> None:
        if type(self) not in made:  # Python calls it for the one instance each time
            make(self, *args, **options)
            made[type(self)] = self

    workflow.__new__ = __new__  # type: ignore[method-assign, assignment]
    workflow.__init__ = __init__  # type: ignore[misc]
    return workflow


def _as_run(execute: Any) -> Any:
    @functools.wraps(execute)
    def run(self: PyWorkflow, *args: Any, **params: Any) -> Any:
        if self._recording:
            return execute(self, *args, **params)
        engine = self._prepared()
        request = RunRequest(self.name)
        self.run = engine.run(request, lambda: execute(self, *args, **params))
        return True

    return run
