"""What a workflow knows of its engine, and an engine of its executor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np

from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.contracts.destination import Destination
from daisy_kernel.contracts.run import RunRecord, RunRequest


class BoundStep(Protocol):
    """One configured algorithm of a workflow."""

    def execute(self, **params: Any) -> Any:
        """Record the step; unknown names, parameters and shapes fail at this line."""
        ...


class Engine(Protocol):
    """Prepares store and algorithms, records what a workflow asks for, runs it."""

    data: MutableMapping[str, Any]
    """The data store as the script sees it; reading a name computes it."""

    def __getitem__(self, name: str) -> BoundStep: ...

    def initialize(self, environment: Mapping[str, Any], algorithms_cfg: Mapping[str, Any]) -> None:
        """Take the algorithms (class names and `init_paras`) and their parameters."""
        ...

    def run(self, request: RunRequest, script: Callable[[], Any]) -> RunRecord:
        """Execute a script as one run: what it records is planned, computed and committed."""
        ...

    def algorithm_keys(self) -> list[str]:
        """Names of the configured algorithms."""
        ...

    def finalize(self) -> None:
        """Let go of algorithms and recorded steps; the data store stays."""
        ...


class Variant(Protocol):
    """One of several recordings of a workflow into the same run."""

    saved: list[tuple[str, Destination]]
    """What the workflow wanted to save, and where; it is not saved."""

    def spec(self, name: str) -> Spec:
        """What is known of a data object of this variant."""
        ...

    def alias(self, name: str, other: str) -> None:
        """Give a data object a second name, under which later variants find it, too."""
        ...

    def gather(
        self, name: str, destination: Destination, shape: tuple[int, ...], dtype: np.dtype[Any]
    ) -> None:
        """Make a dataset that is to hold elements of several objects."""
        ...

    def pick(
        self, name: str, axis: str, indices: Sequence[int], into: str, place: tuple[int, ...]
    ) -> None:
        """Compute only these elements of an object, and put them at a place of a gathered one."""
        ...


@runtime_checkable
class VariantEngine(Engine, Protocol):
    """An engine that records one workflow several times, and computes what is the same once."""

    def variant(self) -> AbstractContextManager[Variant]:
        """Within it, what was recorded before is not repeated, and saves are only noted."""
        ...


Log = Callable[[Literal["info", "warning", "error"], str], None]
"""Takes a line of a run's log."""


class BlockWork(Protocol):
    """What there is to do for the blocks of one stage; may be sent to another process."""

    def compute(self, lo: int, hi: int, log: Log) -> Any:
        """The results of one block."""
        ...

    def store(self, lo: int, hi: int, result: Any) -> Any:
        """Write what goes to files; what is left is small, and told to whoever runs the stage."""
        ...


@dataclass(frozen=True)
class BlockWatch:
    """Who runs a stage, as its executor sees it: all stays in the process of the engine."""

    done: Callable[[int, int, Any], None]
    """Is told of every stored block, by one thread at a time."""
    poll: Callable[[], None]
    """Called several times a second; raises when the run is to stop."""
    log: Log


class Executor(Protocol):
    """Runs the blocks of a stage somewhere."""

    def run_blocks(
        self,
        work: BlockWork,
        blocks: Sequence[tuple[int, int]],
        workers: int,
        watch: BlockWatch,
    ) -> None:
        """Compute and store every block; `watch` hears of each as it is ready.

        The first error stops the rest and is raised; nothing is `done` after that.
        """
        ...
