"""Where the steps of a workflow and the wires between them are drawn; pure geometry.

Steps stand below each other in the order of execution. To their right every data object that is
read runs down a lane of its own, from the step that gives it to the last one that takes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from daisy_widgets.step_flow import Port, State, StepFlow

EDGE = 8.0
"""Around everything, and between two steps [CSS pixels], as all lengths here."""
WIDTH = 248.0
"""Of a step."""
LINE = 17.0
"""Height of a port."""
LEAST = 2 * LINE
"""Height of what is in a step, its name and class."""
PADDING = 5.0
"""Above and below that."""
FIRST_LANE = 18.0
"""From the steps to the first lane."""
LANE = 11.0
"""From lane to lane."""
STUB = 9.0
"""Length of a wire that leads nowhere."""


@dataclass(frozen=True)
class PortMark:
    """One port of a step: a name at its right edge."""

    name: str
    parameter: str
    is_output: bool
    state: State
    y: float


@dataclass(frozen=True)
class Node:
    """One step."""

    title: str
    runs: str
    x: float
    y: float
    width: float
    height: float
    ports: tuple[PortMark, ...]
    n_problems: int


@dataclass(frozen=True)
class Wire:
    """One data object on its way from the step that gives it to those that take it."""

    name: str
    lane: int
    x: float
    """Of its lane."""
    start: tuple[int, float]
    """Number of the step that gives it, and height of the port."""
    ends: tuple[tuple[int, float], ...]
    """Numbers of the steps that take it, in their order, and heights of their ports."""


@dataclass(frozen=True)
class Drawing:
    """Everything that is drawn."""

    width: float
    height: float
    nodes: tuple[Node, ...]
    wires: tuple[Wire, ...]

    def as_json(self) -> dict[str, Any]:
        """As JSON values, for the browser."""
        return asdict(self)


def lay_out(steps: Sequence[StepFlow], problems: Sequence[int] = ()) -> Drawing:
    """Places for all steps and wires, without overlap.

    Parameters
    ----------
    steps
        In the order of execution.
    problems
        How many problems each step has; default, none.
    """
    nodes = []
    y = EDGE
    for number, step in enumerate(steps):
        node = _node(step, y, problems[number] if number < len(problems) else 0)
        nodes.append(node)
        y += node.height + EDGE
    wires = _wires(steps, nodes)
    n_lanes = 1 + max((wire.lane for wire in wires), default=-1)
    width = EDGE + WIDTH + FIRST_LANE + max(1, n_lanes) * LANE
    return Drawing(width, y, tuple(nodes), tuple(wires))


def _node(step: StepFlow, y: float, n_problems: int) -> Node:
    height = max(LEAST, LINE * len(step.ports))
    first = y + PADDING + (height - LINE * len(step.ports)) / 2 + LINE / 2
    marks = tuple(_mark(port, first + LINE * n) for n, port in enumerate(step.ports))
    return Node(step.title, step.runs, EDGE, y, WIDTH, height + 2 * PADDING, marks, n_problems)


def _mark(port: Port, y: float) -> PortMark:
    return PortMark(port.name, port.parameter, port.is_output, port.state, y)


def _wires(steps: Sequence[StepFlow], nodes: Sequence[Node]) -> list[Wire]:
    """Lanes from left to right; short wires first, so that they stay near their steps."""
    spans = []
    for number, step in enumerate(steps):
        for place, port in enumerate(step.ports):
            if port.is_output and port.readers:
                top = nodes[number].ports[place].y
                ends = tuple((reader, nodes[reader].ports[at].y) for reader, at in port.readers)
                spans.append((port.name, (number, top), ends))
    lanes: list[list[tuple[float, float]]] = []
    wires = []
    for name, start, ends in sorted(spans, key=lambda span: span[2][-1][1] - span[1][1]):
        lane = _free_lane(lanes, start[1], ends[-1][1])
        x = EDGE + WIDTH + FIRST_LANE + lane * LANE
        wires.append(Wire(name, lane, x, start, ends))
    return wires


def _free_lane(lanes: list[list[tuple[float, float]]], start: float, end: float) -> int:
    """The first lane that nothing else runs down between two heights; taken from now on."""
    for lane, taken in enumerate(lanes):
        if all(bottom < start or end < top for top, bottom in taken):
            taken.append((start, end))
            return lane
    lanes.append([(start, end)])
    return len(lanes) - 1
