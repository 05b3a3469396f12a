"""How much memory there is, and how large blocks may be."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

from daisy_kernel.engines.graph import Graph, Version
from daisy_kernel.engines.planner import Stage, WholeStep, block_spec
from daisy_kernel.engines.step import scratch_bytes
from daisy_kernel.errors import OutOfBudget

SHARE_OF_MACHINE = 0.6
BLOCKS_PER_WORKER = 4
"""So that reading, computing and writing of different blocks overlap and progress is visible."""


@dataclass(frozen=True)
class Budget:
    """What a run may use."""

    memory_bytes: int
    workers: int
    carried_bytes: int | None = None
    """Larger objects lie in files between the steps, because workers in other processes read them;
    None: any object may stay in memory."""

    place_bytes: int | None = None
    """What one machine has for a step that runs whole there; None: all of it."""

    def carries(self, nbytes: int) -> bool:
        """Whether an object of this size may stay in memory between the steps."""
        return self.carried_bytes is None or nbytes <= self.carried_bytes


def default_budget(memory_bytes: int | None = None, threads: int | None = None) -> Budget:
    """The budget asked for; else 60 % of the memory and every core that this process may use."""
    memory = memory_bytes or int(SHARE_OF_MACHINE * _available_memory())
    return Budget(memory, threads or usable_cores())


def usable_cores() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True)
class Blocking:
    """How a stage is cut."""

    block: int
    """Elements along the axis in one block."""
    workers: int
    """Blocks in work at once."""
    nbytes: int
    """Memory that takes [bytes]."""


def blocking(graph: Graph, stage: Stage, budget: Budget, reserved: int = 0) -> Blocking:
    """The largest blocks that keep a stage within the budget.

    Parameters
    ----------
    graph
        Knows the shapes.
    stage
        What is to be cut.
    budget
        Memory and workers.
    reserved
        Memory taken by objects that are kept anyway [bytes].

    Raises
    ------
    OutOfBudget
        If not even the smallest block of one worker fits; gives both numbers.
    """
    fixed = reserved + sum(graph.specs[v].nbytes for v in stage.sources if stage.cut[v] is None)
    share = -(-stage.length // (BLOCKS_PER_WORKER * budget.workers))
    most = max(stage.together, -(-share // stage.together) * stage.together)
    for workers in range(budget.workers, 0, -1):
        room = (budget.memory_bytes - fixed) // workers
        block = _largest_block(graph, stage, room, most)
        if block:
            return Blocking(block, workers, fixed + workers * block_bytes(graph, stage, block))
    least = fixed + block_bytes(graph, stage, stage.together)
    raise OutOfBudget(
        f"{stage.title} needs {human(least)} for its smallest block ({stage.together} of "
        f"{stage.length} along {stage.axis}), but the budget is {human(budget.memory_bytes)}: "
        "give --memory more, or crop or bin the scan."
    )


def block_bytes(graph: Graph, stage: Stage, block: int) -> int:
    """Peak memory of one block while its steps run one after the other [bytes]."""
    length = min(block + 2 * stage.halo, stage.length)
    if stage.halo:
        length = min(length + 2 * (stage.step - 1), stage.length)
    sizes = {v: block_spec(graph.specs[v], a, length).nbytes for v, a in stage.cut.items()}
    live = sum(sizes[v] for v in stage.sources if stage.cut[v] is not None)
    last_use = {v: i for i, n in enumerate(stage.nodes) for v in n.inputs.values()}
    peak = live
    for i, node in enumerate(stage.nodes):
        live += sum(sizes[v] for v in node.outputs.values())
        specs = {
            p: block_spec(s, stage.cut[node.inputs[p]], length) for p, s in node.input_specs.items()
        }
        peak = max(peak, live + scratch_bytes(node, specs))
        used = {*node.inputs.values(), *node.outputs.values()} - set(stage.outputs)
        done = {v for v in used if last_use.get(v, i) == i and stage.cut[v] is not None}
        live -= sum(sizes[v] for v in done)
    # Cropping neighbours leaves gaps, so that writing a block to a file takes a copy.
    return max(peak, 2 * sum(sizes[v] for v in stage.outputs)) if stage.halo else peak


def whole_bytes(graph: Graph, item: WholeStep, kept: Iterable[Version] = ()) -> int:
    """Memory of a step that runs on whole arrays, and of everything kept besides [bytes].

    What it reads lazily is not counted.
    """
    node = item.node
    held = {v for p, v in node.inputs.items() if node.lazy_axis(p) is None} | set(kept)
    made = sum(s.nbytes for s in node.output_specs.values())
    return sum(graph.specs[v].nbytes for v in held) + made + scratch_bytes(node, node.input_specs)


def check_whole(graph: Graph, item: WholeStep, budget: Budget, kept: Iterable[Version] = ()) -> int:
    """The memory of a whole step, if the budget allows it.

    Parameters
    ----------
    graph
        Knows the shapes.
    item
        The step.
    budget
        Memory and workers.
    kept
        Objects that are in memory anyway.

    Raises
    ------
    OutOfBudget
        If it does not; gives both numbers.
    """
    need = whole_bytes(graph, item, kept)
    room = budget.place_bytes or budget.memory_bytes
    if need > room:
        raise OutOfBudget(
            f"Step {item.node.step!r} needs whole arrays, {human(need)} in all, but the budget is "
            f"{human(room)}: give --memory more, or declare `along` in its class."
        )
    return need


def human(nbytes: float) -> str:
    """A size for people: '1.5 GB'."""
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if nbytes < 999.5:
            return f"{nbytes:.3g} {unit}"
        nbytes /= 1000
    return f"{nbytes:.0f} PB"


def _largest_block(graph: Graph, stage: Stage, room: int, most: int) -> int:
    """Largest multiple of what is fastest, at most `most`, whose peak fits; 0 if none does."""
    low, high = 0, most // stage.together
    while low < high:
        middle = (low + high + 1) // 2
        if block_bytes(graph, stage, middle * stage.together) <= room:
            low = middle
        else:
            high = middle - 1
    return low * stage.together


def _available_memory() -> int:
    available: int = psutil.virtual_memory().available
    return min([available, *available_in_container()])


def available_in_container(groups: Path = Path("/sys/fs/cgroup")) -> list[int]:
    """What the container's limit leaves to this process [bytes]; empty where there is none.

    Parameters
    ----------
    groups
        Where the system tells of control groups, of version 2 or 1.
    """
    for limit, used, statistics, cache in (
        ("memory.max", "memory.current", "memory.stat", "inactive_file"),
        (
            "memory/memory.limit_in_bytes",
            "memory/memory.usage_in_bytes",
            "memory/memory.stat",
            "total_inactive_file",
        ),
    ):
        try:
            most = (groups / limit).read_text().strip()
            if not most.isdigit():
                continue
            held = int((groups / used).read_text())
            lines = (groups / statistics).read_text().splitlines()
        except (OSError, ValueError):
            continue
        # Cached files count as used, but go as soon as somebody needs their memory.
        cached = sum(int(line.split()[1]) for line in lines if line.split()[:1] == [cache])
        return [max(0, int(most) - held + cached)]
    return []
