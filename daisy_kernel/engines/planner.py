"""Planning: which steps run together, along which axis they are cut, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import lcm

import numpy as np

from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.engines.graph import Graph, Node, Version, name_of
from daisy_kernel.errors import DaisyError
from daisy_kernel.formats import dear_axes_of_pages


@dataclass(frozen=True, eq=False)
class Stage:
    """Consecutive steps that run together on blocks of one axis."""

    nodes: tuple[Node, ...]
    axis: str
    """The axis that is cut, as the first step names it."""
    length: int
    """Number of elements along it."""
    cut: Mapping[Version, str | None]
    """Every version in the stage -> the name its cut axis has there; None: passed whole."""
    outputs: tuple[Version, ...]
    """What has to be kept of it."""
    halo: int = 0
    """Neighbours that a block needs on each side."""
    step: int = 1
    """Blocks start at multiples of this."""
    together: int = 1
    """Blocks of multiples of this are fastest."""

    @property
    def sources(self) -> tuple[Version, ...]:
        """What it reads that it does not make itself."""
        made = {v for node in self.nodes for v in node.outputs.values()}
        read = dict.fromkeys(v for node in self.nodes for v in node.inputs.values())
        return tuple(v for v in read if v not in made)

    @property
    def combined(self) -> dict[Version, Node]:
        """Outputs that are put together from partial values, with the step that makes them."""
        return {
            version: node
            for node in self.nodes
            for parameter, version in node.outputs.items()
            if parameter in node.algorithm.combine
        }

    @property
    def title(self) -> str:
        """The steps in one line."""
        return " > ".join(node.step for node in self.nodes)


@dataclass(frozen=True, eq=False)
class WholeStep:
    """A step that runs once, on whole arrays or on lazily read ones."""

    node: Node


Plan = list[Stage | WholeStep]


def plan(graph: Graph, wanted: Iterable[Version], available: Iterable[Version] = ()) -> Plan:
    """Order the steps that the wanted versions need and fuse them into stages.

    A step that needs whole or lazily read objects runs as soon as these can be had; what it reads
    lazily is computed piece by piece, so that a centre search on a few rows does not force the
    normalised scan onto the disk. The rest is fused greedily: of all axes along which the next
    steps can be cut, the one that takes most of them. What is `available` is not planned again.
    """
    wanted = set(wanted)
    available = {*graph.values, *available}
    pending = graph.closure(wanted, available)
    items: Plan = []
    while pending:
        ready = [n for n in pending if not n.algorithm.along and _can_run(graph, n, available)]
        taken: Sequence[Node]
        if ready:
            items += [WholeStep(n) for n in ready]
            taken = ready
            made = {v for n in taken for v in n.outputs.values()}
        else:
            stage = _longest_stage(graph, pending, available)
            if stage is None:
                raise DaisyError(_stuck(pending, available))
            taken = stage.nodes
            later = [n for n in pending if n not in taken]
            used = {v for n in later for v in (*n.inputs.values(), *n.refs.values())} | wanted
            # What a stage does not keep stays a recipe over what was available before it.
            made = {v for n in taken for v in n.outputs.values() if v in used}
            items.append(replace(stage, outputs=tuple(sorted(made))))
        available |= made
        # Anew, because what was only looked at in pieces may not be needed as a whole any more.
        pending = graph.closure(wanted, available)
    return items


def stage_for(graph: Graph, version: Version, axis: str, available: set[Version]) -> Stage | None:
    """The one stage that computes a version in pieces along one of its own axes, if there is."""
    nodes = graph.closure([version], available)
    for candidate in _axes_of(nodes):
        stage = stage_along(graph, nodes, candidate, available)
        if stage and len(stage.nodes) == len(nodes) and stage.cut.get(version) == axis:
            return replace(stage, outputs=(version,))
    return None


def partition(length: int, block: int) -> list[tuple[int, int]]:
    """[lo, hi) of every block; all but the last have the same size."""
    return [(lo, min(lo + block, length)) for lo in range(0, length, block)]


def _can_run(graph: Graph, node: Node, available: set[Version]) -> bool:
    if not available.issuperset(node.refs.values()):
        return False
    for parameter, version in node.inputs.items():
        axis = node.lazy_axis(parameter)
        if version in available:
            continue
        if axis is None or stage_for(graph, version, axis, available) is None:
            return False
    return True


def _longest_stage(graph: Graph, pending: Sequence[Node], available: set[Version]) -> Stage | None:
    stages = [
        stage
        for axis in _axes_of(pending)
        if (stage := stage_along(graph, pending, axis, available)) is not None
    ]

    def worth(stage: Stage) -> tuple[int, int]:
        return len(stage.nodes), -len(dear_to_cut(graph, stage))

    return max(stages, key=worth, default=None)


def _axes_of(nodes: Sequence[Node]) -> Iterator[str]:
    """Candidate axes, those that lie outermost in storage first."""
    axes = dict.fromkeys(a for node in nodes for a in node.algorithm.along)
    position = {
        axis: min(
            ((s.axes or ()).index(axis) for n in nodes for s in n.input_specs.values()
             if axis in (s.axes or ())),
            default=99,
        )
        for axis in axes
    }  # fmt: skip
    return iter(sorted(axes, key=lambda a: position[a]))


def stage_along(
    graph: Graph, pending: Sequence[Node], axis: str, available: set[Version]
) -> Stage | None:
    """As many of the pending steps as can be cut together, starting along this axis."""
    cut: dict[Version, str | None] = {}
    combined: set[Version] = set()
    members: list[Node] = []
    halos: list[int] = []
    length = -1
    for node in pending:
        placed = _place(graph, node, axis, available, cut, combined)
        if placed is None:
            continue
        own_axis, own_cut, own_length = placed
        if length not in (-1, own_length):
            continue
        length = own_length
        members.append(node)
        cut |= own_cut
        renamed = node.algorithm.renames.get(own_axis, own_axis)
        for parameter, version in node.outputs.items():
            spec = node.output_specs[parameter]
            if parameter in node.algorithm.combine:
                combined.add(version)
                cut[version] = None
            else:
                cut[version] = renamed if renamed in (spec.axes or ()) else None
        halos.append(halo_of(node, own_axis))
    if not members:
        return None
    steps = [node.algorithm.step for node in members]
    halo = _total_halo(halos, steps)
    fastest = lcm(*steps, *(node.algorithm.together for node in members))
    return Stage(tuple(members), axis, length, cut, (), halo, lcm(*steps), fastest)


def halo_of(node: Node, axis: str) -> int:
    """Neighbours that a step needs on each side along an axis, as it names it."""
    halo = node.algorithm.halo.get(axis, 0)
    return halo(node.params) if callable(halo) else halo


def _total_halo(halos: list[int], steps: list[int]) -> int:
    """Neighbours that steps in a row need: backwards, because what one needs, all before it need.

    A step that works on groups needs whole groups: a bad element spoils the group that it is in.
    """
    total = 0
    for halo, step in zip(reversed(halos), reversed(steps), strict=True):
        total = -(-total // step) * step + halo
    return total


def _place(
    graph: Graph,
    node: Node,
    axis: str,
    available: set[Version],
    cut: Mapping[Version, str | None],
    combined: set[Version],
) -> tuple[str, dict[Version, str | None], int] | None:
    """Axis along which a step is cut in this stage, how its inputs are, length; None: not here."""
    if not node.algorithm.along or not available.issuperset(node.refs.values()):
        return None
    inside = [v for v in node.inputs.values() if v in cut and v not in available]
    if any(v in combined or cut[v] is None for v in inside):
        return None
    axes = {cut[v] for v in inside} or {axis}
    own_axis = next(iter(axes))
    if len(axes) > 1 or own_axis not in node.algorithm.along or own_axis is None:
        return None
    own_cut: dict[Version, str | None] = {}
    for parameter, version in node.inputs.items():
        if version not in available and version not in cut:
            return None
        has_axis = own_axis in (node.input_specs[parameter].axes or ())
        wanted = own_axis if has_axis else None
        if cut.get(version, wanted) != wanted or own_cut.get(version, wanted) != wanted:
            return None
        own_cut[version] = wanted
    lengths = {graph.specs[v].length(a) for v, a in own_cut.items() if a is not None}
    renamed = node.algorithm.renames.get(own_axis, own_axis)
    for parameter in node.outputs:
        spec = node.output_specs[parameter]
        if parameter in node.algorithm.combine:
            continue
        if renamed not in (spec.axes or ()):
            return None
        lengths.add(spec.length(renamed))
    # Blocks of inputs and outputs correspond only where all have the same length.
    if len(lengths) != 1 or not any(own_cut.values()):
        return None
    return own_axis, own_cut, lengths.pop()


def _stuck(pending: Sequence[Node], available: set[Version]) -> str:
    node = pending[0]
    missing = [
        name_of(v) for v in (*node.inputs.values(), *node.refs.values()) if v not in available
    ]
    reason = (
        f"{', '.join(missing)} cannot be computed before it"
        if missing
        else f"its class declares along={node.algorithm.along}, but along none of these its inputs "
        "and outputs have the same length; mend `along` or `outputs`"
    )
    return f"Step {node.step!r} cannot be planned: {reason}."


def block_spec(spec: Spec, axis: str | None, length: int) -> Spec:
    """The shape of one block of an object."""
    return spec if axis is None else spec.resized({axis: length})


def dear_to_cut(graph: Graph, stage: Stage) -> list[Version]:
    """Sources whose file layout makes thin slices along the stage's axis cost a full read."""
    dear = []
    for version in stage.sources:
        axis, value = stage.cut[version], graph.values.get(version)
        if axis is None or value is None or isinstance(value, np.ndarray):
            continue
        position = (graph.specs[version].axes or ()).index(axis)
        # A contiguous copy helps only where it would not be dear itself.
        of_copy = dear_axes_of_pages(value.shape, value.dtype.itemsize)
        if position in value.dear_axes() and position not in of_copy:
            dear.append(version)
    return dear
