"""Frames that lie in memory, and who integrates them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

import numpy as np

from benchmarks.limits import Limits, read_through
from benchmarks.peers.integrator import Experiment, Frames, Integrator, Patterns, Splitting
from benchmarks.powder.experiment import largest_deviation
from benchmarks.records import OURS, Row, threads_in_words
from benchmarks.timing import interleaved

READING = "reading alone"
"""The limit: adding up the bytes of the same frames in the same threads."""
TRUSTED = 1e-3
"""Who deviates from the reference by more has not understood the question, or we have not."""
_FRAMES_OF_OTHERS = 4
"""Per call: who takes frame after frame is no faster with more."""


def case_of(splitting: Splitting) -> str:
    """How rows call it."""
    return f"integrate, {splitting} splitting"


def integrators_of(contestants: Iterable[ModuleType]) -> list[Integrator]:
    """Everybody's."""
    return [i for module in contestants for i in getattr(module, "INTEGRATORS", ())]


def integration_rows(
    integrators: Sequence[Integrator],
    splitting: Splitting,
    experiment: Experiment,
    frames: Frames,
    expected: Patterns,
    limits: Limits,
    *,
    repeats: int,
    budget: float,
    tell: Callable[[str], None],
) -> tuple[list[Row], dict[str, str]]:
    """Time per frame of everybody who splits pixels in this way, and of reading the frames.

    Parameters
    ----------
    integrators, splitting
        Who, and which of them.
    experiment, frames
        What to integrate; more frames than caches hold.
    expected : (n_frame, n_bin)
        The patterns by the reference.
    limits
        Says how many threads.
    repeats, budget
        See `interleaved`.
    tell
        Is told what is going on.

    Returns
    -------
    rows
        The error is `largest_deviation`; share is of reading alone.
    left_out
        Who deviates too much -> how much.
    """
    threads, case = limits.threads, case_of(splitting)
    chosen = [i for i in integrators if i.splitting == splitting and i.least_threads <= threads]
    tell(f"{case}, {threads_in_words(threads)}: " + ", ".join(i.who for i in chosen))
    counts = {i.who: _frames_for(i, threads, len(frames)) for i in chosen}
    turns: dict[str, Callable[[], Patterns]] = {
        i.who: _turn(i.prepare(experiment, threads), frames[: counts[i.who]]) for i in chosen
    }
    counts[READING] = max(counts.values())
    with ThreadPoolExecutor(threads) as pool:
        turns[READING] = _reading(frames[: counts[READING]], threads, pool)
        measured = interleaved(turns, repeats=repeats, budget=budget)
    seconds = {who: found.seconds / counts[who] for who, found in measured.items()}
    rows, left_out = [], {}
    for who, found in measured.items():
        error = None
        if who != READING:
            error = largest_deviation(found.result, expected[: counts[who]])
        if error is not None and error > TRUSTED:
            left_out[f"{who}, {case}"] = f"deviates by {error:.2g} from the reference"
            continue
        rows.append(
            Row(
                case=case,
                who=who,
                seconds=seconds[who],
                per="frame",
                error=error,
                threads=threads,
                n=frames.shape[2],
                bytes=frames[0].nbytes,
                peak_memory=found.peak_memory,
                share=seconds[READING] / seconds[who] if who == OURS else None,
                limit="reading" if who == OURS else None,
                repeats=found.repeats,
            )
        )
    return rows, left_out


def _frames_for(integrator: Integrator, threads: int, n_frame: int) -> int:
    return min(n_frame, max(integrator.frames * threads, _FRAMES_OF_OTHERS))


def _turn(worker: Callable[[Frames], Patterns], frames: Frames) -> Callable[[], Patterns]:
    return lambda: worker(frames)


def _reading(frames: Frames, threads: int, pool: ThreadPoolExecutor) -> Callable[[], Patterns]:
    words = frames.reshape(-1)
    whole = words.nbytes // 8 * 8 // words.itemsize
    parts = np.array_split(words[:whole].view(np.int64), threads)
    return lambda: np.array(list(pool.map(read_through, parts)))
