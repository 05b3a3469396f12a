"""What a workflow knows of its engine, and an engine of its executor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, runtime_checkable

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


class Executor(Protocol):
    """Runs the blocks of a stage somewhere."""

    def run_blocks(
        self,
        compute: Callable[[int, int], Any],
        blocks: Iterable[tuple[int, int]],
        done: Callable[[int, int, Any], None],
        workers: int,
        poll: Callable[[], None],
    ) -> None:
        """Call `compute(lo, hi)` for every block and `done(lo, hi, result)` as each is ready.

        `done` is called in one thread at a time, `poll` several times a second; it raises when the
        run is to stop. The first error stops the rest and is raised; nothing is `done` after that.
        """
        ...
