"""What a workflow knows of its engine, and an engine of its executor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from typing import Any, Protocol

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
