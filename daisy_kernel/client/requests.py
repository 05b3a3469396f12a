"""Requests that wait for their replies, and errors that come as replies."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from daisy_kernel import errors
from daisy_kernel.contracts.transport import Buffers
from daisy_kernel.errors import DaisyError

_REPEATABLE = frozenset(
    [
        "kernel.describe", "kernel.events", "objects.list", "objects.describe", "objects.read",
        "objects.refresh", "objects.put", "objects.image", "objects.range", "objects.histogram",
        "objects.profile", "objects.statistics", "algorithms.list", "algorithms.describe",
        "workflows.list", "workflows.describe", "workflow.validate", "workflow.check",
        "workflow.diagnose", "workflow.preview", "documents.open", "files.list", "files.describe",
        "files.preview", "profiles.list", "run.describe", "run.events", "run.log", "runs.list",
    ]
)  # fmt: skip
"""What only asks, or puts what is the same again: performing it twice does no harm."""


@dataclass(eq=False)
class Pending:
    """A request without a reply so far."""

    operation: str
    arguments: dict[str, Any]
    buffers: Buffers = ()
    instance: str | None = None
    """The kernel process that it was sent to first; None: not sent yet."""
    once: str | None = None
    """By which the kernel knows it again when it comes again, and then does not do it again."""
    content: dict[str, Any] | None = None
    """Of the reply."""
    parts: Buffers = ()
    problem: DaisyError | None = None
    """Why there will be no reply."""
    began: float = field(default_factory=time.monotonic)
    ended: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        if self.operation not in _REPEATABLE:
            self.once = secrets.token_hex(16)

    def reply(self, content: dict[str, Any], parts: Buffers) -> None:
        """The reply has come."""
        self.content, self.parts = content, parts
        self.ended.set()

    def fail(self, problem: DaisyError) -> None:
        """No reply will come."""
        self.problem = problem
        self.ended.set()

    def result(self) -> tuple[dict[str, Any], Buffers]:
        """Result and buffers; raises what went wrong here or there."""
        if self.problem is not None:
            raise self.problem
        assert self.content is not None
        if self.content.get("status") != "ok":
            raise as_raised(self.content.get("error", {}))
        return self.content["result"], self.parts


def as_raised(error: dict[str, Any]) -> DaisyError:
    """The error of a reply as it would have been raised here.

    Parameters
    ----------
    error
        "kind" and "message".
    """
    message = str(error.get("message", "The kernel refused without a reason."))
    kind = getattr(errors, str(error.get("kind")), None)
    if not (isinstance(kind, type) and issubclass(kind, DaisyError)):
        return DaisyError(f"{error.get('kind')}: {message}")
    # Past the constructor: what it takes to make up the message has stayed behind.
    raised: DaisyError = kind.__new__(kind, message)
    raised.args = (message,)
    return raised
