"""What there is to do for one block; the same here and in another process."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.contracts.engine import Log
from daisy_kernel.contracts.reference import Reference
from daisy_kernel.engines.block import BlockResult, Values, run_block
from daisy_kernel.engines.graph import Node, Version
from daisy_kernel.engines.planner import Stage
from daisy_kernel.engines.recipe import read_whole
from daisy_kernel.engines.sinks import FileSink, block_start
from daisy_kernel.engines.step import Scalars, run_step

Files = Mapping[Version, Sequence[FileSink]]


@dataclass(frozen=True)
class Stored:
    """What is told of a block once its files are written."""

    checksums: Mapping[str, int]
    """'version#i' -> crc32 of what the i-th file of an object got."""
    kept: BlockResult
    """What stays in memory: arrays, and partial values of reductions."""


class StageWork:
    """The blocks of a stage.

    Parameters
    ----------
    stage
        The steps and how their objects are cut.
    specs
        Shapes of whole objects.
    values
        Data that exists; sources are read from it.
    scalars
        Values of the objects that parameters refer to.
    files
        Where the outputs are written.
    kept
        Outputs that are handed back.
    """

    def __init__(
        self,
        stage: Stage,
        specs: Mapping[Version, Spec],
        values: Values,
        scalars: Scalars,
        files: Files,
        kept: frozenset[Version],
    ):
        self._stage, self._scalars, self._files, self._kept = stage, scalars, files, kept
        self._specs = {version: specs[version] for version in stage.cut}
        self._values = {version: values[version] for version in stage.sources}
        self._read: dict[Version, NDArray[Any]] | None = None
        self._lock = threading.Lock()

    def compute(self, lo: int, hi: int, log: Log) -> BlockResult:
        """The outputs of [lo, hi)."""
        whole = self._whole()
        return run_block(self._stage, self._specs, self._values, whole, self._scalars, lo, hi, log)

    def store(self, lo: int, hi: int, result: BlockResult) -> Stored:
        """Write the outputs to their places in the files."""
        starts = {v: block_start(self._stage, self._specs, v, lo) for v in self._files}
        return _stored(self._files, self._kept, starts, result)

    def _whole(self) -> Mapping[Version, NDArray[Any]]:
        """Sources that are not cut, read once for all blocks of this process."""
        with self._lock:
            if self._read is None:
                uncut = [v for v in self._stage.sources if self._stage.cut[v] is None]
                self._read = {version: read_whole(self._values[version]) for version in uncut}
            return self._read

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in vars(self).items() if k not in ("_read", "_lock")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _read=None, _lock=threading.Lock())


@dataclass(frozen=True)
class WholeWork:
    """A step that takes its objects whole, as one block."""

    node: Node
    inputs: Mapping[str, NDArray[Any] | Reference]
    """Parameter -> data; what is read lazily can be sliced."""
    scalars: Scalars
    files: Files
    kept: frozenset[Version]

    def compute(self, lo: int, hi: int, log: Log) -> BlockResult:
        """All outputs of the step."""
        inputs = {
            parameter: value if self.node.lazy_axis(parameter) else read_whole(value)
            for parameter, value in self.inputs.items()
        }
        results = run_step(self.node, inputs, self.node.output_specs, self.scalars, log)
        return {self.node.outputs[parameter]: array for parameter, array in results.items()}

    def store(self, lo: int, hi: int, result: BlockResult) -> Stored:
        """Write the outputs to their files."""
        starts = {version: (0,) * result[version].ndim for version in self.files}
        return _stored(self.files, self.kept, starts, result)


def _stored(
    files: Files,
    kept: frozenset[Version],
    starts: Mapping[Version, tuple[int, ...]],
    result: BlockResult,
) -> Stored:
    checksums = {
        f"{version}#{i}": sink.write(starts[version], result[version])
        for version, sinks in files.items()
        for i, sink in enumerate(sinks)
    }
    return Stored(checksums, {v: value for v, value in result.items() if v in kept})
