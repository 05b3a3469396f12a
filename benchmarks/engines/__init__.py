"""The same workflow in one process and on a Spark cluster with the same cores."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from benchmarks.engines.claims import (
    DAY_BYTES,
    DAY_S,
    HOST_CORES,
    ON_SPARK,
    RECONSTRUCT,
    START,
    engines_claims,
)
from benchmarks.engines.cluster import Ready, cluster_of_two
from benchmarks.machine import describe
from benchmarks.records import OURS, Report, Row
from benchmarks.timing import Measured, interleaved
from benchmarks.tomography.end_to_end import QUICK, Size, group_of_counts, inputs_of, write_scan
from benchmarks.workflow_runs import folder_of_runs, forget, run_workflow
from daisy_kernel.engines.run_folder import recorded_runs

__all__ = ["FULL_PLAN", "QUICK_PLAN", "Plan", "engines", "engines_claims", "largest_difference"]

THREADS = 2
"""Blocks computed at once; the cluster has as many workers of one core."""
_ROWS_AT_ONCE = 16


@dataclass(frozen=True)
class Plan:
    """How large and how often."""

    size: Size
    repeats: int
    budget: float
    """Seconds for each engine, after which it takes no further turns."""


QUICK_PLAN = Plan(QUICK, repeats=2, budget=30.0)
FULL_PLAN = Plan(
    Size(n_angle=901, n_row=1088, n=1024, memory=3_000_000_000), repeats=3, budget=200.0
)


def engines(
    plan: Plan, *, only_ours: bool = False, tell: Callable[[str], None] = lambda message: None
) -> Report:
    """Run the benchmark.

    Parameters
    ----------
    plan
        Size and repeats.
    only_ours
        Changes nothing: the peer of an engine is the other one.
    tell
        Is told what is going on.

    Returns
    -------
    report
        Seconds of the workflow `tomography` on each engine once it is up, the seconds to get it up,
        and what a day of 200 TB would take at this cost of a block.
    """
    size = plan.size
    nbytes = 2 * size.n_angle * size.n_row * size.n
    with folder_of_runs() as folder:
        scan = folder / "scan.h5"
        tell(f"writing a scan of {nbytes / 1e9:.2g} GB")
        counts, _ = group_of_counts(size)
        write_scan(scan, counts, size)
        tell("starting a cluster of two workers with one core each")
        with cluster_of_two(folder) as ready:
            outputs = {who: folder / f"{i}.h5" for i, who in enumerate((OURS, ON_SPARK))}
            contestants: dict[str, Callable[[], Any]] = {
                OURS: lambda: _run(scan, outputs[OURS], size, "inprocess"),
                ON_SPARK: lambda: _run(scan, outputs[ON_SPARK], size, "spark"),
            }
            tell(f"{RECONSTRUCT}: " + ", ".join(contestants))
            measured = interleaved(contestants, repeats=plan.repeats, budget=plan.budget)
            difference = largest_difference(*outputs.values())
            blocks = _blocks(folder / "runs")
    rows = list(_rows(size, nbytes, ready, measured, difference, blocks))
    report = Report(describe([], {}, {}), rows)
    report.claims = engines_claims(rows)
    return report


def _rows(
    size: Size,
    nbytes: int,
    ready: Ready,
    measured: dict[str, Measured],
    difference: float,
    blocks: int,
) -> Iterator[Row]:
    for who, found in measured.items():
        yield Row(
            case=RECONSTRUCT,
            who=who,
            seconds=found.seconds,
            per="file",
            error=difference,
            threads=THREADS,
            n=size.n,
            bytes=nbytes,
            peak_memory=found.peak_memory,
            repeats=found.repeats,
            memory_budget=size.memory,
        )
    yield Row(
        case=START,
        who=ON_SPARK,
        seconds=ready.seconds,
        error=None,
        threads=THREADS,
        n=size.n,
        bytes=0,
        peak_memory=0,
    )
    for who, found in measured.items():
        of_block = found.seconds * THREADS / blocks
        cores = DAY_BYTES / nbytes * blocks * of_block / DAY_S
        yield Row(
            case="200 TB a day: cores in `threads`, machines in `n`",
            who=who,
            seconds=of_block,
            per=f"block of {nbytes / blocks / 1e6:.0f} MB on one core",
            error=None,
            threads=int(np.ceil(cores)),
            n=int(np.ceil(cores / HOST_CORES)),
            bytes=DAY_BYTES,
            peak_memory=0,
        )


def _run(scan: Path, output: Path, size: Size, engine: str) -> None:
    output.unlink(missing_ok=True)
    forget(scan)
    inputs = inputs_of(scan, output, size)
    run_workflow("tomography", inputs, memory=size.memory, threads=THREADS, engine=engine)


def largest_difference(one: Path, other: Path) -> float:
    """Over all elements, a few slices at a time; infinite where only one is a number."""
    largest = 0.0
    with h5py.File(one) as a, h5py.File(other) as b:
        ours, theirs = a["entry/data/data"], b["entry/data/data"]
        for lo in range(0, ours.shape[0], _ROWS_AT_ONCE):
            rows = slice(lo, lo + _ROWS_AT_ONCE)
            x: NDArray[np.float32] = ours[rows]
            y: NDArray[np.float32] = theirs[rows]
            if not np.array_equal(x, y, equal_nan=True):
                apart = np.abs(x.astype(np.float64) - y)
                largest = max(largest, float(np.nan_to_num(apart, nan=np.inf).max()))
    return largest


def _blocks(runs: Path) -> int:
    """Finished blocks of the last stage of the latest run."""
    noted = recorded_runs(runs)[-1].journal.read()
    stage, _ = noted.places[-1]
    return len(noted.blocks[stage])
