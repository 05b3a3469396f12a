"""Powder diffraction, from counts to patterns, against every method of pyFAI for processors."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from benchmarks import peers
from benchmarks.limits import measure_limits
from benchmarks.machine import describe
from benchmarks.peers.integrator import Splitting
from benchmarks.peers.pyfai import reference_patterns
from benchmarks.powder.claims import powder_claims
from benchmarks.powder.experiment import Size, experiment_of, frames_of, powder_stack
from benchmarks.powder.files import file_rows
from benchmarks.powder.integration import integration_rows, integrators_of
from benchmarks.powder.memory import memory_rows
from benchmarks.records import Report, Row
from daisy_kernel.engines.memory import usable_cores

__all__ = ["FULL_PLAN", "QUICK_PLAN", "Plan", "powder", "powder_claims"]


@dataclass(frozen=True)
class Plan:
    """How large and how often."""

    size: Size
    splittings: tuple[Splitting, ...]
    n_different: int
    """Frames that are simulated; files hold them again and again."""
    n_in_file: int
    n_in_memory: tuple[int, ...]
    """Frames in the files of which the memory is looked at."""
    memory: int
    """Budget of those runs [bytes]; even the fewest frames are more than that."""
    repeats: int
    budget: float
    """Seconds for each library in each case, after which it takes no further turns."""


QUICK_PLAN = Plan(
    size=Size(1062, 1028, 1000),
    splittings=("no",),
    n_different=32,
    n_in_file=256,
    n_in_memory=(64, 512),
    memory=250_000_000,
    repeats=5,
    budget=0.25,
)
FULL_PLAN = Plan(
    size=Size(2167, 2070, 1000),
    splittings=("no", "bbox", "full"),
    n_different=32,
    n_in_file=1024,
    n_in_memory=(64, 512),
    memory=1_000_000_000,
    repeats=11,
    budget=3.0,
)


def powder(
    plan: Plan,
    *,
    only_ours: bool = False,
    cases: Iterable[str] = ("integrate", "file", "memory"),
    tell: Callable[[str], None] = lambda message: None,
) -> Report:
    """Run the benchmark.

    Parameters
    ----------
    plan
        Sizes and repeats.
    only_ours
        Leave the methods of pyFAI out; its patterns are the reference all the same.
    cases
        Which of them.
    tell
        Is told what is going on.

    Returns
    -------
    report
        A method whose result is wrong has no rows; ``machine["left_out"]`` says so.
    """
    threads = usable_cores()
    tell("measuring the limits of this machine")
    limits = {count: measure_limits(count) for count in sorted({1, threads})}
    contestants, versions = peers.installed(peers.POWDER, only_ours=only_ours)
    integrators = integrators_of(contestants.values())
    machine = describe(limits.values(), versions, {})
    tell(f"simulating {plan.n_different} frames of {plan.size.n_row} x {plan.size.n_col} pixels")
    stack = powder_stack(plan.size, plan.n_different)
    experiment, frames = experiment_of(stack, plan.size.n_bin), frames_of(stack, threads)
    wanted = set(cases)
    rows: list[Row] = []
    refused: dict[str, str] = {}
    for splitting in plan.splittings if "integrate" in wanted else ():
        expected = reference_patterns(experiment, splitting, frames)
        for count in limits:
            found, left_out = integration_rows(
                integrators,
                splitting,
                experiment,
                frames,
                expected,
                limits[count],
                repeats=plan.repeats,
                budget=plan.budget,
                tell=tell,
            )
            rows += found
            refused |= left_out
    if "file" in wanted:
        rows += file_rows(
            experiment,
            frames,
            reference_patterns(experiment, "bbox", frames),
            n_frame=plan.n_in_file,
            memory=plan.memory,
            threads=threads,
            repeats=plan.repeats // 2 + 1,
            budget=15 * plan.budget,
            tell=tell,
        )
    if "memory" in wanted:
        rows += memory_rows(
            experiment,
            frames,
            n_frames=plan.n_in_memory,
            memory=plan.memory,
            threads=threads,
            tell=tell,
        )
    machine["left_out"] = refused
    return Report(machine, rows, powder_claims(rows))
