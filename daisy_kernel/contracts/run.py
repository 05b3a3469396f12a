"""A run: one execution of a workflow, and what is kept of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from daisy_kernel.contracts.events import RunState


@dataclass(frozen=True)
class RunOptions:
    """How to run, as opposed to what."""

    memory_bytes: int | None = None
    """Budget for arrays [bytes]; None: 60 % of what the machine or container allows."""
    threads: int | None = None
    """Blocks computed at once; None: one per core."""
    overwrite: bool = False
    """Whether existing outputs may be replaced."""


@dataclass(frozen=True)
class RunRequest:
    """What to run."""

    workflow: str
    """Name of the workflow."""
    document: dict[str, Any] | None = None
    """The workflow as a document; None for a script, which is recorded into one."""
    inputs: dict[str, Any] = field(default_factory=dict)
    """Values for the document's inputs."""
    outputs: tuple[str, ...] | None = ()
    """Names of data objects to have at the end even if nothing saves them; None: all."""


@dataclass(frozen=True)
class RunRecord:
    """What is known of a run, kept on disk as JSON."""

    id: str
    workflow: str
    """Name of the workflow."""
    state: RunState
    created: float
    """Seconds since 1970-01-01 UTC."""
    document: dict[str, Any] | None = None
    """The workflow as a document; None while a script is still recording."""
    inputs: dict[str, Any] = field(default_factory=dict)
    """Values given for the document's inputs."""
    options: RunOptions = field(default_factory=RunOptions)
    engine: str = "inprocess"
    """Name of the engine that runs it."""
    pid: int = 0
    """Process that runs it."""
    pid_started: float = 0.0
    """When that process started, because pids come again."""
    finished: float | None = None
    outputs: tuple[str, ...] = ()
    """Files written."""
    values: dict[str, Any] = field(default_factory=dict)
    """Scalars that the run computed, such as the rotation centre."""
    error: str = ""
    """One line, when the run failed."""
