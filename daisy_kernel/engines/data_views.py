"""The data store as a loading step, an undeclared step and a script see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.datastore import DataStore
from daisy_kernel.engines.graph import Graph, Version

Compute = Callable[[Version], NDArray[Any]]


class LoadedData:
    """The data store of a loading algorithm: it can only register."""

    def __init__(self, graph: Graph):
        self._graph = graph

    def data(self) -> LoadedData:
        """The mapping itself."""
        return self

    def __setitem__(self, name: str, value: Any) -> None:
        self._graph.add_value(name, value if hasattr(value, "read") else np.asarray(value))


class WholeData:
    """The data store of an algorithm that declares nothing: whole arrays, computed when read."""

    def __init__(self, graph: Graph, compute: Compute):
        self._graph, self._compute = graph, compute

    def data(self) -> WholeData:
        """The mapping itself."""
        return self

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self._compute(self._graph.version_of(name))

    def __setitem__(self, name: str, value: Any) -> None:
        self._graph.add_value(name, np.asarray(value))

    def __contains__(self, name: str) -> bool:
        return name in self._graph.current

    def keys(self) -> list[str]:
        """Every name recorded so far."""
        return list(self._graph.current)


class ScriptData(MutableMapping[str, Any]):
    """The data store as a script sees it: reading a name computes it."""

    def __init__(
        self,
        graph: Graph,
        store: DataStore,
        compute: Compute,
        values_read: set[str],
    ):
        self._graph, self._store, self._compute = graph, store, compute
        self._values_read = values_read

    def __getitem__(self, name: str) -> NDArray[Any]:
        self._values_read.add(name)
        return self._compute(self._graph.version_of(name))

    def __setitem__(self, name: str, value: Any) -> None:
        self._graph.add_value(name, np.asarray(value))

    def __delitem__(self, name: str) -> None:
        del self._graph.current[name]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*self._graph.current, *self._store]))

    def __len__(self) -> int:
        return len(set(self))
