"""One block of a stage: read, run the steps one after the other, crop."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.contracts.engine import Log
from daisy_kernel.contracts.reference import Reference
from daisy_kernel.engines.graph import Node, Version
from daisy_kernel.engines.planner import Stage, block_spec
from daisy_kernel.engines.step import Scalars, run_step

if TYPE_CHECKING:
    from daisy_kernel.numba_kernels.result_memory import ResultMemory

Values = Mapping[Version, NDArray[Any] | Reference]
BlockResult = dict[Version, Any]
"""Version -> array of the block, or the list of partial values of a reduction."""


def run_block(
    stage: Stage,
    specs: Mapping[Version, Spec],
    values: Values,
    whole: Mapping[Version, NDArray[Any]],
    scalars: Scalars,
    lo: int,
    hi: int,
    log: Log,
) -> BlockResult:
    """Compute the kept outputs of a stage for [lo, hi) of its axis.

    Parameters
    ----------
    stage
        The steps and how their objects are cut.
    specs
        Shapes of whole objects.
    values
        Data that exists; sources are read from it.
    whole
        Sources that are not cut, read once for all blocks.
    scalars
        Values of the objects that parameters refer to.
    lo, hi
        The block; `lo` is a multiple of the stage's step.
    log
        Takes what the algorithms log.
    """
    start, stop = _with_halo(stage, lo, hi)
    inside = slice(lo - start, hi - start)
    local: dict[Version, NDArray[Any]] = dict(whole)
    last_use = {v: i for i, node in enumerate(stage.nodes) for v in node.inputs.values()}
    for version in stage.sources:
        axis = stage.cut[version]
        if axis is not None:
            # What is needed to the end takes no more memory when it is kept for the next block.
            read = _read_again if last_use.get(version) == len(stage.nodes) - 1 else read_along
            local[version] = np.asarray(
                read(values[version], specs[version], axis, start, stop), order="C"
            )
    partial: BlockResult = {}
    for i, node in enumerate(stage.nodes):
        if node.algorithm.combine:
            # Cropped first: a reduction must never count a neighbour's element twice.
            partial |= _partials(stage, node, local, scalars, inside, log)
        else:
            inputs = {p: local[v] for p, v in node.inputs.items()}
            expected = {
                p: block_spec(s, stage.cut[node.outputs[p]], stop - start)
                for p, s in node.output_specs.items()
            }
            results = run_step(node, inputs, expected, scalars, log)
            local |= {node.outputs[p]: array for p, array in results.items()}
            del inputs, results
        for version in (*node.inputs.values(), *node.outputs.values()):
            if last_use.get(version, i) == i and version not in stage.outputs:
                local.pop(version, None)
    cropped = {
        v: along(local[v], specs[v], stage.cut[v], inside) for v in stage.outputs if v in local
    }
    return cropped | {v: p for v, p in partial.items() if v in stage.outputs}


def read_along(
    value: NDArray[Any] | Reference, spec: Spec, axis: str, lo: int, hi: int
) -> NDArray[Any]:
    """[lo, hi) of an object along one of its axes."""
    selection = _selection(spec, axis, lo, hi)
    return value[selection] if isinstance(value, np.ndarray) else value.read(selection)


def _read_again(
    value: NDArray[Any] | Reference, spec: Spec, axis: str, lo: int, hi: int
) -> NDArray[Any]:
    """As `read_along`, where possible into the memory of the thread's last block.

    Fresh pages are zeroed first, which took as long as half of decoding frames into them.
    """
    if not hasattr(value, "read_into"):
        return read_along(value, spec, axis, lo, hi)
    selection = _selection(spec, axis, lo, hi)
    block = _memory().empty_of(spec.resized({axis: hi - lo}).shape, value.dtype)
    value.read_into(selection, block)
    return block


def _selection(spec: Spec, axis: str, lo: int, hi: int) -> tuple[slice, ...]:
    position = (spec.axes or ()).index(axis)
    return tuple(slice(lo, hi) if i == position else slice(0, n) for i, n in enumerate(spec.shape))


@cache
def _memory() -> ResultMemory:
    """Each thread's own; what somebody still holds is never given away."""
    # Only here, since it takes numba half a second to be imported.
    from daisy_kernel.numba_kernels.result_memory import ResultMemory

    return ResultMemory()


def along(array: NDArray[Any], spec: Spec, axis: str | None, part: slice) -> NDArray[Any]:
    """A part of an array along a named axis."""
    if axis is None:
        return array
    position = (spec.axes or ()).index(axis)
    return array[(slice(None),) * position + (part,)]


def _with_halo(stage: Stage, lo: int, hi: int) -> tuple[int, int]:
    """The block with its neighbours, still starting at a multiple of the stage's step."""
    if not stage.halo:
        return lo, hi
    start = max(0, lo - stage.halo) // stage.step * stage.step
    stop = -(-(hi + stage.halo) // stage.step) * stage.step
    return start, min(stop, stage.length)


def _partials(
    stage: Stage,
    node: Node,
    local: Mapping[Version, NDArray[Any]],
    scalars: Scalars,
    inside: slice,
    log: Log,
) -> BlockResult:
    """Partial values in units of the algorithm's own step, so that blocks do not change the sum."""
    results: BlockResult = {version: [] for version in node.outputs.values()}
    for lo in range(inside.start, inside.stop, node.algorithm.step):
        part = slice(lo, min(lo + node.algorithm.step, inside.stop))
        inputs = {
            p: along(local[v], node.input_specs[p], stage.cut[v], part)
            for p, v in node.inputs.items()
        }
        for parameter, value in run_step(node, inputs, node.output_specs, scalars, log).items():
            results[node.outputs[parameter]].append(value)
    return results
