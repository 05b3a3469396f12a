"""The cases that turn sinograms into slices: Fourier, filtered back-projection, SIRT."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from math import log2
from types import ModuleType
from typing import Any

from numpy.typing import NDArray

from benchmarks.limits import Limits
from benchmarks.peers.reconstructor import SIRT_ITERATIONS, Reconstructor, Worker
from benchmarks.records import Row, threads_in_words
from benchmarks.timing import interleaved
from benchmarks.tomography.residual import relative_residual
from benchmarks.tomography.scan import errors_of, n_angle_for, slice_for

TRUSTED_CORRELATION = 0.99
"""With the truth. At 256 columns everybody who has the conventions right reaches 0.994, and half a
pixel of the centre costs 0.035."""
_TRIAL, _ITERATIVE_TRIAL = 256, 128
_TRIAL_ITERATIONS = 200
"""SIRT takes so many to be that sharp; half a pixel of the centre costs it 0.08."""


def trusted(
    modules: Iterable[ModuleType],
) -> tuple[list[Reconstructor], dict[str, str]]:
    """Who reconstructs a small slice off centre correctly, and why the others are left out."""
    accepted, refused = [], {}
    for module in modules:
        for reconstructor in getattr(module, "RECONSTRUCTORS", ()):
            correlation = _correlation(reconstructor)
            if correlation > TRUSTED_CORRELATION:
                accepted.append(reconstructor)
            else:
                refused[f"{reconstructor.who}, {reconstructor.case}"] = (
                    f"correlates only {correlation:.4f} with the truth: its time means nothing"
                )
    return accepted, refused


def _correlation(reconstructor: Reconstructor) -> float:
    known = slice_for(reconstructor, _ITERATIVE_TRIAL if reconstructor.case == "sirt" else _TRIAL)
    geometry = replace(known.geometry, iterations=_TRIAL_ITERATIONS)
    volume = reconstructor.prepare(geometry)(known.stack(reconstructor.slices))
    return errors_of(volume, known.truth).correlation


def reconstruction_rows(
    reconstructors: Sequence[Reconstructor],
    case: str,
    sizes: Sequence[int],
    limits: Limits,
    *,
    repeats: int,
    budget: float,
    tell: Callable[[str], None],
) -> list[Row]:
    """Times and errors of one case.

    Parameters
    ----------
    reconstructors
        Those of other cases are passed over.
    case
        fourier, fbp or sirt.
    sizes
        Columns of the detector.
    limits
        Of as many threads as are to be used.
    repeats, budget
        See `interleaved`.
    tell
        Is told what is going on.
    """
    rows = []
    threads = limits.threads
    for n in sizes:
        chosen = [r for r in reconstructors if r.case == case and n <= r.largest]
        tell(f"{case}, N = {n}, {threads_in_words(threads)}: " + who(chosen))
        with ThreadPoolExecutor(threads) as pool:
            turns = {r.who: _turn(r, n, threads, pool) for r in chosen}
            measured = interleaved(turns, repeats=repeats, budget=budget)
        for r in chosen:
            known = slice_for(r, n)
            errors = errors_of(measured[r.who].result, known.truth)
            units = r.slices * threads * (SIRT_ITERATIONS if case == "sirt" else 1)
            seconds = measured[r.who].seconds / units
            rows.append(
                Row(
                    case=case,
                    who=r.who,
                    seconds=seconds,
                    per="iteration" if case == "sirt" else "slice",
                    error=errors.raw,
                    error_flat=errors.flat,
                    error_scaled=errors.scaled,
                    residual=(
                        relative_residual(measured[r.who].result[0], known.sinogram, known.geometry)
                        if case == "sirt"
                        else None
                    ),
                    threads=threads,
                    n=n,
                    bytes=known.sinogram.nbytes,
                    peak_memory=measured[r.who].peak_memory,
                    share=_operations(case, n) / seconds / limits.flops,
                    limit="FMA",
                    repeats=measured[r.who].repeats,
                )
            )
    return rows


def who(reconstructors: Iterable[Reconstructor]) -> str:
    """Their names."""
    return ", ".join(r.who for r in reconstructors)


def _turn(
    reconstructor: Reconstructor, n: int, threads: int, pool: ThreadPoolExecutor
) -> Callable[[], NDArray[Any]]:
    """What each thread does with the slices that it likes to do at once."""
    known = slice_for(reconstructor, n)
    sinograms = known.stack(reconstructor.slices)
    workers: list[Worker] = []

    def turn() -> NDArray[Any]:
        # In the first turn, whose time does not count but whose memory does.
        workers.extend(reconstructor.prepare(known.geometry) for _ in range(threads - len(workers)))
        if threads == 1:
            return workers[0](sinograms)  # in this thread: some libraries keep settings per thread
        parts = list(pool.map(lambda worker: worker(sinograms), workers))
        return parts[-1]

    return turn


def _operations(case: str, n: int) -> float:
    """Arithmetic that the method needs at least, whoever does it, for one slice (and iteration).

    Fourier: the transforms of real projections, padded twofold, and of a real plane with 1.5
    points per pixel, 2.5 n log2 n each, and spreading each sample with a window 4 wide. Back-
    projection: two fused multiply-adds for each pixel and angle; SIRT does that twice.
    """
    n_angle = n_angle_for(n)
    if case == "fourier":
        plane = (1.5 * n) ** 2
        spreading = 2 * 2 * 4**2 * n * n_angle
        return 2.5 * (2 * n * log2(2 * n) * n_angle + plane * log2(plane)) + spreading
    return float(4 * n**2 * n_angle) * (2 if case == "sirt" else 1)
