"""What can go wrong, said so that the reader knows what to do next.

Every message has three parts: what was met, what was expected or exists, what to do.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class DaisyError(Exception):
    """An error that Daisy explains in one line; everything else is a defect of Daisy."""


class UnknownName(DaisyError, KeyError):
    """A name that nobody has registered; the message lists the nearest ones."""

    def __init__(self, kind: str, name: str, known: Iterable[str]):
        self.kind, self.name, self.known = kind, name, sorted(known)
        super().__init__(self._message())

    def _message(self) -> str:
        nearest = difflib.get_close_matches(self.name, self.known, n=3, cutoff=0.5)
        hint = f" Did you mean {' or '.join(map(repr, nearest))}?" if nearest else ""
        listed = ", ".join(self.known[:12]) + (", ..." if len(self.known) > 12 else "")
        return f"No {self.kind} is called {self.name!r}.{hint} Known: {listed or 'none'}."

    def __reduce__(self) -> tuple[type[UnknownName], tuple[str, str, list[str]]]:
        return type(self), (self.kind, self.name, self.known)  # so that it crosses processes

    def __str__(self) -> str:  # KeyError would show the message in quotes
        return str(self.args[0])


class InvalidParameter(DaisyError, ValueError):
    """A parameter of an algorithm or workflow that its schema refuses."""


class InvalidDocument(DaisyError, ValueError):
    """A workflow document that cannot be read or does not hold together."""


class AxesClash(DaisyError, ValueError):
    """A data object whose shape or named axes do not fit the step that uses it."""


class FileProblem(DaisyError, OSError):
    """A file that cannot be read, recognised or written."""


class OutOfReach(DaisyError, PermissionError):
    """A file outside the folders that a caller from outside may use."""


class OutputExists(FileProblem):
    """The output is already there and nobody asked to overwrite it."""


class DiskFull(FileProblem):
    """The output does not fit on its disk; noticed before anything was computed."""


class OutOfBudget(DaisyError, MemoryError):
    """A step that needs more memory than the budget allows."""


class MissingLibrary(DaisyError, ImportError):
    """An optional library that a step needs and that is not installed."""


class StepFailed(DaisyError):
    """A step of a workflow that failed on its data; names the step, the line and the shapes."""


class Cancelled(DaisyError):
    """The run was cancelled on request."""


class RunConflict(DaisyError):
    """Two runs that want the same output, or a run that is in the wrong state."""


class ConnectionLost(DaisyError, ConnectionError):
    """A kernel elsewhere that cannot be reached, or no longer."""


class AccessRefused(DaisyError, PermissionError):
    """A token or key that a server or kernel does not accept for what was asked."""
