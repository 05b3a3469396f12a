"""One slice through all steps of a workflow, kept so that only what changes is computed again."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.engine import Engine
from daisy_kernel.datastore import DataStore
from daisy_kernel.engines.block import along, read_along
from daisy_kernel.engines.execution import Execution
from daisy_kernel.engines.graph import Graph, Node, Version, name_of
from daisy_kernel.engines.layout import LaidStage, LaidWhole
from daisy_kernel.engines.memory import Budget, human
from daisy_kernel.engines.planner import block_spec
from daisy_kernel.engines.preview_parts import Part, needed_parts, target_of
from daisy_kernel.engines.preview_recorder import PreviewRecorder, SeenStep
from daisy_kernel.engines.recipe import read_whole
from daisy_kernel.engines.run_folder import RunFolder
from daisy_kernel.engines.step import known_scalars, run_step
from daisy_kernel.engines.threads import ThreadExecutor
from daisy_kernel.errors import DaisyError, OutOfBudget

_WHOLE_BYTES = 256 << 20
"""What a step that cannot be cut may take in, such as a range over all slices [bytes]."""
_KEPT_BYTES = 256 << 20
"""Rows and slices that are kept for the next preview [bytes]."""


@dataclass(frozen=True)
class PreviewedStep:
    """What one step did to the slice."""

    step: str
    algorithm: str
    before: Version | None
    after: Version | None
    """The same as `before` where the step does nothing; None: it has nothing to show."""
    seconds: float
    """What computing took; 0 where an earlier preview had it."""
    note: str
    """Why it has nothing to show, where that is not plain."""


@dataclass(frozen=True)
class Preview:
    """One slice of a workflow."""

    index: int
    count: int
    """Slices of the volume."""
    steps: Sequence[PreviewedStep]
    pictures: Mapping[Version, tuple[NDArray[Any], tuple[str, ...]]]
    """What the steps show, without the axis that was cut -> the remaining axes."""
    values: Mapping[str, Any]
    """Scalars that steps computed on the way, by the names of their objects."""


class SlicePreview:
    """Computes previews, one at a time; call it from one thread.

    What an earlier preview had is not computed again: rows that were read, steps before the first
    changed parameter, a centre that was found. Files and objects that change start it anew.

    Parameters
    ----------
    store
        Objects that a workflow may begin with.
    runs
        Folder for what has to lie on disk meanwhile.
    budget
        Memory and threads for steps that need whole objects.
    """

    def __init__(self, store: DataStore, runs: Path, budget: Budget):
        self._runs, self._budget = runs, budget
        self._recorder = PreviewRecorder(store, lambda level, message: None)
        self._graph: Graph | None = None
        self._kept: OrderedDict[tuple[Version, Part], NDArray[Any]] = OrderedDict()

    def preview(
        self,
        script: Callable[[Engine], Any],
        index: int | None,
        poll: Callable[[], None],
    ) -> Preview:
        """Compute one slice.

        Parameters
        ----------
        script
            Records the workflow.
        index
            Number of the slice; None: the middle one.
        poll
            Called between steps; raises when a newer preview is wanted instead.

        Raises
        ------
        DaisyError
            If the workflow gives nothing that can be cut into slices, there is no such slice, or a
            step fails.
        """
        steps = self._recorder.record(script)
        graph = self._recorder.graph
        if graph is not self._graph:
            self._graph = graph
            self._kept.clear()
        target, axis = target_of(graph, steps)
        count = graph.specs[target].length(axis)
        index = count // 2 if index is None else index
        if not 0 <= index < count:
            raise DaisyError(
                f"There is no {axis} {index}: there are {count}, numbered from 0 to {count - 1}."
            )
        needed, runs = needed_parts(graph, target, Part(axis, index, index + 1))
        seconds, notes = self._compute(graph, needed, runs, poll)
        return self._told(graph, steps, needed, (index, count), seconds, notes)

    def _compute(
        self,
        graph: Graph,
        needed: Mapping[Version, Part],
        runs: Mapping[int, Part],
        poll: Callable[[], None],
    ) -> tuple[dict[int, float], dict[int, str]]:
        """Make every needed part; gives seconds and notes by the id of the node."""
        seconds: dict[int, float] = {}
        notes: dict[int, str] = {}
        lost: set[Version] = set()
        for node in graph.nodes:
            wanted = {p: v for p, v in node.outputs.items() if v in needed}
            if not wanted or all(self._has(graph, v, needed[v]) for v in wanted.values()):
                continue
            poll()
            if lost.intersection(node.inputs.values()):
                lost.update(node.outputs.values())
                notes[id(node)] = "It follows a step that a preview leaves out."
                continue
            begun = time.perf_counter()
            try:
                self._make(graph, node, needed, runs.get(id(node)))
            except OutOfBudget as error:
                lost.update(node.outputs.values())
                notes[id(node)] = str(error)
            seconds[id(node)] = time.perf_counter() - begun
        return seconds, notes

    def _make(
        self, graph: Graph, node: Node, needed: Mapping[Version, Part], part: Part | None
    ) -> None:
        self._have_whole(graph, node.refs.values())
        if part is None:
            self._have_whole(graph, node.outputs.values())
            return
        own_axis = part.axis
        inputs: dict[str, NDArray[Any]] = {}
        for parameter, version in node.inputs.items():
            if own_axis in (node.input_specs[parameter].axes or ()):
                array = self._part(graph, version, needed[version])
                inside = slice(part.lo - needed[version].lo, part.hi - needed[version].lo)
                inputs[parameter] = along(array, graph.specs[version], own_axis, inside)
            else:
                self._have_whole(graph, [version])
                inputs[parameter] = read_whole(graph.values[version])
        cut = node.algorithm.renames.get(own_axis, own_axis)
        expected = {p: block_spec(s, cut, part.hi - part.lo) for p, s in node.output_specs.items()}
        scalars = known_scalars(graph, node)
        for parameter, array in run_step(node, inputs, expected, scalars, _quiet).items():
            self._keep((node.outputs[parameter], Part(cut, part.lo, part.hi)), array)

    def _has(self, graph: Graph, version: Version, part: Part) -> bool:
        return version in graph.values or (version, part) in self._kept

    def _part(self, graph: Graph, version: Version, part: Part) -> NDArray[Any]:
        """A part that was made, or is read now."""
        key = (version, part)
        if key not in self._kept:
            value, spec = graph.values[version], graph.specs[version]
            array = np.asarray(read_along(value, spec, part.axis, part.lo, part.hi), order="C")
            self._keep(key, array)
            return array
        self._kept.move_to_end(key)
        return self._kept[key]

    def _keep(self, key: tuple[Version, Part], array: NDArray[Any]) -> None:
        self._kept[key] = array
        self._kept.move_to_end(key)

    def _forget(self, graph: Graph, needed: Mapping[Version, Part]) -> None:
        """Let go of what was used longest ago, but for what the newest preview is made of."""
        for version in [v for v in graph.values if v in graph.producers and v not in needed]:
            if graph.specs[version].shape:
                del graph.values[version]
        total = sum(array.nbytes for array in self._kept.values())
        for version, part in list(self._kept):
            if total <= _KEPT_BYTES:
                return
            if needed.get(version) != part:
                total -= self._kept.pop((version, part)).nbytes

    def _have_whole(self, graph: Graph, versions: Iterable[Version]) -> None:
        """Compute objects as a run would do it, unless that means half of the scan."""
        wanted = {v for v in versions if v not in graph.values}
        if not wanted:
            return
        with RunFolder.scratch(self._runs) as folder:
            execution = Execution(
                graph, self._budget, ThreadExecutor(), folder, lambda kind, data: None, _quiet
            )
            layout = execution.lay_out([], set(), wanted)
            nbytes = max(_taken_in(graph, item) for item in layout)
            if nbytes > _WHOLE_BYTES:
                step = graph.producers[next(iter(wanted))].step
                raise OutOfBudget(
                    f"Step {step!r} takes in {human(nbytes)}, more than the "
                    f"{human(_WHOLE_BYTES)} of a preview: give what it finds as a value, or run "
                    "the workflow."
                )
            execution.compute(layout, wanted)

    def _told(
        self,
        graph: Graph,
        steps: Iterable[SeenStep],
        needed: Mapping[Version, Part],
        where: tuple[int, int],
        seconds: Mapping[int, float],
        notes: Mapping[int, str],
    ) -> Preview:
        index, count = where
        pictures: dict[Version, tuple[NDArray[Any], tuple[str, ...]]] = {}

        def shown(versions: Iterable[Version]) -> Version | None:
            for version in versions:
                part = needed.get(version)
                if part is None or not self._has(graph, version, part):
                    continue
                spec = graph.specs[version]
                if len(spec.shape) < 2:
                    continue
                array = along(
                    self._part(graph, version, part), spec, part.axis, slice(index - part.lo, None)
                )
                position = (spec.axes or ()).index(part.axis)
                rest = tuple(a for a in spec.axes or () if a != part.axis)
                pictures[version] = np.take(array, 0, position), rest
                return version
            return None

        told, values = [], {}
        for step in steps:
            node = step.node
            if node is None:
                passed = shown([step.passed]) if step.passed is not None else shown(step.loaded)
                before = passed if step.passed is not None else None
                told.append(PreviewedStep(step.name, step.algorithm, before, passed, 0.0, ""))
                continue
            values.update(_scalars(graph, node))
            after = shown(node.outputs.values())
            before = shown(node.inputs.values()) if after is not None else None
            took, note = seconds.get(id(node), 0.0), notes.get(id(node), "")
            told.append(PreviewedStep(step.name, step.algorithm, before, after, took, note))
        self._forget(graph, needed)
        return Preview(index, count, told, pictures, values)


def _taken_in(graph: Graph, item: Any) -> int:
    """What an item of a plan reads and makes as a whole [bytes]."""
    if isinstance(item, LaidWhole):
        nodes: list[Node] = [step.node for step in item.steps]
    else:
        assert isinstance(item, LaidStage)
        nodes = list(item.stage.nodes)
    read = (v for n in nodes for p, v in n.inputs.items() if n.lazy_axis(p) is None)
    made = (v for n in nodes for v in n.outputs.values())
    return sum(graph.specs[v].nbytes for v in {*read, *made})


def _scalars(graph: Graph, node: Node) -> dict[str, Any]:
    return {
        name_of(version): graph.scalar(version)
        for version in (*node.refs.values(), *node.outputs.values())
        if version in graph.values and not graph.specs[version].shape
    }


def _quiet(level: Any, message: str) -> None:
    """What algorithms log belongs to runs."""
