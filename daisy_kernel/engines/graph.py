"""What a workflow has recorded: steps, and the versions of the data objects between them."""

from __future__ import annotations

import threading
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.algorithm import Algorithm
from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.contracts.reference import Reference
from daisy_kernel.contracts.units import Units
from daisy_kernel.datastore import DataObject, DataStore, require_numbers
from daisy_kernel.errors import AxesClash, DaisyError, FileProblem, UnknownName
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
    """As the step names the axes; without axes where it takes the object whole."""
    output_specs: Mapping[str, Spec]
    where: str
    """The line that recorded it."""

    def lazy_axis(self, parameter: str) -> str | None:
        """Axis along which the step reads this input piece by piece, if it does."""
        return self.schema.parameters[parameter].lazy


class Graph:
    """Single-assignment record of a workflow: newer names never disturb older readers."""

    def __init__(self, store: DataStore):
        self.store = store
        self._counts: dict[str, int] = {}
        self.nodes: list[Node] = []
        self.specs: dict[Version, Spec] = {}
        self.values: dict[Version, NDArray[Any] | Reference] = {}
        self.producers: dict[Version, Node] = {}
        self.identities: dict[Version, dict[str, Any]] = {}
        """Of everything that lies in files: what it was when it was registered."""
        self.units: dict[Version, Units] = {}
        """Of what lies in files, as far as they state them."""
        self.current: dict[str, Version] = {}
        self.borrowed: set[Version] = set()
        """Objects that were in the data store already."""
        self.lock = threading.RLock()
        """Held while something is computed from recipes over this graph."""

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in vars(self).items() if k not in ("lock", "store")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, lock=threading.RLock(), store=DataStore())

    def version_of(self, name: str) -> Version:
        """The newest version of a name; objects of the data store are found too.

        Raises
        ------
        UnknownName
            If no step made it and the store does not hold it.
        """
        if name not in self.current:
            if name not in self.store:
                raise UnknownName("data object", name, {*self.current, *self.store})
            held = self.store.object(name)
            self.borrowed.add(self.add_value(name, held))
        return self.current[name]

    def add_value(self, name: str, held: DataObject) -> Version:
        """Register data that exists already.

        Raises
        ------
        DaisyError
            If it holds anything but numbers.
        """
        require_numbers(name, held.value.dtype)
        version = self.new_version(name, held.spec)
        self.values[version], self.units[version] = held.value, held.units
        if isinstance(held.value, Reference):
            self.identities[version] = held.value.identity()
        return version

    def add_node(self, node: Node) -> None:
        """Register a recorded step; its outputs become the newest versions of their names."""
        self.name_axes(node)
        self.nodes.append(node)
        for version in node.outputs.values():
            self.producers[version] = node

    def stand_in(self, node: Node) -> bool:
        """Let the first input of a step stand for its output, if they have one shape and type."""
        (output,), source = node.outputs.values(), next(iter(node.inputs.values()))
        given, made = next(iter(node.input_specs.values())), self.specs[output]
        if given != made:
            return False
        self.name_axes(node)
        self.current[name_of(output)] = source
        del self.specs[output]
        return True

    def name_axes(self, node: Node) -> None:
        """Objects that had no axes yet keep those by which their first consumer calls them."""
        for parameter, version in node.inputs.items():
            named = node.input_specs[parameter]
            if self.specs[version].axes is None and named.axes is not None:
                self.specs[version] = named

    def new_version(self, name: str, spec: Spec) -> Version:
        """A fresh version of a name, from now on the newest one."""
        number = self._counts.get(name, 0)
        self._counts[name] = number + 1
        version = f"{name}@{number}"
        self.current[name] = version
        self.specs[version] = spec
        return version

    def as_consumed(
        self, version: Version, axes: tuple[str, ...], step: str, parameter: str
    ) -> Spec:
        """The object as a consumer names its axes; without axes where it takes it whole.

        Raises
        ------
        AxesClash
            If the number of dimensions or the names differ.
        """
        spec, name = self.specs[version], name_of(version)
        if not axes:
            return Spec(spec.shape, spec.dtype)
        if len(axes) != len(spec.shape):
            raise AxesClash(
                f"Step {step!r}: {parameter}={name!r} has shape {spec.shape}, but "
                f"({', '.join(axes)}) is expected: pass an object with {len(axes)} dimensions."
            )
        if spec.axes not in (None, axes):
            raise AxesClash(
                f"Step {step!r}: {parameter}={name!r} has axes ({', '.join(spec.axes or ())}), but "
                f"({', '.join(axes)}) is expected: check the order of the steps."
            )
        return Spec(spec.shape, spec.dtype, axes)

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

    def scalar(self, version: Version) -> Any:
        """The number that a scalar data object holds.

        Raises
        ------
        DaisyError
            If it is not a single number.
        """
        value = self.values[version]
        if tuple(value.shape):
            raise DaisyError(
                f"{name_of(version)!r} has shape {tuple(value.shape)}: a parameter can only refer "
                "to a single number."
            )
        return (value if isinstance(value, np.ndarray) else value.read(())).item()

    def check_unchanged(self) -> None:
        """Make sure that every file is as it was when it was registered.

        Raises
        ------
        FileProblem
            If one is not; names it.
        """
        for version, before in self.identities.items():
            value = self.values[version]
            if isinstance(value, Reference) and value.identity() != before:
                raise FileProblem(
                    f"{before.get('file', name_of(version))} changed while it was being read, so "
                    "the result was discarded: run again when the file is complete."
                )

    def excerpt(self, version: Version) -> Graph:
        """Only what a version is made of, for another process."""
        nodes = self.closure([version], self.values)
        read = {v for n in nodes for v in (*n.inputs.values(), *n.refs.values())} | {version}
        graph = Graph(DataStore())
        graph.nodes = nodes
        graph.producers = {v: node for node in nodes for v in node.outputs.values()}
        graph.specs = {v: self.specs[v] for v in read | set(graph.producers)}
        graph.values = {v: self.values[v] for v in read if v in self.values}
        graph.identities = {v: i for v, i in self.identities.items() if v in graph.values}
        return graph

    def forget_files(self, folder: Path, keep: Container[Version] = ()) -> bool:
        """Let go of what lies in files below a folder, except for some versions.

        Returns
        -------
        kept
            Whether something that lies there was kept.
        """
        kept = False
        for version, value in list(self.values.items()):
            if not isinstance(value, Reference) or version not in self.producers:
                continue
            if not str(value.identity().get("file", "")).startswith(f"{folder}/"):
                continue
            if version in keep:
                kept = True
            else:
                del self.values[version]
        return kept


def name_of(version: Version) -> str:
    """The name that the script gave."""
    return version.rsplit("@", 1)[0]
