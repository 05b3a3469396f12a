"""A data object that exists only as the steps that make it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.engines.block import along, run_block
from daisy_kernel.engines.graph import Graph, Version, name_of
from daisy_kernel.engines.memory import Budget, blocking
from daisy_kernel.engines.planner import Stage, partition, stage_for
from daisy_kernel.engines.step import Log


class Recipe:
    """Looks like an array; reading a slice runs the steps on just what the slice needs.

    Parameters
    ----------
    graph
        Where the steps are recorded.
    version
        Which object.
    budget
        Memory for one read.
    compute
        Gives the whole array; used when no axis allows to compute a part alone.
    log
        Takes what the algorithms log.
    """

    is_recipe = True

    def __init__(
        self,
        graph: Graph,
        version: Version,
        budget: Budget,
        compute: Callable[[Version], NDArray[Any]],
        log: Log,
    ):
        self._graph, self._version, self._budget = graph, version, budget
        self._compute, self._log = compute, log

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths, in storage order."""
        return self._graph.specs[self._version].shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the elements."""
        return self._graph.specs[self._version].dtype

    def read(self, selection: tuple[slice, ...]) -> NDArray[Any]:
        """Compute the selected hyperslab."""
        whole = all(s.indices(n)[:2] == (0, n) for s, n in zip(selection, self.shape, strict=True))
        found = None if whole or self._version in self._graph.values else self._cheapest(selection)
        if found is None:
            return np.asarray(self._compute(self._version)[selection])
        axis, stage = found
        return self._read_along(axis, stage, selection)

    def identity(self) -> dict[str, Any]:
        """A recipe is identified by its run's sources; it has none of its own."""
        return {"recipe": name_of(self._version)}

    def dear_axes(self) -> tuple[int, ...]:
        """None is known."""
        return ()

    def _cheapest(self, selection: tuple[slice, ...]) -> tuple[str, Stage] | None:
        """The axis along which the selection takes the smallest share of the object."""
        axes = self._graph.specs[self._version].axes or ()
        shares = {
            axis: (s.indices(n)[1] - s.indices(n)[0]) / n
            for axis, s, n in zip(axes, selection, self.shape, strict=True)
        }
        for axis in sorted(shares, key=lambda a: shares[a]):
            available = set(self._graph.values)
            stage = stage_for(self._graph, self._version, axis, available)
            if stage is not None:
                return axis, stage
        return None

    def _read_along(self, axis: str, stage: Stage, selection: tuple[slice, ...]) -> NDArray[Any]:
        spec = self._graph.specs[self._version]
        position = (spec.axes or ()).index(axis)
        lo, hi, _ = selection[position].indices(spec.shape[position])
        start = lo // stage.step * stage.step
        stop = min(-(-hi // stage.step) * stage.step, stage.length)
        one_at_a_time = Budget(self._budget.memory_bytes, 1)
        block = blocking(self._graph, stage, one_at_a_time).block
        values = self._graph.values
        whole = {v: read_whole(values[v]) for v in stage.sources if stage.cut[v] is None}
        rest = tuple(slice(None) if i == position else s for i, s in enumerate(selection))
        pieces = []
        for first, last in partition(stop - start, block):
            a, b = start + first, start + last
            result = run_block(stage, self._graph.specs, values, whole, a, b, self._log)
            inside = slice(max(lo, a) - a, min(hi, b) - a)
            pieces.append(along(result[self._version], spec, axis, inside)[rest].copy())
        return np.concatenate(pieces, position)


def read_whole(value: Any) -> NDArray[Any]:
    """All of an array or reference."""
    if isinstance(value, np.ndarray):
        return value
    return np.asarray(value.read(tuple(slice(0, n) for n in value.shape)))
