"""Executing a plan: every stage's blocks, into memory and files, then one commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.contracts.destination import Destination
from daisy_kernel.contracts.engine import Executor
from daisy_kernel.contracts.reference import Reference
from daisy_kernel.datastore import sliceable
from daisy_kernel.engines import layout as layouts
from daisy_kernel.engines.block import read_along, run_block
from daisy_kernel.engines.graph import Graph, Version
from daisy_kernel.engines.layout import LaidStage, LaidWhole, Layout
from daisy_kernel.engines.memory import Budget
from daisy_kernel.engines.planner import Stage, partition, plan
from daisy_kernel.engines.provenance import source_identities
from daisy_kernel.engines.recipe import Recipe, read_whole
from daisy_kernel.engines.run_folder import RunFolder
from daisy_kernel.engines.sinks import (
    FileSink,
    MemorySink,
    OutputFile,
    Sink,
    part_file,
    stage_key,
)
from daisy_kernel.engines.step import Log, run_step
from daisy_kernel.errors import Cancelled
from daisy_kernel.formats import HDF5Dataset, HDF5Target

Emit = Callable[[Any, dict[str, Any]], None]
_COPY_BYTES = 64 << 20


class Execution:
    """Computes what is wanted of a graph.

    Parameters
    ----------
    graph
        What was recorded; results are entered into its `values`.
    budget
        Memory and workers.
    executor
        Runs the blocks.
    folder
        Journal and part files of the run.
    emit
        Takes (kind, data) of every event.
    log
        Takes what the algorithms log.
    resume
        Whether blocks that an earlier process finished are to be reused.
    """

    def __init__(
        self,
        graph: Graph,
        budget: Budget,
        executor: Executor,
        folder: RunFolder,
        emit: Emit,
        log: Log,
        *,
        resume: bool = False,
    ):
        self.graph, self.budget, self._executor = graph, budget, executor
        self._folder, self._emit, self._log, self._resume = folder, emit, log, resume
        self.files: list[OutputFile] = []
        self._parts: list[HDF5Target] = []
        self._written: set[Version] = set()
        self._reused = 0

    def lay_out(
        self, saves: Iterable[tuple[Version, Destination]], read: set[Version], kept: set[Version]
    ) -> Layout:
        """What will run, in which blocks; checks every memory need."""
        saved = {version: destination for version, destination in saves}
        items = plan(self.graph, {*saved, *read, *kept})
        return layouts.lay_out(self.graph, items, self.budget, saved, read)

    def prepare(self, saves: Iterable[tuple[Version, Destination]], *, overwrite: bool) -> None:
        """Create and allocate every output before anything is computed.

        Raises
        ------
        OutputExists, DiskFull, FileProblem, RunConflict
            If an output cannot be had.
        """
        for version, destination in saves:
            file = next((f for f in self.files if f.path == destination.path), None)
            if file is None:
                path = destination.path
                part = path.with_name(f".{path.name}.{self._folder.path.name}.part")
                file = OutputFile(path, HDF5Target(path, part, overwrite=overwrite))
                self.files.append(file)
            file.saves.append((version, destination))
        for file in self.files:
            file.prepare(self.graph, resume=self._resume)

    def compute(self, layout: Layout, read: set[Version]) -> None:
        """Run the whole layout; afterwards `graph.values` has what was read or kept."""
        self._emit("plan", {"items": layouts.describe(self.graph, layout, self.budget)})
        for number, item in enumerate(layout):
            if isinstance(item, LaidWhole):
                self._progress(number, len(layout), item.step.node.step, 0, 1)
                self._run_whole(item)
                self._progress(number, len(layout), item.step.node.step, 1, 1)
            else:
                self._run_stage(number, len(layout), item)
        for version in read:
            self.graph.values[version] = read_whole(self.graph.values[version])
        for file in self.files:
            for version, destination in file.saves:
                if version not in self._written:  # it was there before, or came in one piece
                    sink = FileSink(file.target, destination.dataset)
                    self._copy(version, self.graph.specs[version], sink)
        if self._reused:
            self._log("info", f"{self._reused} finished blocks were reused")

    @property
    def paths(self) -> list[Path]:
        """Files of the user that this run makes."""
        return [file.path for file in self.files]

    def commit(self, finish: Callable[[Any, str], None]) -> None:
        """Rename every output to its name; results that only lie there are read from there."""
        for file in self.files:

            def finish_file(hdf5: Any, saves: Any = tuple(file.saves)) -> None:
                for process in {d.process for _, d in saves}:
                    finish(hdf5, process)

            file.target.commit(finish_file)
            for version, destination in file.saves:
                if version not in self.graph.values:
                    self.graph.values[version] = HDF5Dataset(file.path, destination.dataset)
                self._emit("output", {"path": str(file.path), "dataset": destination.dataset})

        self._close_parts()

    def discard(self) -> None:
        """Remove what was written of outputs that were not committed."""
        for file in self.files:
            file.target.discard()
        self._close_parts()

    def _close_parts(self) -> None:
        for target in self._parts:
            target.discard(keep_part=True)

    def _run_whole(self, item: LaidWhole) -> None:
        node = item.step.node
        inputs: dict[str, NDArray[Any] | Reference] = {}
        for parameter, version in node.inputs.items():
            if node.lazy_axis(parameter) is None:
                inputs[parameter] = read_whole(self.graph.values[version])
            else:
                value = self.graph.values.get(version)
                inputs[parameter] = self._recipe(version) if value is None else sliceable(value)
        results = run_step(node, inputs, node.output_specs, self.graph.values, self._log)
        for parameter, array in results.items():
            self.graph.values[node.outputs[parameter]] = array
            if array.ndim == 0:
                self._emit("value", {"name": node.params[parameter], "value": array.item()})

    def _recipe(self, version: Version) -> Recipe:
        def whole(wanted: Version) -> NDArray[Any]:
            raise AssertionError(f"{wanted} was planned to be read in pieces")

        return Recipe(self.graph, version, self.budget, whole, self._log)

    def _run_stage(self, number: int, total: int, item: LaidStage) -> None:
        stage, graph = item.stage, self.graph
        for version in item.rechunk:
            sink, reference = part_file(
                self._folder.parts, number, f"{version} copy", graph.specs[version], resume=False
            )
            self._parts.append(sink.target)
            self._copy(version, graph.specs[version], sink)
            graph.values[version] = reference
        sinks, results = self._sinks(number, item)
        key = stage_key(graph, stage, source_identities(graph), item.blocking.block, number)
        blocks = partition(stage.length, item.blocking.block)
        finished = self._finished(key, stage, sinks) if self._resume else set()
        self._reused += len(finished)
        whole = {v: read_whole(graph.values[v]) for v in stage.sources if stage.cut[v] is None}
        partials: dict[Version, dict[int, list[Any]]] = {v: {} for v in stage.combined}
        done_count = len(finished)

        def compute(lo: int, hi: int) -> dict[Version, Any]:
            self._stop_if_cancelled()
            return run_block(stage, graph.specs, graph.values, whole, lo, hi, self._log)

        def done(lo: int, hi: int, result: dict[Version, Any]) -> None:
            nonlocal done_count
            checksums = {}
            for version, value in result.items():
                if version in partials:
                    partials[version][lo] = value
                    continue
                for i, sink in enumerate(sinks[version]):
                    crc32 = sink.write(_start(stage, graph, version, lo), value)
                    if crc32 is not None:
                        checksums[f"{version}#{i}"] = crc32
            self._folder.note_block(key, lo, hi, checksums)
            done_count += 1
            self._progress(number, total, stage.title, done_count, len(blocks))

        self._progress(number, total, stage.title, done_count, len(blocks))
        todo = [b for b in blocks if b not in finished]
        self._executor.run_blocks(compute, todo, done, item.blocking.workers)
        graph.values.update(results)
        for version, node in stage.combined.items():
            parameter = next(p for p, v in node.outputs.items() if v == version)
            ordered = [part for lo in sorted(partials[version]) for part in partials[version][lo]]
            value = np.asarray(node.algorithm.combine[parameter](ordered))
            graph.values[version] = value.astype(graph.specs[version].dtype)

    def _sinks(
        self, number: int, item: LaidStage
    ) -> tuple[dict[Version, list[Sink]], dict[Version, Any]]:
        """Where each output goes, and what `graph.values` gets once the stage is done."""
        sinks: dict[Version, list[Sink]] = {v: [] for v in item.stage.outputs}
        results: dict[Version, Any] = {}
        for file in self.files:
            for version, destination in file.saves:
                if version in sinks and version not in item.stage.combined:
                    sinks[version].append(FileSink(file.target, destination.dataset))
                    self._written.add(version)
        for version in item.in_memory:
            if version not in item.stage.combined:
                spec = self.graph.specs[version]
                results[version] = np.empty(spec.shape, spec.dtype)
                sinks[version].append(MemorySink(results[version]))
        for version in item.in_parts:
            sink, results[version] = part_file(
                self._folder.parts, number, version, self.graph.specs[version], resume=self._resume
            )
            self._parts.append(sink.target)
            sinks[version].append(sink)
        return sinks, results

    def _finished(
        self, key: str, stage: Stage, sinks: dict[Version, list[Sink]]
    ) -> set[tuple[int, int]]:
        """Blocks of an earlier process whose bytes are all where its journal says."""
        finished = set()
        for (lo, hi), checksums in self._folder.finished_blocks(key).items():
            held = all(
                sink.holds(
                    _start(stage, self.graph, version, lo),
                    self.graph.specs[version].resized({stage.cut[version] or "": hi - lo}).shape,
                    checksums.get(f"{version}#{i}"),
                )
                for version, of_version in sinks.items()
                for i, sink in enumerate(of_version)
            )
            if held and not stage.combined:
                finished.add((lo, hi))
        return finished

    def _copy(self, version: Version, spec: Spec, sink: Sink) -> None:
        """An object that exists already, piece by piece along its first axis."""
        value = self.graph.values[version]
        if not spec.shape:
            sink.write((), read_whole(value))
            return
        rows = max(1, _COPY_BYTES // max(1, spec.nbytes // max(1, spec.shape[0])))
        named = Spec(spec.shape, spec.dtype, tuple(map(str, range(len(spec.shape)))))
        for lo, hi in partition(spec.shape[0], rows):
            self._stop_if_cancelled()
            start = (lo, *(0 for _ in spec.shape[1:]))
            sink.write(start, read_along(value, named, "0", lo, hi))

    def _progress(self, number: int, total: int, title: str, done: int, blocks: int) -> None:
        data = {"item": number, "items": total, "title": title, "done": done, "blocks": blocks}
        self._emit("progress", data)

    def _stop_if_cancelled(self) -> None:
        if self._folder.is_cancelled():
            raise Cancelled("The run was cancelled.")


def _start(stage: Stage, graph: Graph, version: Version, lo: int) -> tuple[int, ...]:
    """Where a block begins in its object."""
    axes = graph.specs[version].axes or ()
    return tuple(lo if axis == stage.cut[version] else 0 for axis in axes)
