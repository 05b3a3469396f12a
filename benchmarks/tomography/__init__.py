"""Parallel-beam tomography, from counts to slices, against every library that is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from benchmarks import peers
from benchmarks.limits import measure_limits
from benchmarks.machine import describe
from benchmarks.records import Report, Row
from benchmarks.tomography.claims import tomography_claims
from benchmarks.tomography.end_to_end import FULL, QUICK, Size, end_to_end_rows
from benchmarks.tomography.preprocessing import normalise_rows, stripe_rows
from benchmarks.tomography.reconstruction import reconstruction_rows, trusted
from daisy_kernel.engines.memory import usable_cores

__all__ = ["FULL_PLAN", "QUICK_PLAN", "Plan", "tomography", "tomography_claims"]


@dataclass(frozen=True)
class Plan:
    """How large and how often."""

    fourier: tuple[int, ...]
    """Columns of the detector."""
    fbp: tuple[int, ...]
    sirt: tuple[int, ...]
    block: tuple[int, int, int]
    """(n_angle, n_row, n_col) that is normalised."""
    stripes: tuple[int, int]
    """Columns and rows."""
    file: Size
    repeats: int
    budget: float
    """Seconds for each library in each case, after which it takes no further turns."""


QUICK_PLAN = Plan(
    fourier=(256, 512),
    fbp=(256, 512),
    sirt=(256,),
    block=(180, 64, 1024),
    stripes=(512, 4),
    file=QUICK,
    repeats=3,
    budget=1.0,
)
FULL_PLAN = Plan(
    fourier=(1024, 2048),
    fbp=(512, 1024),
    sirt=(256, 512),
    block=(600, 64, 2048),
    stripes=(2048, 4),
    file=FULL,
    repeats=5,
    budget=25.0,
)


def tomography(
    plan: Plan,
    *,
    only_ours: bool = False,
    cases: Iterable[str] = ("normalise", "stripes", "fourier", "fbp", "sirt", "file"),
    tell: Callable[[str], None] = lambda message: None,
) -> Report:
    """Run the benchmark.

    Parameters
    ----------
    plan
        Sizes and repeats.
    only_ours
        Leave the other libraries out.
    cases
        Which of them.
    tell
        Is told what is going on.

    Returns
    -------
    report
        A library whose result is wrong has no rows; ``machine["left_out"]`` says so.
    """
    threads = usable_cores()
    tell("measuring the limits of this machine")
    limits = {count: measure_limits(count) for count in sorted({1, threads})}
    tell("who is here, and who can be trusted")
    contestants, versions = peers.installed(peers.TOMOGRAPHY, only_ours=only_ours)
    reconstructors, refused = trusted(contestants.values())
    machine = describe(limits.values(), versions, refused)
    rows: list[Row] = []
    wanted = set(cases)
    if "normalise" in wanted:
        tell("normalise + minus log")
        rows += normalise_rows(
            contestants, limits[1], shape=plan.block, repeats=plan.repeats, budget=plan.budget
        )
    if "stripes" in wanted:
        tell("stripes")
        n, n_row = plan.stripes
        rows += stripe_rows(contestants, n=n, n_row=n_row, repeats=plan.repeats, budget=plan.budget)
    for case in ("fourier", "fbp", "sirt"):
        # Only the fastest method is worth a look at all threads: the others scale alike.
        counts = limits if case == "fourier" else (1,)
        for count in counts:
            if case in wanted:
                rows += reconstruction_rows(
                    reconstructors,
                    case,
                    getattr(plan, case),
                    limits[count],
                    repeats=plan.repeats,
                    budget=plan.budget,
                    tell=tell,
                )
    if "file" in wanted:
        rows += end_to_end_rows(
            plan.file, threads=threads, repeats=2, budget=3 * plan.budget, tell=tell
        )
    return Report(machine, rows, tomography_claims(rows))
