"""What a workflow has recorded: steps, and the versions of the data objects between them."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.algorithm import Algorithm
from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.contracts.reference import Reference
from daisy_kernel.datastore import DataStore
from daisy_kernel.errors import AxesClash, UnknownName
from daisy_kernel.registry import Schema

Version = str
"""A name and the number of its registration: 'x@0', then 'x@1' once 'x' is registered again."""


@dataclass(frozen=True, eq=False)
class Node:
    """One recorded step."""

    step: str
    """Name of the configured algorithm in the workflow."""
    algorithm: type[Algorithm]
    schema: Schema
    params: Mapping[str, Any]
    """All parameters: names of data objects as written, values parsed."""
    inputs: Mapping[str, Version]
    """Parameter -> the version that it reads."""
    outputs: Mapping[str, Version]
    """Parameter -> the version that it makes."""
    refs: Mapping[str, Version]
    """Parameter -> the scalar version whose value it takes."""
    input_specs: Mapping[str, Spec]
    output_specs: Mapping[str, Spec]
    where: str
    """The line that recorded it."""

    def lazy_axis(self, parameter: str) -> str | None:
        """Axis along which the step reads this input piece by piece, if it does."""
        return self.schema.parameters[parameter].lazy


class Graph:
    """Single-assignment record of a workflow: newer names never disturb older readers."""

    def __init__(self, store: DataStore):
        self._store = store
        self.nodes: list[Node] = []
        self.specs: dict[Version, Spec] = {}
        self.values: dict[Version, NDArray[Any] | Reference] = {}
        self.producers: dict[Version, Node] = {}
        self.current: dict[str, Version] = {}
        self.borrowed: set[Version] = set()
        """Objects that were in the data store already."""

    def version_of(self, name: str) -> Version:
        """The newest version of a name; objects of the data store are found too.

        Raises
        ------
        UnknownName
            If no step made it and the store does not hold it.
        """
        if name not in self.current:
            if name not in self._store:
                raise UnknownName("data object", name, {*self.current, *self._store})
            held = self._store.object(name)
            self.borrowed.add(self.add_value(name, held.value, held.axes))
        return self.current[name]

    def add_value(
        self, name: str, value: NDArray[Any] | Reference, axes: tuple[str, ...] | None = None
    ) -> Version:
        """Register data that exists already."""
        spec = Spec(tuple(value.shape), np.dtype(value.dtype), axes)
        version = self.new_version(name, spec)
        self.values[version] = value
        return version

    def add_node(self, node: Node) -> None:
        """Register a recorded step; its outputs become the newest versions of their names."""
        self.nodes.append(node)
        for version in node.outputs.values():
            self.producers[version] = node

    def new_version(self, name: str, spec: Spec) -> Version:
        """A fresh version of a name, from now on the newest one."""
        older = self.current.get(name)
        number = 0 if older is None else int(older.rsplit("@", 1)[1]) + 1
        version = f"{name}@{number}"
        self.current[name] = version
        self.specs[version] = spec
        return version

    def consume(self, version: Version, axes: tuple[str, ...], step: str, parameter: str) -> Spec:
        """The object as a consumer names its axes; a loaded object takes the names for good.

        Raises
        ------
        AxesClash
            If the number of dimensions or the names differ.
        """
        spec, name = self.specs[version], name_of(version)
        if not axes:
            return spec
        if len(axes) != len(spec.shape):
            raise AxesClash(
                f"Step {step!r}: {parameter}={name!r} has shape {spec.shape}, but "
                f"({', '.join(axes)}) is expected: pass an object with {len(axes)} dimensions."
            )
        if spec.axes is None:
            spec = self.specs[version] = Spec(spec.shape, spec.dtype, axes)
        elif spec.axes != axes:
            raise AxesClash(
                f"Step {step!r}: {parameter}={name!r} has axes ({', '.join(spec.axes)}), but "
                f"({', '.join(axes)}) is expected: check the order of the steps."
            )
        return spec

    def closure(self, versions: Iterable[Version], available: Container[Version]) -> list[Node]:
        """Steps that must run before these versions exist, in recorded order.

        Nothing behind the `available` versions is looked at.
        """
        wanted, seen = list(versions), set[int]()
        while wanted:
            version = wanted.pop()
            node = self.producers.get(version)
            if version in available or node is None or id(node) in seen:
                continue
            seen.add(id(node))
            wanted += [*node.inputs.values(), *node.refs.values()]
        return [n for n in self.nodes if id(n) in seen]


def name_of(version: Version) -> str:
    """The name that the script gave."""
    return version.rsplit("@", 1)[0]
