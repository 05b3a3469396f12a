"""From a plan to what `check` prints and the execution follows: blocks, memory and disk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from daisy_kernel.engines.graph import Graph, Version, name_of
from daisy_kernel.engines.memory import Blocking, Budget, blocking, check_whole, human
from daisy_kernel.engines.picked_layout import LaidPicks, describe_picks, lay_out_picks
from daisy_kernel.engines.picks import plan_picks
from daisy_kernel.engines.planner import Plan, Stage, WholeStep, dear_to_cut, stage_for
from daisy_kernel.engines.recording import Pick, Save

SHARE_FOR_KEPT = 4
"""Results that later steps need in pieces stay in memory while all that is kept takes at most 1/4
of the budget; the rest goes to part files."""


@dataclass(frozen=True, eq=False)
class LaidStage:
    """A stage with its blocks, and where its outputs go besides the files they are saved to."""

    stage: Stage
    blocking: Blocking
    in_memory: tuple[Version, ...]
    in_parts: tuple[Version, ...]
    """Too large for the memory and needed later: kept in a part file of the run."""
    copied: tuple[Version, ...]
    """Sources copied to a contiguous part file first, because slicing them is dear or they are too
    large to be sent to the workers; later items read the copy, too."""


@dataclass(frozen=True, eq=False)
class LaidWhole:
    """Whole steps one after the other, variants of one, and the memory of the largest."""

    steps: tuple[WholeStep, ...]
    nbytes: int
    in_parts: tuple[Version, ...] = ()
    """Outputs that are too large to stay in memory, kept in part files of the run."""
    copied: tuple[Version, ...] = ()
    """Inputs copied first to a part file, because they are too large to be sent to the workers."""

    @property
    def title(self) -> str:
        """Name of the step."""
        return self.steps[0].node.step


Layout = list[LaidStage | LaidWhole | LaidPicks]


def lay_out(
    graph: Graph,
    plan: Plan,
    budget: Budget,
    saved: Mapping[Version, Any],
    read: set[Version],
    picks: Sequence[Pick] = (),
) -> Layout:
    """Decide blocks and places.

    Parameters
    ----------
    graph
        Knows the shapes.
    plan
        The stages in order.
    budget
        What the run may use.
    saved
        Versions that go to files.
    read
        Versions that somebody wants as arrays.
    picks
        Elements of objects that are wanted beside the plan.

    Raises
    ------
    OutOfBudget
        If something does not fit; gives the numbers.
    """
    layout: Layout = []
    before, picked = plan_picks(graph, picks) if picks else ([], None)
    plan = plan + before
    last: Plan = [picked.stage] if picked else []
    kept: list[Version] = []
    copied: set[Version] = set()
    available = set(graph.values)
    for number, item in enumerate(plan):
        pieces, entire = _used_later(plan[number + 1 :] + last)
        if isinstance(item, WholeStep):
            need = check_whole(graph, item, budget, kept)
            _check_lazy(graph, item, budget, need, available)
            outputs = item.node.outputs.values()
            large = [v for v in outputs if not budget.carries(graph.specs[v].nbytes)]
            made = LaidWhole(
                (item,),
                need,
                tuple(v for v in large if v in pieces | entire | read or v not in saved),
                _to_send(graph, item.node.inputs.values(), budget, copied),
            )
            copied.update(made.copied)
            same = layout[-1] if layout else None
            if isinstance(same, LaidWhole) and same.title == item.node.step:
                layout[-1] = _joined(same, made)
            else:
                layout.append(made)
            kept += [v for v in outputs if v not in large]
            available.update(outputs)
            continue
        available.update(item.outputs)
        needed = [v for v in item.outputs if v in pieces | entire | read or v not in saved]
        whole = {v for v in needed if v in read or v in item.combined or v in entire}
        in_memory: list[Version] = []
        for version in needed:
            total = sum(graph.specs[v].nbytes for v in (*kept, version))
            fits = version in whole or total * SHARE_FOR_KEPT <= budget.memory_bytes
            is_small = budget.carries(graph.specs[version].nbytes)
            if version in item.combined or (fits and is_small):
                in_memory.append(version)
                kept.append(version)
        blocks = blocking(graph, item, budget, sum(graph.specs[v].nbytes for v in kept))
        dear = dear_to_cut(graph, item) if item.length > 2 * blocks.block else []
        sent = _to_send(graph, item.sources, budget, copied)
        first = tuple(dict.fromkeys([*(v for v in dear if v not in copied), *sent]))
        copied.update(first)
        in_parts = tuple(v for v in needed if v not in in_memory)
        layout.append(LaidStage(item, blocks, tuple(in_memory), in_parts, first))
    if picks:
        layout.append(lay_out_picks(graph, picks, picked, budget, kept))
    return layout


def parts_bytes(graph: Graph, item: LaidStage | LaidWhole | LaidPicks) -> int:
    """Room that an item takes in part files of the run [bytes]."""
    if isinstance(item, LaidPicks):
        return 0
    return sum(graph.specs[v].nbytes for v in (*item.in_parts, *item.copied))


def describe(graph: Graph, layout: Layout, budget: Budget) -> list[dict[str, Any]]:
    """The layout as JSON, one entry per item, in the order of execution."""
    items: list[dict[str, Any]] = []
    for item in layout:
        if isinstance(item, LaidWhole):
            count = len(item.steps)
            items.append(
                {
                    "steps": [item.title],
                    "axis": None,
                    "blocks": count,
                    "memory": item.nbytes,
                    "text": f"{item.title}: whole, {human(item.nbytes)}"
                    f"{f', {count} variants' if count > 1 else ''}",
                }
            )
            continue
        if isinstance(item, LaidPicks):
            items.append(describe_picks(item, sum(isinstance(i, LaidStage) for i in layout)))
            continue
        stage, blocks = item.stage, item.blocking
        count = -(-stage.length // blocks.block)
        kept = [f"{name_of(v)} in memory" for v in item.in_memory]
        kept += [f"{name_of(v)} in a part file" for v in item.in_parts]
        kept += [f"{name_of(v)} copied first to a part file" for v in item.copied]
        text = (
            f"{stage.title}: {count} blocks of {blocks.block} {stage.axis}"
            f"{f' (halo {stage.halo})' if stage.halo else ''}, {blocks.workers} at once, "
            f"{human(blocks.nbytes)}{'; ' if kept else ''}{', '.join(kept)}"
        )
        items.append(
            {
                "steps": [node.step for node in stage.nodes],
                "axis": stage.axis,
                "blocks": count,
                "block": blocks.block,
                "halo": stage.halo,
                "workers": blocks.workers,
                "memory": blocks.nbytes,
                "parts": parts_bytes(graph, item),
                "text": text,
            }
        )
    return items


def summarise(graph: Graph, layout: Layout, budget: Budget, saves: list[Save]) -> dict[str, Any]:
    """What `check` tells: the items, the outputs, memory and disk [bytes], as JSON."""
    items = describe(graph, layout, budget)
    outputs: list[dict[str, Any]] = [
        {
            "path": str(destination.path),
            "dataset": destination.dataset,
            "shape": list(graph.specs[version].shape),
            "dtype": str(graph.specs[version].dtype),
            "nbytes": graph.specs[version].nbytes,
        }
        for version, destination in saves
    ]
    return {
        "items": items,
        "outputs": outputs,
        "memory": max((item["memory"] for item in items), default=0),
        "budget": budget.memory_bytes,
        "disk": sum(o["nbytes"] for o in outputs) + sum(item.get("parts", 0) for item in items),
    }


def _check_lazy(
    graph: Graph, item: WholeStep, budget: Budget, need: int, available: set[Version]
) -> None:
    """What a whole step reads piece by piece and nobody keeps must fit beside it, too."""
    for parameter, version in item.node.inputs.items():
        axis = item.node.lazy_axis(parameter)
        if axis is None or version in available:
            continue
        stage = stage_for(graph, version, axis, available)
        if stage is not None:
            blocking(graph, stage, Budget(budget.memory_bytes, 1), need)


def _to_send(
    graph: Graph, read: Iterable[Version], budget: Budget, copied: set[Version]
) -> tuple[Version, ...]:
    """What lies in the memory of this process and is too large to go with every block."""
    return tuple(
        v
        for v in dict.fromkeys(read)
        if isinstance(graph.values.get(v), np.ndarray)
        and v not in copied
        and not budget.carries(graph.specs[v].nbytes)
    )


def _joined(first: LaidWhole, second: LaidWhole) -> LaidWhole:
    return LaidWhole(
        first.steps + second.steps,
        max(first.nbytes, second.nbytes),
        first.in_parts + second.in_parts,
        first.copied + second.copied,
    )


def _used_later(later: Plan) -> tuple[set[Version], set[Version]]:
    """What later items read in pieces, and what they read as whole arrays."""
    pieces, entire = set[Version](), set[Version]()
    for item in later:
        if isinstance(item, WholeStep):
            entire |= set(item.node.refs.values())
            for parameter, version in item.node.inputs.items():
                (pieces if item.node.lazy_axis(parameter) else entire).add(version)
        else:
            entire |= {v for node in item.nodes for v in node.refs.values()}
            for version in item.sources:
                (entire if item.cut[version] is None else pieces).add(version)
    return pieces, entire
