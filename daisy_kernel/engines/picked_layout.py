"""Memory and workers for a few elements of an axis, and what `check` says of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from daisy_kernel.engines.graph import Graph, Node, Version
from daisy_kernel.engines.memory import Budget, human
from daisy_kernel.engines.picks import PickStage, Window, joint_key, lanes, node_range
from daisy_kernel.engines.planner import block_spec
from daisy_kernel.engines.recording import Pick
from daisy_kernel.engines.step import scratch_bytes
from daisy_kernel.errors import OutOfBudget


@dataclass(frozen=True, eq=False)
class LaidPicks:
    """Picked elements, with what their computing takes."""

    picks: tuple[Pick, ...]
    picked: PickStage | None
    """None, if the objects exist as a whole and need only be copied from."""
    workers: int
    nbytes: int

    @property
    def blocks(self) -> int:
        """Pieces of work."""
        return len(self.picked.windows) * len(self.picked.groups) if self.picked else 1

    @property
    def title(self) -> str:
        """The steps in one line, every name once."""
        steps = [node.step for node in self.picked.stage.nodes] if self.picked else ["copy"]
        return " > ".join(dict.fromkeys(steps))


def lay_out_picks(
    graph: Graph,
    picks: Iterable[Pick],
    picked: PickStage | None,
    budget: Budget,
    kept: Iterable[Version],
) -> LaidPicks:
    """Decide how much is computed in one call and how many workers there are.

    Raises
    ------
    OutOfBudget
        If it does not fit; gives the numbers.
    """
    fixed = sum(graph.specs[v].nbytes for v in set(kept))
    if picked is None:
        largest = max(graph.specs[p.version].nbytes // max(1, _length(graph, p)) for p in picks)
        return LaidPicks(tuple(picks), None, 1, fixed + largest)
    stage, need = picked.stage, 0
    for version in stage.sources:
        axis, spec = stage.cut[version], graph.specs[version]
        for window in picked.windows:
            lo, hi = window.ranges.get(version, (0, 0))
            fixed += block_spec(spec, axis, hi - lo).nbytes if axis is not None else 0
        fixed += spec.nbytes if axis is None else 0
    base = max(_node_bytes(picked, picked.shared, w, graph) for w in picked.windows)
    most = stage.together
    while most:
        joined = lanes(picked, most)
        group = max(
            _node_bytes(joined, g.nodes, w, graph) for g in joined.groups for w in _extreme(joined)
        )
        for workers in range(budget.workers, 0, -1):
            need = fixed + min(len(joined.windows), workers + 1) * base + workers * group
            if need <= budget.memory_bytes:
                return LaidPicks(tuple(picks), joined, workers, need)
        most //= 2
    raise OutOfBudget(
        f"{len(picked.groups)} variants of {sum(len(w.indices) for w in picked.windows)} elements "
        f"along {picked.axis} need {human(need)}, but the budget is {human(budget.memory_bytes)}: "
        "give --memory more, or pick fewer elements."
    )


def describe_picks(item: LaidPicks, before: int) -> dict[str, Any]:
    """One entry of the plan, as JSON."""
    picked, stage = item.picked, item.picked.stage if item.picked else None
    variants = len({p.place for p in item.picks})
    indices = ", ".join(map(str, item.picks[0].indices[:8]))
    more = "" if len(item.picks[0].indices) <= 8 else ", ..."
    text = (
        f"{item.title}: {variants} variants of {item.picks[0].axis} {indices}{more} in "
        f"{item.blocks} blocks, {item.workers} at once, {human(item.nbytes)}"
    )
    if before:
        axis = stage.axis if stage else item.picks[0].axis
        text += f"; what is above cannot be cut along {axis} and is computed as a whole, once"
    return {
        "steps": list(dict.fromkeys(n.step for n in stage.nodes)) if stage else [],
        "axis": stage.axis if stage else None,
        "blocks": item.blocks,
        "windows": [[w.lo, w.hi] for w in picked.windows] if picked else [],
        "variants": variants,
        "workers": item.workers,
        "memory": item.nbytes,
        "text": text,
    }


def _length(graph: Graph, pick: Pick) -> int:
    return graph.specs[pick.version].length(pick.axis)


def _extreme(picked: PickStage) -> list[Window]:
    """The longest window stands for all: the others need less."""
    return [max(picked.windows, key=lambda w: w.hi - w.lo)]


def _node_bytes(picked: PickStage, nodes: Iterable[Node], window: Window, graph: Graph) -> int:
    """Everything that the steps make, and the working memory of the hungriest call [bytes]."""
    stage, nodes = picked.stage, list(nodes)
    keys = [joint_key(stage, node) for node in nodes]
    made = scratch = 0
    for node, key in zip(nodes, keys, strict=True):
        lo, hi = node_range(stage, node, window.ranges, (window.lo, window.hi))
        made += sum(
            block_spec(s, stage.cut[node.outputs[p]], hi - lo).nbytes
            for p, s in node.output_specs.items()
        )
        together = 1 if key is None else keys.count(key)
        specs = {
            p: block_spec(s, stage.cut[node.inputs[p]], together * (hi - lo))
            for p, s in node.input_specs.items()
        }
        copies = sum(spec.nbytes for spec in specs.values())
        results = sum(
            block_spec(s, stage.cut[node.outputs[p]], together * (hi - lo)).nbytes
            for p, s in node.output_specs.items()
        )
        joint = results if together > 1 else 0
        scratch = max(scratch, copies + joint + scratch_bytes(node, specs))
    return made + scratch
