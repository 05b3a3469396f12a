"""A data object that exists only as the steps that make it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.engine import Log
from daisy_kernel.datastore import sliceable
from daisy_kernel.engines.block import along, run_block
from daisy_kernel.engines.graph import Graph, Version, name_of
from daisy_kernel.engines.memory import Budget, blocking
from daisy_kernel.engines.planner import Stage, partition, stage_for
from daisy_kernel.engines.step import known_scalars


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
    log
        Takes what the algorithms log.
    compute
        Gives the whole array at once, with all threads; None: everything is computed in pieces.
    """

    is_recipe = True

    def __init__(
        self,
        graph: Graph,
        version: Version,
        budget: Budget,
        log: Log,
        compute: Callable[[], NDArray[Any]] | None = None,
    ):
        self._graph, self._version, self._budget, self._log = graph, version, budget, log
        self._compute = compute

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths, in storage order."""
        return self._graph.specs[self._version].shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the elements."""
        return self._graph.specs[self._version].dtype

    def read(self, selection: tuple[slice, ...]) -> NDArray[Any]:
        """Compute the selected hyperslab.

        Raises
        ------
        FileProblem
            If a file that the steps read has changed since they were recorded.
        StepFailed
            Whatever goes wrong in a step.
        """
        value = self._graph.values.get(self._version)
        if value is not None:
            return sliceable(value).read(selection)
        bounds = [s.indices(n)[:2] for s, n in zip(selection, self.shape, strict=True)]
        lengths = tuple(max(0, hi - lo) for lo, hi in bounds)
        if 0 in lengths:
            return np.empty(lengths, self.dtype)
        self._graph.check_unchanged()
        found = None if self._compute and lengths == self.shape else self._cheapest(lengths)
        if found is None:
            if self._compute is None:
                raise AssertionError(f"{self._version} was planned to be read in pieces")
            return np.asarray(self._compute()[selection])
        axis, stage = found
        return self._read_along(axis, stage, selection)

    def identity(self) -> dict[str, Any]:
        """The steps and the files that they read."""
        nodes = self._graph.closure([self._version], self._graph.borrowed)
        return {
            "recipe": name_of(self._version),
            "steps": [[n.algorithm.__name__, n.algorithm.version, repr(n.params)] for n in nodes],
            "parts": [dict(identity) for identity in self._graph.identities.values()],
        }

    def dear_axes(self) -> tuple[int, ...]:
        """Dimensions along which the steps cannot be cut; none, if they only run as a whole."""
        axes = self._graph.specs[self._version].axes or ()
        available = set(self._graph.values)
        dear = tuple(
            i
            for i, axis in enumerate(axes)
            if stage_for(self._graph, self._version, axis, available) is None
        )
        return dear if len(dear) < len(axes) else ()

    def __getstate__(self) -> dict[str, Any]:
        """For another process: only the steps behind this object, computed in pieces, unlogged."""
        graph = self._graph.excerpt(self._version)
        return {**vars(self), "_graph": graph, "_log": _unlogged, "_compute": None}

    def _cheapest(self, lengths: tuple[int, ...]) -> tuple[str, Stage] | None:
        """The axis along which the selection takes the smallest share of the object."""
        axes = self._graph.specs[self._version].axes or ()
        shares = {
            axis: length / n for axis, length, n in zip(axes, lengths, self.shape, strict=False)
        }
        for axis in sorted(shares, key=lambda a: shares[a]):
            available = set(self._graph.values)
            stage = stage_for(self._graph, self._version, axis, available)
            if stage is not None:
                return axis, stage
        return None

    def _read_along(self, axis: str, stage: Stage, selection: tuple[slice, ...]) -> NDArray[Any]:
        graph = self._graph
        spec, values = graph.specs[self._version], graph.values
        position = (spec.axes or ()).index(axis)
        lo, hi, _ = selection[position].indices(spec.shape[position])
        start = lo // stage.step * stage.step
        stop = min(-(-hi // stage.step) * stage.step, stage.length)
        one_at_a_time = Budget(self._budget.memory_bytes, 1)
        block = blocking(graph, stage, one_at_a_time).block
        whole = {v: read_whole(values[v]) for v in stage.sources if stage.cut[v] is None}
        known = {v: s for node in stage.nodes for v, s in known_scalars(graph, node).items()}
        rest = tuple(slice(None) if i == position else s for i, s in enumerate(selection))
        pieces = []
        for first, last in partition(stop - start, block):
            a, b = start + first, start + last
            result = run_block(stage, graph.specs, values, whole, known, a, b, self._log)
            inside = slice(max(lo, a) - a, min(hi, b) - a)
            pieces.append(along(result[self._version], spec, axis, inside)[rest].copy())
        return np.concatenate(pieces, position)


def _unlogged(level: Any, message: str) -> None:
    """What is computed elsewhere, and only because another step reads it, is not logged."""


def read_whole(value: Any) -> NDArray[Any]:
    """All of an array or reference."""
    if isinstance(value, np.ndarray):
        return value
    return np.asarray(value.read(tuple(slice(0, n) for n in value.shape)))
