"""The data store as a loading step, an undeclared step and a script see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.reference import Reference
from daisy_kernel.datastore import DataObject
from daisy_kernel.engines.graph import Graph, Version
from daisy_kernel.errors import UnknownName

Compute = Callable[[Version], NDArray[Any]]


class LoadedData:
    """The data store of a loading algorithm: it can only register."""

    def __init__(self, graph: Graph):
        self._graph = graph

    def data(self) -> LoadedData:
        """The mapping itself."""
        return self

    def __setitem__(self, name: str, value: Any) -> None:
        if not isinstance(value, DataObject):
            value = DataObject(value if isinstance(value, Reference) else np.asarray(value))
        self._graph.add_value(name, value)


class GraphData(MutableMapping[str, Any]):
    """The recorded objects, then those of the data store; reading a name computes it."""

    def __init__(self, graph: Graph, compute: Compute):
        self.graph, self._store, self._compute = graph, graph.store, compute

    def data(self) -> GraphData:
        """The mapping itself."""
        return self

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self._compute(self.graph.version_of(name))

    def __setitem__(self, name: str, value: Any) -> None:
        self.graph.add_value(name, DataObject(np.asarray(value)))

    def __delitem__(self, name: str) -> None:
        if name not in self:
            raise UnknownName("data object", name, self)
        self.graph.current.pop(name, None)
        if name in self._store:
            del self._store[name]

    def __contains__(self, name: object) -> bool:
        return name in self.graph.current or name in self._store

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*self.graph.current, *self._store]))

    def __len__(self) -> int:
        return len(set(self))


class WholeData(GraphData):
    """The data store of an algorithm that declares nothing: whole arrays of its own.

    It may change them in place, as algorithms in the paper's style do: other steps and the data
    store hold other copies.
    """

    def __getitem__(self, name: str) -> NDArray[Any]:
        version = self.graph.version_of(name)
        value = self._compute(version)
        return value.copy() if value is self.graph.values.get(version) else value


class ScriptData(GraphData):
    """The data store as a script sees it."""

    def __init__(self, graph: Graph, compute: Compute):
        super().__init__(graph, compute)
        self.begin(graph)

    def begin(self, graph: Graph) -> None:
        """Start anew on an empty graph."""
        self.graph = graph
        self.values_read: set[str] = set()
        """Names whose values the script looked at, so that constants may depend on them."""
        self.is_recording = False
        """Whether a run is in progress; otherwise what is set goes to the data store at once."""

    def __getitem__(self, name: str) -> NDArray[Any]:
        value = super().__getitem__(name)
        self.values_read.add(name)
        return value

    def __setitem__(self, name: str, value: Any) -> None:
        if self.is_recording:
            super().__setitem__(name, value)
        else:
            self._store.put(name, value)
