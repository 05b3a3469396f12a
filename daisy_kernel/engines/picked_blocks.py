"""Computing a few elements of an axis: sources are read once, shared steps run once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.contracts.engine import BlockWatch, Executor, Log
from daisy_kernel.contracts.reference import Reference
from daisy_kernel.datastore import sliceable
from daisy_kernel.engines.block import BlockResult, Values, along, read_along
from daisy_kernel.engines.graph import Node, Version
from daisy_kernel.engines.picks import Group, PickStage, Range, Window, joint_key, node_range
from daisy_kernel.engines.planner import block_spec, partition
from daisy_kernel.engines.recipe import read_whole
from daisy_kernel.engines.recording import Pick
from daisy_kernel.engines.sinks import PlacedSink
from daisy_kernel.engines.step import Scalars, resolved_params, run_step

_READ_BYTES = 64 << 20
_CHUNKS = 64
"""Chunks of a file have a length that divides this, as a rule."""

Local = dict[Version, tuple[int, NDArray[Any]]]
"""Version -> index of its first element along the cut axis, array."""


@dataclass
class _Base:
    """What all groups of a window need."""

    local: Local = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    is_ready: bool = False
    left: int = 0
    """Groups that have not run yet."""


class PickedBlocks:
    """The blocks of a `PickStage`: every group for every window.

    Parameters
    ----------
    picked
        What to compute.
    specs
        Shapes of whole objects.
    values
        Data that exists; sources are read from it.
    scalars
        Values of the objects that parameters refer to.
    sinks
        Where the picked elements of every object go.
    """

    def __init__(
        self,
        picked: PickStage,
        specs: Mapping[Version, Spec],
        values: Values,
        scalars: Scalars,
        sinks: Mapping[Version, list[PlacedSink]],
    ):
        self._picked, self._specs, self._values = picked, specs, values
        self._scalars, self._sinks = scalars, sinks
        self._bases = [_Base(left=len(picked.groups)) for _ in picked.windows]

    def __len__(self) -> int:
        return len(self._picked.windows) * len(self._picked.groups)

    def run(
        self,
        executor: Executor,
        workers: int,
        progress: Callable[[int, int], None],
        poll: Callable[[], None],
        log: Log,
    ) -> None:
        """Compute everything.

        Parameters
        ----------
        executor
            Runs the blocks in this process, so many `workers` at once.
        progress
            Is told how many blocks of how many are done.
        poll
            Raises when the run is to stop.
        log
            Takes what the algorithms log.
        """
        count = len(self)
        n_done = 0

        def done(number: int, _: int, stored: None) -> None:
            nonlocal n_done
            n_done += 1
            progress(n_done, count)

        progress(0, count)
        self.read(poll)
        numbers = [(i, i + 1) for i in range(count)]
        executor.run_blocks(self, numbers, min(workers, count), BlockWatch(done, poll, log))

    def read(self, poll: Callable[[], None]) -> None:
        """Read what all windows need of every source, in one pass.

        Parameters
        ----------
        poll
            Called between two reads; raises when the run is to stop.
        """
        stage = self._picked.stage
        for version in stage.sources:
            poll()
            axis, value = stage.cut[version], self._values[version]
            if axis is None:
                whole = read_whole(value)
                for base in self._bases:
                    base.local[version] = 0, whole
                continue
            ranges = [window.ranges[version] for window in self._picked.windows]
            arrays = _read_ranges(value, self._specs[version], axis, ranges, poll)
            for base, (lo, _), array in zip(self._bases, ranges, arrays, strict=True):
                base.local[version] = lo, array

    def place(self, number: int) -> tuple[Window, Group]:
        """What a block is; blocks of a window follow each other."""
        window, group = divmod(number, len(self._picked.groups))
        return self._picked.windows[window], self._picked.groups[group]

    def compute(self, number: int, _: int, log: Log) -> BlockResult:
        """The picked elements of a group's outputs, in the order of the window."""
        window, group = self.place(number)
        base = self._bases[number // len(self._picked.groups)]
        with base.lock:
            if not base.is_ready:
                self._run(self._picked.shared, base.local, window, log)
                base.is_ready = True
            local = dict(base.local)
            base.left -= 1
            if not base.left:
                base.local = {}
        self._run(group.nodes, local, window, log)
        results: BlockResult = {}
        for version in group.outputs:
            start, array = local[version]
            axis = self._picked.stage.cut[version]
            position = (self._specs[version].axes or ()).index(axis or "")
            results[version] = np.take(array, [i - start for i in window.indices], position)
        return results

    def store(self, number: int, _: int, result: BlockResult) -> None:
        """Write the elements to their places."""
        window, _group = self.place(number)
        for version, array in result.items():
            for sink in self._sinks[version]:
                sink.write(window.indices, array)

    def _run(self, nodes: tuple[Node, ...], local: Local, window: Window, log: Log) -> None:
        stage = self._picked.stage
        keys = [joint_key(stage, node) for node in nodes]
        done: set[int] = set()
        for node, key in zip(nodes, keys, strict=True):
            if id(node) in done:
                continue
            alike = [n for n, k in zip(nodes, keys, strict=True) if key is not None and k == key]
            where = node_range(stage, node, window.ranges, (window.lo, window.hi))
            if len(alike) > 1 and all(self._value(n, key[0]) is not None for n in alike):
                results = self._run_joint(alike, key[0], local, where, log)
                done.update(map(id, alike))
            else:
                inputs = self._inputs(node, local, where)
                results = run_step(node, inputs, self._expected(node, where), self._scalars, log)
                results = {node.outputs[p]: array for p, array in results.items()}
            local.update({version: (where[0], array) for version, array in results.items()})

    def _run_joint(
        self, nodes: list[Node], parameter: str, local: Local, where: Range, log: Log
    ) -> dict[Version, NDArray[Any]]:
        """Steps that differ in one parameter, as one step on the same data several times over."""
        first, length = nodes[0], where[1] - where[0]
        cut, source = self._picked.stage.cut, first.algorithm.per_element[parameter]
        inputs: dict[str, NDArray[Any]] = {}
        for name, array in self._inputs(first, local, where).items():
            axis = cut[first.inputs[name]]
            position = None if axis is None else (first.input_specs[name].axes or ()).index(axis)
            inputs[name] = (
                array if position is None else np.concatenate([array] * len(nodes), axis=position)
            )
        inputs[source] = np.repeat([float(self._value(n, parameter)) for n in nodes], length)
        joint = replace(
            first,
            params={**first.params, parameter: None, source: f"{parameter} of every element"},
            inputs={**first.inputs, source: source},
            refs={p: v for p, v in first.refs.items() if p != parameter},
        )
        count = len(nodes) * length
        expected = {
            p: block_spec(s, cut[first.outputs[p]], count) for p, s in first.output_specs.items()
        }
        made = run_step(joint, inputs, expected, self._scalars, log)
        return {
            n.outputs[p]: along(
                array, n.output_specs[p], cut[n.outputs[p]], slice(i * length, (i + 1) * length)
            )
            for i, n in enumerate(nodes)
            for p, array in made.items()
        }

    def _value(self, node: Node, parameter: str) -> Any:
        return resolved_params(node.params, node.refs, node.schema, self._scalars)[parameter]

    def _inputs(self, node: Node, local: Local, where: Range) -> dict[str, NDArray[Any]]:
        inputs = {}
        for parameter, version in node.inputs.items():
            start, array = local[version]
            axis = self._picked.stage.cut[version]
            part = slice(where[0] - start, where[1] - start)
            inputs[parameter] = along(array, node.input_specs[parameter], axis, part)
        return inputs

    def _expected(self, node: Node, where: Range) -> dict[str, Spec]:
        cut = self._picked.stage.cut
        return {
            p: block_spec(s, cut[node.outputs[p]], where[1] - where[0])
            for p, s in node.output_specs.items()
        }


def copy_picked(
    picks: Iterable[Pick],
    specs: Mapping[Version, Spec],
    values: Values,
    sinks: Mapping[Version, list[PlacedSink]],
    poll: Callable[[], None],
) -> None:
    """Pick from objects that had to be computed as a whole."""
    for version, pick in {p.version: p for p in picks if p.version in values}.items():
        for i in pick.indices:
            poll()
            element = read_along(values[version], specs[version], pick.axis, i, i + 1)
            for sink in sinks[version]:
                sink.write((i,), element)


def _read_ranges(
    value: NDArray[Any] | Reference,
    spec: Spec,
    axis: str,
    ranges: list[Range],
    poll: Callable[[], None],
) -> list[NDArray[Any]]:
    """Several ranges of one axis, without reading any part of the file twice."""
    axes = spec.axes or ()
    position = axes.index(axis)
    dear = sliceable(value).dear_axes()
    cheap = next((i for i in range(len(axes)) if i != position and i not in dear), None)
    if len(ranges) == 1 or position not in dear or cheap is None:
        parts = []
        for lo, hi in ranges:
            poll()
            parts.append(np.asarray(read_along(value, spec, axis, lo, hi), order="C"))
        return parts
    # The chunks of the file span the axis: each is read once, and what is wanted cut out of it.
    lo, hi = ranges[0][0], ranges[-1][1]
    made = [np.empty(spec.resized({axis: b - a}).shape, spec.dtype) for a, b in ranges]
    of_one = spec.resized({axis: hi - lo, axes[cheap]: 1}).nbytes
    source = sliceable(value)
    pieces = max(1, _READ_BYTES // max(1, of_one))
    pieces = pieces // _CHUNKS * _CHUNKS or pieces  # so that a piece does not end within a chunk
    for first, last in partition(spec.shape[cheap], pieces):
        poll()
        selection = [slice(0, n) for n in spec.shape]
        selection[position], selection[cheap] = slice(lo, hi), slice(first, last)
        piece = source.read(tuple(selection))
        for array, (a, b) in zip(made, ranges, strict=True):
            place: list[slice] = [slice(None)] * len(axes)
            place[cheap] = slice(first, last)
            array[tuple(place)] = along(piece, spec, axis, slice(a - lo, b - lo))
    return made
