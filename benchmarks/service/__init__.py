"""The kernel as a service: how long it takes to ask it for something, whatever else it does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from benchmarks.limits import measure_limits
from benchmarks.machine import describe
from benchmarks.records import Report, Row
from benchmarks.service.claims import service_claims
from benchmarks.service.doors import CommDoor, ControlDoor, Door
from benchmarks.service.loads import LOADS
from benchmarks.service.questions import QUESTIONS, rows_of
from benchmarks.service.served_kernel import ServedKernel
from benchmarks.service.web_server import WebKernel
from daisy_kernel.engines.memory import usable_cores

__all__ = ["FULL_PLAN", "QUICK_PLAN", "Plan", "service", "service_claims"]


@dataclass(frozen=True)
class Plan:
    """How often."""

    repeats: int
    """Rounds, in each of which every door is asked every question."""
    budget: float
    """Seconds for each load, after which no further round begins."""


QUICK_PLAN = Plan(repeats=60, budget=10.0)
FULL_PLAN = Plan(repeats=400, budget=45.0)


def service(
    plan: Plan,
    *,
    only_ours: bool = False,
    loads: Iterable[str] = tuple(LOADS),
    tell: Callable[[str], None] = lambda message: None,
) -> Report:
    """Run the benchmark.

    Parameters
    ----------
    plan
        Repeats.
    only_ours
        Makes no difference: there is nobody to compare with.
    loads
        What the kernel does meanwhile.
    tell
        Is told what is going on.

    Returns
    -------
    report
        Every answer was compared with what was to be answered.
    """
    tell("measuring the limits of this machine")
    machine = describe([measure_limits(usable_cores())], {}, {})
    wanted = [name for name in LOADS if name in set(loads)]

    def ask(doors: Sequence[Door], kernel: ServedKernel, load: str) -> list[Row]:
        tell(f"{', '.join(door.name for door in doors)}: {load}")
        with LOADS[load](kernel):
            return rows_of(
                doors, QUESTIONS, load, kernel.pid, repeats=plan.repeats, budget=plan.budget
            )

    rows: list[Row] = []
    machine["left_out"] = {}
    with ServedKernel() as kernel:
        kernel.put(QUESTIONS)
        over_zmq: list[Door] = [ControlDoor(kernel.new_client()), CommDoor(kernel.new_client())]
        for load in wanted:
            rows += ask(over_zmq, kernel, load)
    for with_extension in (False, True):
        with WebKernel(with_extension=with_extension) as kernel:
            kernel.put(QUESTIONS)
            door = kernel.door()
            for load in wanted if with_extension else wanted[:1]:
                rows += ask([door], kernel, load)
    return Report(machine, rows, service_claims(rows))
