"""The data store: the mapping from names to data objects."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.contracts.reference import Reference
from daisy_kernel.contracts.units import NOTHING_KNOWN, Units
from daisy_kernel.errors import DaisyError, UnknownName


@dataclass(frozen=True)
class DataObject:
    """One entry of the store: an array, or a reference that is read on demand."""

    value: NDArray[Any] | Reference
    axes: tuple[str, ...] | None = None
    units: Units = NOTHING_KNOWN
    """As a file states them; what is computed and not in a file has none."""

    @property
    def spec(self) -> Spec:
        """Shape, type and axes."""
        return Spec(tuple(self.value.shape), np.dtype(self.value.dtype), self.axes)

    @property
    def kind(self) -> str:
        """'array', 'reference' (in a file) or 'recipe' (computed when read)."""
        if isinstance(self.value, np.ndarray):
            return "array"
        return "recipe" if getattr(self.value, "is_recipe", False) else "reference"

    def read(self, selection: tuple[slice, ...] | None = None) -> NDArray[Any]:
        """The selected part as an array; everything when nothing is selected."""
        if isinstance(self.value, np.ndarray):
            return self.value if selection is None else self.value[selection]
        return self.value.read(selection or tuple(slice(0, n) for n in self.value.shape))


Listener = Callable[[str, str], None]
"""Is told ("added", "changed" or "removed", name); must return at once."""


class DataStore(MutableMapping[str, Any]):
    """Names to data objects; ``store[name]`` is always a plain array.

    Registering a name again replaces the older object; whoever holds the older one keeps it.
    Safe to use from several threads.
    """

    def __init__(self) -> None:
        self._objects: dict[str, DataObject] = {}
        self._lock = threading.RLock()
        self.listeners: list[Listener] = []

    def object(self, name: str) -> DataObject:
        """The data object itself, without reading it.

        Raises
        ------
        UnknownName
            If there is no object of this name; lists the nearest ones.
        """
        with self._lock:
            try:
                return self._objects[name]
            except KeyError:
                raise UnknownName("data object", name, self._objects) from None

    def objects(self) -> dict[str, DataObject]:
        """Every object by name, without reading any."""
        with self._lock:
            return dict(self._objects)

    def put(self, name: str, value: Any, axes: tuple[str, ...] | None = None) -> None:
        """Register an array, a number or a reference under a name.

        Raises
        ------
        DaisyError
            If the value is not numerical, or the axes do not fit its shape.
        """
        units = NOTHING_KNOWN
        if isinstance(value, DataObject):
            value, axes, units = value.value, axes or value.axes, value.units
        if not isinstance(value, np.ndarray) and not isinstance(value, Reference):
            value = np.asarray(value)
        require_numbers(name, value.dtype)
        if axes is not None and len(axes) != len(value.shape):
            raise DaisyError(f"{name!r} has shape {tuple(value.shape)} but axes {axes}.")
        with self._lock:
            change = "changed" if name in self._objects else "added"
            self._objects[name] = DataObject(value, axes, units)
        self._tell(change, name)

    def data(self) -> DataStore:
        """The mapping that algorithms use (the paper's ``get("Datastore").data()``)."""
        return self

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.object(name).read()

    def __setitem__(self, name: str, value: Any) -> None:
        self.put(name, value)

    def __delitem__(self, name: str) -> None:
        with self._lock:
            self.object(name)
            del self._objects[name]
        self._tell("removed", name)

    def __contains__(self, name: Any) -> bool:
        return name in self._objects  # a mapping's own way would read the object

    def clear(self) -> None:
        """Forget every object; files stay."""
        for name in self:
            with suppress(UnknownName):
                del self[name]

    def __iter__(self) -> Iterator[str]:
        with self._lock:
            return iter(list(self._objects))

    def __len__(self) -> int:
        return len(self._objects)

    def _tell(self, what: str, name: str) -> None:
        for listener in list(self.listeners):
            listener(what, name)


def require_numbers(name: str, dtype: Any) -> None:
    """Make sure that a data object holds numbers.

    Raises
    ------
    DaisyError
        If it holds text, times or Python objects.
    """
    if np.dtype(dtype).kind not in "biufc":
        raise DaisyError(
            f"Data object {name!r} is of type {dtype}: only numerical arrays can be kept."
        )


@lru_cache(maxsize=1)
def process_store() -> DataStore:
    """The store of this process: a kernel has one, and every workflow in it publishes there."""
    return DataStore()
