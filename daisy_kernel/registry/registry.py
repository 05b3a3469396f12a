"""Names to plug-ins: a dictionary, filled late from entry points and from notebooks."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Generic, TypeVar

from daisy_kernel.errors import DaisyError, UnknownName
from daisy_kernel.registry.schema import check_algorithm

T = TypeVar("T")


class Registry(Generic[T]):
    """What is installed under one entry-point group, plus what a notebook added.

    A plug-in is imported when it is first asked for. One that cannot be imported is named in a
    warning and left out of listings; asking for it by name raises with the reason.

    Parameters
    ----------
    kind
        What the plug-ins are, for messages.
    group
        Entry-point group.
    check
        Raises a `DaisyError` for a plug-in that cannot be used.
    """

    def __init__(self, kind: str, group: str, check: Callable[[Any], None] | None = None):
        self.kind, self.group, self._check = kind, group, check
        self._added: dict[str, T] = {}
        self._lock = threading.RLock()
        self._entry_points: dict[str, EntryPoint] | None = None

    def add(self, name: str, plugin: T) -> None:
        """Register under a name; a later one of the same name replaces it, as in a notebook."""
        with self._lock:
            self._added[name] = plugin

    def names(self) -> list[str]:
        """Every registered name, whether or not its plug-in can be imported."""
        with self._lock:
            return sorted({*self._installed(), *self._added})

    def get(self, name: str) -> T:
        """The plug-in of this name.

        Raises
        ------
        UnknownName
            If nobody registered the name; lists the nearest ones.
        DaisyError
            If the plug-in cannot be imported or used; carries the reason.
        """
        with self._lock:
            if name in self._added:
                return self._added[name]
            entry_point = self._installed().get(name)
        if entry_point is None:
            raise UnknownName(self.kind, name, self.names())
        # Outside of the lock: the module may register something itself, in another thread.
        try:
            plugin: T = entry_point.load()
            if self._check is not None:
                self._check(plugin)
        except Exception as error:
            reason = str(error).rstrip(".") or type(error).__name__
            raise DaisyError(
                f"The {self.kind} {name!r} ({entry_point.value}) cannot be used: {reason}. "
                "Mend or uninstall its package."
            ) from error
        with self._lock:
            return self._added.setdefault(name, plugin)

    def all(self) -> dict[str, T]:
        """Every plug-in that can be used; a broken one is named in a warning."""
        plugins = {}
        for name in self.names():
            try:
                plugins[name] = self.get(name)
            except DaisyError as error:
                warnings.warn(str(error), stacklevel=2)
        return plugins

    def _installed(self) -> dict[str, EntryPoint]:
        if self._entry_points is None:
            self._entry_points = {e.name: e for e in entry_points(group=self.group)}
        return self._entry_points


algorithms: Registry[Any] = Registry("algorithm", "daisy.algorithms", check_algorithm)
"""Algorithm classes by class name."""
engines: Registry[Any] = Registry("workflow engine", "daisy.engines")
"""Engine factories by the names that a workflow asks for."""
workflows: Registry[Any] = Registry("workflow", "daisy.workflows")
"""Functions that return a predefined workflow document."""
views: Registry[Any] = Registry("view", "daisy.views")
"""Functions of a session and a name that make a widget; see `daisy_kernel.jupyter.view_door`."""
