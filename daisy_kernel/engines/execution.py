"""Executing a plan: every stage's blocks, into memory and files."""

from __future__ import annotations

import shutil
from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.contracts.engine import Executor
from daisy_kernel.contracts.reference import Reference
from daisy_kernel.datastore import sliceable
from daisy_kernel.engines import layout as layouts
from daisy_kernel.engines.block import BlockResult, read_along, run_block
from daisy_kernel.engines.graph import Graph, Node, Version, name_of
from daisy_kernel.engines.layout import LaidStage, LaidWhole, Layout
from daisy_kernel.engines.memory import Budget, human
from daisy_kernel.engines.outputs import Outputs
from daisy_kernel.engines.picked_blocks import PickedBlocks, copy_picked
from daisy_kernel.engines.picked_layout import LaidPicks
from daisy_kernel.engines.planner import Stage, partition, plan
from daisy_kernel.engines.recipe import Recipe, read_whole
from daisy_kernel.engines.recording import Pick, Save, json_value
from daisy_kernel.engines.run_folder import RunFolder
from daisy_kernel.engines.sinks import FileSink, MemorySink, Sink, block_start, part_file, stage_key
from daisy_kernel.engines.step import Log, known_scalars, run_step
from daisy_kernel.engines.threads import ThreadExecutor
from daisy_kernel.errors import Cancelled, DiskFull

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
        self.outputs = Outputs(graph, folder.path.name)
        self._copies: dict[Version, Reference] = {}
        self._values: Mapping[Version, Any] = ChainMap(self._copies, graph.values)
        self._parts: list[FileSink] = []
        self._key = ""
        self._reused = 0

    def lay_out(
        self,
        saves: Iterable[Save],
        read: set[Version],
        kept: set[Version],
        picks: Sequence[Pick] = (),
    ) -> Layout:
        """What will run, in which blocks; checks every memory need."""
        saved = dict(saves)
        items = plan(self.graph, {*saved, *read, *kept})
        return layouts.lay_out(self.graph, items, self.budget, saved, read, picks)

    def prepare(self, saves: Iterable[Save], layout: Layout, *, overwrite: bool) -> None:
        """Create and allocate every output before anything is computed.

        Raises
        ------
        OutputExists, DiskFull, FileProblem, RunConflict
            If an output cannot be had, or what lies between the stages has no room.
        """
        self.outputs.prepare(saves, overwrite=overwrite, resume=self._resume)
        need = sum(layouts.parts_bytes(self.graph, item) for item in layout)
        free = shutil.disk_usage(self._folder.parts).free
        if need > free and not self._resume:
            raise DiskFull(
                f"Objects between the stages need {human(need)} in {self._folder.parts}, whose "
                f"disk has {human(free)}: free space, choose another run directory, or give more "
                "memory."
            )

    def compute(self, layout: Layout, read: set[Version]) -> None:
        """Run the whole layout; afterwards `graph.values` has what was read or kept."""
        self._emit("plan", {"items": layouts.describe(self.graph, layout, self.budget)})
        try:
            for number, item in enumerate(layout):
                if isinstance(item, LaidWhole):
                    self._run_whole(number, len(layout), item)
                elif isinstance(item, LaidPicks):
                    self._run_picks(number, len(layout), item)
                else:
                    self._run_stage(number, len(layout), item)
            for version in read:
                self.graph.values[version] = read_whole(self.graph.values[version])
            for version, sink in self.outputs.unwritten():
                self._copy(version, self.graph.specs[version], sink)
        finally:
            for part in self._parts:
                part.target.discard(keep_part=True)
        if self._reused:
            self._log("info", f"{self._reused} finished blocks were reused")

    def _run_whole(self, number: int, total: int, item: LaidWhole) -> None:
        for i, step in enumerate(item.steps):
            self._progress(number, total, item.title, i, len(item.steps))
            self._run_one_whole(step.node, item.nbytes)
        self._progress(number, total, item.title, len(item.steps), len(item.steps))

    def _run_one_whole(self, node: Node, nbytes: int) -> None:
        graph = self.graph
        inputs: dict[str, NDArray[Any] | Reference] = {}
        for parameter, version in node.inputs.items():
            value = graph.values.get(version)
            if node.lazy_axis(parameter) is None:
                inputs[parameter] = read_whole(value)
            elif value is None:
                left = Budget(self.budget.memory_bytes - nbytes, 1)
                inputs[parameter] = Recipe(graph, version, left, self._log)
            else:
                inputs[parameter] = sliceable(value)
        known = known_scalars(graph, node)

        def compute(lo: int, hi: int) -> dict[str, NDArray[Any]]:
            return run_step(node, inputs, node.output_specs, known, self._log)

        def done(lo: int, hi: int, results: dict[str, NDArray[Any]]) -> None:
            for parameter, array in results.items():
                self._keep(node.outputs[parameter], array)

        # In a thread of its own, so that even a long step can be cancelled.
        ThreadExecutor().run_blocks(compute, [(0, 1)], done, 1, self._stop_if_cancelled)

    def _run_stage(self, number: int, total: int, item: LaidStage) -> None:
        stage, graph = item.stage, self.graph
        for version in item.rechunk:
            self._copy_first(number, version)
        sinks, results = self._sinks(number, item)
        self._key = stage_key(graph, stage, item.blocking.block, self._key)
        blocks = partition(stage.length, item.blocking.block)
        finished = self._finished(stage, sinks) if self._resume else set()
        self._reused += len(finished)
        whole = {v: read_whole(graph.values[v]) for v in stage.sources if stage.cut[v] is None}
        known = {v: s for node in stage.nodes for v, s in known_scalars(graph, node).items()}
        partials: dict[Version, dict[int, list[Any]]] = {v: {} for v in stage.combined}
        n_done = len(finished)

        def compute(lo: int, hi: int) -> BlockResult:
            return run_block(stage, graph.specs, self._values, whole, known, lo, hi, self._log)

        def done(lo: int, hi: int, result: BlockResult) -> None:
            nonlocal n_done
            checksums = {}
            for version, value in result.items():
                if version in partials:
                    partials[version][lo] = value
                    continue
                for i, sink in enumerate(sinks[version]):
                    crc32 = sink.write(block_start(stage, graph, version, lo), value)
                    if crc32 is not None:
                        checksums[f"{version}#{i}"] = crc32
            self._folder.note_block(self._key, lo, hi, checksums)
            n_done += 1
            self._progress(number, total, stage.title, n_done, len(blocks))

        self._progress(number, total, stage.title, n_done, len(blocks))
        todo = [b for b in blocks if b not in finished]
        workers = min(item.blocking.workers, len(todo))
        self._executor.run_blocks(compute, todo, done, workers, self._stop_if_cancelled)
        graph.values.update(results)
        for version, node in stage.combined.items():
            parameter = next(p for p, v in node.outputs.items() if v == version)
            ordered = [part for lo in sorted(partials[version]) for part in partials[version][lo]]
            value = np.asarray(node.algorithm.combine[parameter](ordered))
            self._keep(version, value.astype(graph.specs[version].dtype))

    def _run_picks(self, number: int, total: int, item: LaidPicks) -> None:
        graph, picked = self.graph, item.picked
        sinks = self.outputs.placed(item.picks)
        copy_picked(item.picks, graph.specs, graph.values, sinks, self._stop_if_cancelled)
        if picked is None:
            return
        known = {v: s for node in picked.stage.nodes for v, s in known_scalars(graph, node).items()}
        PickedBlocks(picked, graph.specs, self._values, known, self._log).run(
            self._executor,
            item.workers,
            sinks,
            lambda done, blocks: self._progress(number, total, item.title, done, blocks),
            self._stop_if_cancelled,
        )

    def _keep(self, version: Version, array: NDArray[Any]) -> None:
        self.graph.values[version] = array
        if array.ndim == 0:
            value = json_value(array.item())
            self._emit("value", {"name": name_of(version), "value": value})

    def _sinks(
        self, number: int, item: LaidStage
    ) -> tuple[dict[Version, list[Sink]], dict[Version, Any]]:
        """Where each output goes, and what `graph.values` gets once the stage is done."""
        graph, combined = self.graph, item.stage.combined
        sinks: dict[Version, list[Sink]] = {
            v: [*self.outputs.sinks(v)] for v in item.stage.outputs if v not in combined
        }
        results: dict[Version, Any] = {}
        for version in item.in_memory:
            if version not in combined:
                spec = graph.specs[version]
                results[version] = np.empty(spec.shape, spec.dtype)
                sinks[version].append(MemorySink(results[version]))
        for version in item.in_parts:
            sink, results[version] = part_file(
                self._folder.parts, number, version, graph.specs[version], resume=self._resume
            )
            self._parts.append(sink)
            sinks[version].append(sink)
        return sinks, results

    def _finished(self, stage: Stage, sinks: dict[Version, list[Sink]]) -> set[tuple[int, int]]:
        """Blocks of an earlier process whose bytes are all where its journal says."""
        finished: set[tuple[int, int]] = set()
        if stage.combined:  # partial values are not journalled
            return finished
        for (lo, hi), checksums in self._folder.finished_blocks(self._key).items():
            held = all(
                sink.holds(
                    block_start(stage, self.graph, version, lo),
                    self.graph.specs[version].resized({stage.cut[version] or "": hi - lo}).shape,
                    checksums.get(f"{version}#{i}"),
                )
                for version, of_version in sinks.items()
                for i, sink in enumerate(of_version)
            )
            if held:
                finished.add((lo, hi))
        return finished

    def _copy_first(self, number: int, version: Version) -> None:
        """Lay out anew what is dear to cut as it lies in its file."""
        spec = self.graph.specs[version]
        title = f"{name_of(version)}: copy that can be sliced cheaply"
        self._log("info", title)
        sink, reference = part_file(
            self._folder.parts, number, f"{version} copy", spec, resume=False
        )
        self._parts.append(sink)
        self._copy(version, spec, sink)
        self._copies[version] = reference

    def _copy(self, version: Version, spec: Spec, sink: Sink) -> None:
        """An object that exists already, piece by piece along an axis that is cheap to cut."""
        value = self.graph.values[version]
        if not spec.shape or not spec.nbytes:
            sink.write(tuple(0 for _ in spec.shape), read_whole(value))
            return
        dear = sliceable(value).dear_axes()
        axis = next((i for i in range(len(spec.shape)) if i not in dear), 0)
        piece = max(1, _COPY_BYTES // (spec.nbytes // spec.shape[axis]))
        numbered = Spec(spec.shape, spec.dtype, tuple(map(str, range(len(spec.shape)))))
        for lo, hi in partition(spec.shape[axis], piece):
            self._stop_if_cancelled()
            start = tuple(lo if i == axis else 0 for i in range(len(spec.shape)))
            sink.write(start, read_along(value, numbered, str(axis), lo, hi))

    def _progress(self, number: int, total: int, title: str, done: int, blocks: int) -> None:
        data = {"item": number, "items": total, "title": title, "done": done, "blocks": blocks}
        self._emit("progress", data)

    def _stop_if_cancelled(self) -> None:
        if self._folder.is_cancelled():
            raise Cancelled("The run was cancelled.")
