"""What happens during a run, as values that can be kept, sent and replayed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

RunState = Literal["queued", "running", "done", "failed", "cancelled", "interrupted"]
FINAL_STATES: tuple[RunState, ...] = ("done", "failed", "cancelled", "interrupted")


@dataclass(frozen=True)
class Event:
    """One thing that happened in a run, or to a data object."""

    run: str
    """Id of the run; empty for a data object."""
    n: int
    """Number of the event within the run, from 0, without gaps."""
    time: float
    """Seconds since 1970-01-01 UTC."""
    kind: Literal["state", "plan", "progress", "log", "value", "output", "object"]
    """What `data` holds."""
    data: dict[str, Any]
    """JSON values only."""


@dataclass(frozen=True)
class KernelEvent(Event):
    """An event as a kernel tells it to everybody."""

    kernel_n: int
    """Number of the event among all of this kernel process, from 0, without gaps."""


Observer = Callable[[Event], None]
"""Is told every event of a run, in order; must return at once."""
