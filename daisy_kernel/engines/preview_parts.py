"""Which part of every object one slice of a workflow is made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from daisy_kernel.engines.graph import Graph, Node, Version
from daisy_kernel.engines.planner import halo_of
from daisy_kernel.engines.preview_recorder import SeenStep
from daisy_kernel.errors import DaisyError


@dataclass(frozen=True)
class Part:
    """[lo, hi) of an object along one of its axes."""

    axis: str
    lo: int
    hi: int


def target_of(graph: Graph, steps: Sequence[SeenStep]) -> tuple[Version, str]:
    """The last object that can be cut into slices, and the axis across which they lie."""
    for step in reversed(steps):
        node = step.node
        for parameter, version in () if node is None else node.outputs.items():
            assert node is not None
            cuts = {node.algorithm.renames.get(a, a) for a in node.algorithm.along}
            axes = node.output_specs[parameter].axes or ()
            found = next((a for a in axes if a in cuts), None)
            if found is not None and len(axes) > 1 and parameter not in node.algorithm.combine:
                return version, found
    raise DaisyError(
        "The workflow makes nothing that can be cut into slices, so there is nothing to preview: "
        "run it."
    )


def needed_parts(
    graph: Graph, target: Version, part: Part
) -> tuple[dict[Version, Part], dict[int, Part]]:
    """Which part of every object the target's part is made of, neighbours included.

    Returns
    -------
    needed
        Version -> what has to be there of it; of what a step makes, all that it makes in one go.
    runs
        Id of a node -> on which part of its inputs it runs; steps that are not cut are left out.
    """
    needed = {target: part}
    runs: dict[int, Part] = {}
    for node in reversed(graph.nodes):
        wanted = [needed[v] for v in node.outputs.values() if v in needed]
        if not wanted:
            continue
        own_axis = own_axis_of(node, wanted[0].axis)
        if own_axis is None:
            needed |= dict.fromkeys(node.outputs.values(), wanted[0])
            # It is computed as a whole, but what goes in is to be seen.
            axis = _former_name(node, wanted[0].axis)
            for parameter, version in node.inputs.items():
                if axis in (node.input_specs[parameter].axes or ()):
                    needed.setdefault(version, Part(axis, wanted[0].lo, wanted[0].hi))
            continue
        taken = runs[id(node)] = input_part(node, own_axis, wanted)
        cut = node.algorithm.renames.get(own_axis, own_axis)
        needed |= {v: Part(cut, taken.lo, taken.hi) for v in node.outputs.values()}
        for parameter, version in node.inputs.items():
            if own_axis in (node.input_specs[parameter].axes or ()):
                other = needed.get(version, taken)
                lo, hi = min(taken.lo, other.lo), max(taken.hi, other.hi)
                needed[version] = Part(own_axis, lo, hi)
    return needed, runs


def own_axis_of(node: Node, axis: str) -> str | None:
    """How a step calls the axis across which its output is cut; None: it cannot be cut there."""
    own = _former_name(node, axis)
    can = own in node.algorithm.along and not node.algorithm.combine
    return own if can else None


def input_part(node: Node, own_axis: str, wanted: Iterable[Part]) -> Part:
    """What a step has to run on so that what is wanted of its outputs is right."""
    wanted = tuple(wanted)
    halo, step = halo_of(node, own_axis), node.algorithm.step
    length = next(
        s.length(own_axis) for s in node.input_specs.values() if own_axis in (s.axes or ())
    )
    lo, hi = min(p.lo for p in wanted), max(p.hi for p in wanted)
    start = max(0, lo - halo) // step * step
    return Part(own_axis, start, min(-(-(hi + halo) // step) * step, length))


def _former_name(node: Node, axis: str) -> str:
    """What an axis of the output is called in the inputs."""
    return next((old for old, new in node.algorithm.renames.items() if new == axis), axis)
