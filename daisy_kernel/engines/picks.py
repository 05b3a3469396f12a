"""Planning for a few elements of an axis: what is computed once, and in which groups the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from daisy_kernel.engines.graph import Graph, Node, Version
from daisy_kernel.engines.planner import Plan, Stage, halo_of, plan, stage_along
from daisy_kernel.engines.recording import Pick
from daisy_kernel.engines.variants import step_key
from daisy_kernel.errors import DaisyError

Range = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Group:
    """What is computed in one go for one window, beside what all groups share."""

    nodes: tuple[Node, ...]
    outputs: tuple[Version, ...]


@dataclass(frozen=True, eq=False)
class Window:
    """A piece of the axis that is computed in one go."""

    lo: int
    hi: int
    indices: tuple[int, ...]
    """Which of its elements are wanted."""
    ranges: Mapping[Version, Range]
    """What of every object in the stage is needed for it, neighbours included."""


@dataclass(frozen=True, eq=False)
class PickStage:
    """Steps that run on some windows of an axis only."""

    stage: Stage
    axis: str
    """The axis as the picked objects name it."""
    shared: tuple[Node, ...]
    """Steps whose results several groups need."""
    groups: tuple[Group, ...]
    windows: tuple[Window, ...]

    @property
    def length(self) -> int:
        """Longest window."""
        return max(window.hi - window.lo for window in self.windows)


def plan_picks(graph: Graph, picks: Sequence[Pick]) -> tuple[Plan, PickStage | None]:
    """What has to be computed as a whole, and how the picked elements are made of that.

    Whatever can be cut along the picked axis is computed for the picked elements only. What stands
    before it and cannot be cut so, such as a filter in two dimensions of a projection, is computed
    as a whole, once.

    Returns
    -------
    before, stage
        None, if the picked objects are all there, as a whole, after `before`.

    Raises
    ------
    DaisyError
        If the picks are not all along one axis, or something cannot be planned.
    """
    axis, indices = picks[0].axis, picks[0].indices
    if any((p.axis, p.indices) != (axis, indices) for p in picks):
        raise DaisyError("All picks of a run must be of the same elements of the same axis.")
    available = set(graph.values)
    before: Plan = []
    while True:
        wanted = [p.version for p in picks if p.version not in available]
        if not wanted:
            return before, None
        pending = graph.closure(wanted, available)
        own_axis = _origin(graph, wanted[0], axis, available)
        found = stage_along(graph, pending, own_axis, available)
        members = {id(n) for n in found.nodes if not n.algorithm.combine} if found else set()
        if found and len(members) == len(pending) and all(found.cut[v] == axis for v in wanted):
            return before, _in_groups(found, [p for p in picks if p.version not in available])
        made = {v for n in pending if id(n) in members for v in n.outputs.values()}
        stuck = [n for n in pending if id(n) not in members and _follows(n, available | made)]
        needed = {v for n in stuck or pending for v in n.outputs.values()}
        items = plan(graph, needed, available)
        before += items
        for item in items:
            made_whole = item.outputs if isinstance(item, Stage) else item.node.outputs.values()
            available.update(made_whole)


def lanes(picked: PickStage, most: int) -> PickStage:
    """The same with groups of at most so many elements that are computed in one call."""
    stage, count = picked.stage, max(1, most // picked.length)
    # A shared step that could run together with others of its kind does, instead of alone.
    shared, taken = list(picked.shared), set[int]()
    keys = {key for node in picked.shared if (key := joint_key(stage, node)) is not None}
    for key in keys:
        room = count - sum(joint_key(stage, node) == key for node in picked.shared)
        alike = [n for g in picked.groups for n in g.nodes if joint_key(stage, n) == key]
        shared += alike[: max(0, room)]
        taken.update(map(id, alike[: max(0, room)]))

    def kind(group: Group) -> Any:
        return _joint_key(stage, group), any(id(node) in taken for node in group.nodes)

    groups: list[Group] = []
    for (key, _), alike_groups in groupby(picked.groups, key=kind):
        members = list(alike_groups)
        size = 1 if key is None else count
        for start in range(0, len(members), size):
            part = members[start : start + size]
            nodes = tuple(n for group in part for n in group.nodes if id(n) not in taken)
            groups.append(Group(nodes, tuple(v for group in part for v in group.outputs)))
    return PickStage(stage, picked.axis, tuple(shared), tuple(groups), picked.windows)


def joint_key(stage: Stage, node: Node) -> Any:
    """Equal for steps that differ only in a parameter that may differ per element; None: none."""
    for parameter, source in node.algorithm.per_element.items():
        value = node.params[parameter]
        cut = [stage.cut[v] for v in node.inputs.values() if stage.cut[v] is not None]
        if value is not None and node.params[source] is None and cut:
            names = {*node.outputs, parameter}
            params = {n: v for n, v in node.params.items() if n not in names}
            refs = {n: v for n, v in node.refs.items() if n != parameter}
            return parameter, step_key(node.algorithm, params, node.inputs, refs)
    return None


def _origin(graph: Graph, version: Version, axis: str, available: set[Version]) -> str:
    """How the axis is called where the pending steps begin."""
    node = graph.producers.get(version)
    while node is not None and version not in available:
        axis = next((old for old, new in node.algorithm.renames.items() if new == axis), axis)
        version = next(
            (v for p, v in node.inputs.items() if axis in (node.input_specs[p].axes or ())), ""
        )
        node = graph.producers.get(version)
    return axis


def _follows(node: Node, known: set[Version]) -> bool:
    return known.issuperset((*node.inputs.values(), *node.refs.values()))


def _in_groups(stage: Stage, picks: Sequence[Pick]) -> PickStage:
    """Steps that belong to one place only form a group; what several places need is shared."""
    shared_by_all: tuple[int, ...] = (-1,)
    owners: dict[Version, tuple[int, ...]] = {}

    def claim(version: Version, place: tuple[int, ...]) -> None:
        owners[version] = place if owners.get(version, place) == place else shared_by_all

    for pick in picks:
        claim(pick.version, pick.place)
    shared: list[Node] = []
    own: dict[tuple[int, ...], list[Node]] = {}
    for node in reversed(stage.nodes):
        places = {owners[v] for v in node.outputs.values() if v in owners}
        place = places.pop() if len(places) == 1 else shared_by_all
        (shared if place == shared_by_all else own.setdefault(place, [])).append(node)
        for version in node.outputs.values():
            owners[version] = place
        for version in node.inputs.values():
            claim(version, place)
    wanted: dict[tuple[int, ...], list[Version]] = {}
    for version in dict.fromkeys(pick.version for pick in picks):
        wanted.setdefault(owners[version], []).append(version)
    groups = [
        Group(tuple(reversed(own.get(place, []))), tuple(outputs))
        for place, outputs in wanted.items()
    ]
    # Those that can be computed in one call stand side by side.
    keys = [_joint_key(stage, group) for group in groups]
    first = {key: i for i, key in reversed(list(enumerate(keys)))}
    groups = [groups[i] for i in sorted(range(len(groups)), key=lambda i: (first[keys[i]], i))]
    windows = _windows(stage, sorted(picks[0].indices))
    return PickStage(stage, picks[0].axis, tuple(reversed(shared)), tuple(groups), windows)


def _joint_key(stage: Stage, group: Group) -> Any:
    keys = [key for node in group.nodes if (key := joint_key(stage, node)) is not None]
    return keys[0] if keys else None


def _windows(stage: Stage, indices: Sequence[int]) -> tuple[Window, ...]:
    """Neighbouring elements in one window, and no piece of a source in two."""
    pieces: list[list[int]] = []
    for index in indices:
        if pieces and index == pieces[-1][-1] + 1 and len(pieces[-1]) < stage.together:
            pieces[-1].append(index)
        else:
            pieces.append([index])
    sources = [v for v in stage.sources if stage.cut[v] is not None]
    windows: list[Window] = []
    for piece in pieces:
        window = _window(stage, tuple(piece))
        while windows and any(window.ranges[v][0] < windows[-1].ranges[v][1] for v in sources):
            window = _window(stage, (*windows.pop().indices, *window.indices))
        windows.append(window)
    return tuple(windows)


def _window(stage: Stage, indices: tuple[int, ...]) -> Window:
    lo, hi = indices[0], indices[-1] + 1
    ranges: dict[Version, Range] = {}
    for node in reversed(stage.nodes):
        first, last = node_range(stage, node, ranges, (lo, hi))
        for version in node.inputs.values():
            if stage.cut[version] is not None:
                a, b = ranges.get(version, (first, last))
                ranges[version] = min(a, first), max(b, last)
    return Window(lo, hi, indices, ranges)


def node_range(stage: Stage, node: Node, ranges: Mapping[Version, Range], default: Range) -> Range:
    """Elements on which a step has to run so that what is needed of its outputs is right."""
    needed = [ranges[v] for v in node.outputs.values() if v in ranges] + [default]
    lo, hi = min(a for a, _ in needed), max(b for _, b in needed)
    own_axis = next(a for v in node.inputs.values() if (a := stage.cut[v]) is not None)
    halo, step = halo_of(node, own_axis), node.algorithm.step
    start = max(0, lo - halo) // step * step
    return start, min(-(-(hi + halo) // step) * step, stage.length)
