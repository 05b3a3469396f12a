"""Where the blocks of a stage go: part files of the run, and the files of the user."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.contracts.destination import Target
from daisy_kernel.contracts.reference import Reference
from daisy_kernel.engines.graph import Graph, Version
from daisy_kernel.engines.planner import Stage
from daisy_kernel.engines.provenance import installed_versions
from daisy_kernel.formats import HDF5Dataset, HDF5Target


@dataclass(frozen=True)
class FileSink:
    """A dataset of an output that is being written."""

    target: Target
    dataset: str
    part: Path
    """The name of the output until it is complete."""
    path: Path | None = None
    """Its name at the end; None for what lies between two stages."""

    def write(self, start: tuple[int, ...], block: NDArray[Any]) -> int:
        """Write the block at its offset; its checksum."""
        return self.target.write(self.dataset, start, block)

    def place(self, spec: Spec, axis: int | None) -> dict[str, Any]:
        """Where its blocks are to be found, for the journal; they cut this dimension."""
        return {
            "path": str(self.path or ""),
            "part": str(self.part),
            "dataset": self.dataset,
            "shape": list(spec.shape),
            "dtype": spec.dtype.str,
            "axis": axis,
        }

    def holds(self, start: tuple[int, ...], shape: tuple[int, ...], crc32: int | None) -> bool:
        """Compare what is on the disk with the journalled checksum."""
        return crc32 is not None and self.target.checksum(self.dataset, start, shape) == crc32


@dataclass(frozen=True)
class PlacedSink:
    """Elements of one object, at their place in a larger one."""

    sink: FileSink
    place: tuple[int, ...]
    """Leading indices."""
    axis: int
    """Dimension of the object along which its elements were picked."""
    positions: Mapping[int, int]
    """Index of an element -> where it stands among those that were picked."""

    def write(self, indices: tuple[int, ...], block: NDArray[Any]) -> None:
        """Write the elements with these indices."""
        leading = (1,) * len(self.place)
        for i, index in enumerate(indices):
            element = np.take(block, [i], self.axis)
            start = [0] * block.ndim
            start[self.axis] = self.positions[index]
            self.sink.write((*self.place, *start), element.reshape(leading + element.shape))


def block_start(
    stage: Stage, specs: Mapping[Version, Spec], version: Version, lo: int
) -> tuple[int, ...]:
    """Where a block begins in its object."""
    axes = specs[version].axes or ()
    return tuple(lo if axis == stage.cut[version] else 0 for axis in axes)


def part_file(
    folder: Path, stage: int, version: Version, spec: Spec, *, resume: bool
) -> tuple[FileSink, Reference]:
    """A dataset between two stages: where to write it, and how to read it afterwards."""
    path = folder / f"{stage}-{hashlib.sha256(version.encode()).hexdigest()[:12]}.h5"
    part = path.with_name(f".{path.name}.part")
    target = HDF5Target(path, part)
    target.allocate({"data": spec}, resume=resume)
    return FileSink(target, "data", part), HDF5Dataset(part, "data")


def stage_key(graph: Graph, stage: Stage, block: int, before: str) -> str:
    """Changes whenever the blocks that a stage makes could change.

    Parameters
    ----------
    graph
        Knows the files that are read and the sources of the stage.
    stage
        What is computed.
    block
        How the stage is cut.
    before
        Key of the stage before: whatever changes there changes everything after it.
    """
    content = {
        "before": before,
        "axis": stage.axis,
        "block": block,
        "steps": [
            [n.step, n.algorithm.__name__, n.algorithm.version, _texts(n.params)]
            for n in stage.nodes
        ],
        "sources": graph.identities,
        "arrays": {
            v: zlib.crc32(np.ascontiguousarray(array).data)
            for v in stage.sources
            if isinstance(array := graph.values.get(v), np.ndarray)
        },
        "scalars": [repr(graph.scalar(v)) for n in stage.nodes for v in n.refs.values()],
        "versions": installed_versions(),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def _texts(params: Mapping[str, Any]) -> dict[str, str]:
    return {name: repr(value) for name, value in params.items()}
