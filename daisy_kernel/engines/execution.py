"""Executing a plan: every stage's blocks, into memory and files."""

from __future__ import annotations

import shutil
from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.engine import BlockWatch, BlockWork, Executor, Log
from daisy_kernel.contracts.reference import Reference
from daisy_kernel.datastore import sliceable
from daisy_kernel.engines import layout as layouts
from daisy_kernel.engines.block import along
from daisy_kernel.engines.block_work import StageWork, Stored, WholeWork
from daisy_kernel.engines.copy_object import copy_object
from daisy_kernel.engines.graph import Graph, Node, Version, name_of
from daisy_kernel.engines.journal_places import note_copy, note_places
from daisy_kernel.engines.layout import LaidStage, LaidWhole, Layout
from daisy_kernel.engines.memory import Budget, human
from daisy_kernel.engines.outputs import Outputs
from daisy_kernel.engines.picked_blocks import PickedBlocks, copy_picked
from daisy_kernel.engines.picked_layout import LaidPicks
from daisy_kernel.engines.planner import Stage, partition, plan
from daisy_kernel.engines.recipe import Recipe, read_whole
from daisy_kernel.engines.recording import Pick, Save, json_value
from daisy_kernel.engines.run_folder import RunFolder
from daisy_kernel.engines.sinks import FileSink, block_start, part_file, stage_key
from daisy_kernel.engines.step import known_scalars
from daisy_kernel.engines.threads import ThreadExecutor
from daisy_kernel.errors import Cancelled, DiskFull

Emit = Callable[[Any, dict[str, Any]], None]


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
                value, spec = self.graph.values[version], self.graph.specs[version]
                copied = copy_object(value, spec, sink, self._stop_if_cancelled)
                note_copy(self._folder.journal, f"{version}#0", sink, spec, *copied)
        finally:
            for part in self._parts:
                part.target.discard(keep_part=True)
        if self._reused:
            self._log("info", f"{self._reused} finished blocks were reused")

    def _run_whole(self, number: int, total: int, item: LaidWhole) -> None:
        for version in item.copied:
            self._copy_first(number, version)
        for i, step in enumerate(item.steps):
            self._progress(number, total, item.title, i, len(item.steps))
            self._run_one_whole(number, step.node, item)
        self._progress(number, total, item.title, len(item.steps), len(item.steps))

    def _run_one_whole(self, number: int, node: Node, item: LaidWhole) -> None:
        graph, values = self.graph, self._values
        inputs: dict[str, NDArray[Any] | Reference] = {}
        for parameter, version in node.inputs.items():
            value = values.get(version)
            if value is None:
                left = Budget(self.budget.memory_bytes - item.nbytes, 1)
                value = Recipe(graph, version, left, self._log)
            inputs[parameter] = value if node.lazy_axis(parameter) is None else sliceable(value)
        files: dict[Version, list[FileSink]] = {}
        made = node.outputs.values()
        in_parts = {v: self._part(number, v, files) for v in made if v in item.in_parts}
        for version in made:
            files.setdefault(version, [])[:0] = self.outputs.sinks(version)
        kept = frozenset(v for v in made if self.budget.carries(graph.specs[v].nbytes))
        work = WholeWork(node, inputs, known_scalars(graph, node), files, kept)

        key = f"whole {number} {node.step}"
        note_places(self._folder.journal, key, files, graph.specs, dict.fromkeys(files))

        def done(lo: int, hi: int, stored: Stored) -> None:
            for version, array in stored.kept.items():
                self._keep(version, array)
            self._folder.journal.note_block(key, lo, hi, stored.checksums)

        self._run(work, [(0, 1)], 1, done)
        graph.values.update(in_parts)

    def _run_stage(self, number: int, total: int, item: LaidStage) -> None:
        stage, graph = item.stage, self.graph
        for version in item.copied:
            self._copy_first(number, version)
        combined = stage.combined
        files = {v: [*self.outputs.sinks(v)] for v in stage.outputs if v not in combined}
        results: dict[Version, Any] = {v: self._part(number, v, files) for v in item.in_parts}
        arrays = {
            v: np.empty(graph.specs[v].shape, graph.specs[v].dtype)
            for v in item.in_memory
            if v not in combined
        }
        self._key = stage_key(graph, stage, item.blocking.block, self._key)
        note_places(self._folder.journal, self._key, files, graph.specs, stage.cut)
        blocks = partition(stage.length, item.blocking.block)
        kept = frozenset([*combined, *arrays])
        # Partial values are not journalled, and nothing in memory outlives a process.
        again = self._resume and not kept
        finished = self._finished(stage, files) if again else set[tuple[int, int]]()
        self._reused += len(finished)
        known = {v: s for node in stage.nodes for v, s in known_scalars(graph, node).items()}
        work = StageWork(stage, graph.specs, self._values, known, files, kept)
        partials: dict[Version, dict[int, list[Any]]] = {v: {} for v in combined}
        n_done = len(finished)

        def done(lo: int, hi: int, stored: Stored) -> None:
            nonlocal n_done
            for version, value in stored.kept.items():
                if version in partials:
                    partials[version][lo] = value
                else:
                    place = along(
                        arrays[version], graph.specs[version], stage.cut[version], slice(lo, hi)
                    )
                    place[...] = value
            self._folder.journal.note_block(self._key, lo, hi, stored.checksums)
            n_done += 1
            self._progress(number, total, stage.title, n_done, len(blocks))

        self._progress(number, total, stage.title, n_done, len(blocks))
        todo = [b for b in blocks if b not in finished]
        self._run(work, todo, min(item.blocking.workers, len(todo)), done)
        graph.values.update(results | arrays)
        for version, node in combined.items():
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
        PickedBlocks(picked, graph.specs, self._values, known, sinks).run(
            ThreadExecutor(),  # a few elements for somebody who waits: read once, and shared
            item.workers,
            lambda done, blocks: self._progress(number, total, item.title, done, blocks),
            self._stop_if_cancelled,
            self._log,
        )

    def _keep(self, version: Version, array: NDArray[Any]) -> None:
        self.graph.values[version] = array
        if array.ndim == 0:
            value = json_value(array.item())
            self._emit("value", {"name": name_of(version), "value": value})

    def _part(
        self, number: int, version: Version, files: dict[Version, list[FileSink]]
    ) -> Reference:
        """A part file for an object, added to where it goes; how it is read afterwards."""
        sink, reference = part_file(
            self._folder.parts, number, version, self.graph.specs[version], resume=self._resume
        )
        self._parts.append(sink)
        files.setdefault(version, []).append(sink)
        return reference

    def _finished(
        self, stage: Stage, files: Mapping[Version, Sequence[FileSink]]
    ) -> set[tuple[int, int]]:
        """Blocks of an earlier process whose bytes are all where its journal says."""
        specs = self.graph.specs
        return {
            (lo, hi)
            for (lo, hi), checksums in self._folder.journal.read().blocks.get(self._key, {}).items()
            if all(
                sink.holds(
                    block_start(stage, specs, version, lo),
                    specs[version].resized({stage.cut[version] or "": hi - lo}).shape,
                    checksums.get(f"{version}#{i}"),
                )
                for version, sinks in files.items()
                for i, sink in enumerate(sinks)
            )
        }

    def _run(
        self,
        work: BlockWork,
        blocks: Sequence[tuple[int, int]],
        workers: int,
        done: Callable[[int, int, Stored], None],
    ) -> None:
        watch = BlockWatch(done, self._stop_if_cancelled, self._log)
        self._executor.run_blocks(work, blocks, workers, watch)

    def _copy_first(self, number: int, version: Version) -> None:
        """Lay out anew what is dear to cut as it lies, or too large to be sent."""
        spec = self.graph.specs[version]
        title = f"{name_of(version)}: copied to a part file, from which blocks are read"
        self._log("info", title)
        sink, reference = part_file(
            self._folder.parts, number, f"{version} copy", spec, resume=False
        )
        self._parts.append(sink)
        copy_object(self.graph.values[version], spec, sink, self._stop_if_cancelled)
        self._copies[version] = reference

    def _progress(self, number: int, total: int, title: str, done: int, blocks: int) -> None:
        data = {"item": number, "items": total, "title": title, "done": done, "blocks": blocks}
        self._emit("progress", data)

    def _stop_if_cancelled(self) -> None:
        if self._folder.is_cancelled():
            raise Cancelled("The run was cancelled.")
