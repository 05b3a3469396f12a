"""What the rows have to show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.peers.integrator import SPLITTINGS
from benchmarks.powder.files import CASE as FILE
from benchmarks.powder.files import READING as READING_FILE
from benchmarks.powder.integration import READING, case_of
from benchmarks.powder.memory import CASE as MEMORY
from benchmarks.records import OURS, Claim, Row, find, ours_in, quotient, threads_in_words

MOST_DEVIATION = 1e-5
"""See `largest_deviation`."""


def powder_claims(rows: Sequence[Row]) -> list[Claim]:
    """Those that the rows allow, from nothing but the rows."""
    return [*_integration(rows), *_files(rows), *_memory(rows)]


def _integration(rows: Sequence[Row]) -> Iterator[Claim]:
    for splitting in SPLITTINGS:
        for ours in ours_in(rows, case_of(splitting)):
            where = f"{ours.case}, {threads_in_words(ours.threads)}"
            yield Claim(
                f"{where}: largest deviation from pyFAI", _known(ours.error), at_most=MOST_DEVIATION
            )
            peers = [
                row
                for row in rows
                if (row.case, row.threads) == (ours.case, ours.threads)
                and row.who not in (OURS, READING)
            ]
            if peers:
                best = min(peers, key=lambda row: row.seconds)
                ratio = best.seconds / ours.seconds
                yield Claim(f"{where}: times faster than {best.who}", ratio, at_least=10)
            if splitting == "no" and ours.threads == 1:
                yield Claim(
                    f"{where}: share of the bandwidth of reading", _known(ours.share), at_least=0.6
                )


def _files(rows: Sequence[Row]) -> Iterator[Claim]:
    ours = find(rows, case=FILE, who=OURS)
    reading = find(rows, case=FILE, who=READING_FILE)
    if ours is None or reading is None:
        return
    yield Claim(
        f"{FILE}: frames per second over those of h5py, which only reads",
        reading.seconds / ours.seconds,
        at_least=1.4,
    )
    yield Claim(f"{FILE}: largest deviation from pyFAI", _known(ours.error), at_most=MOST_DEVIATION)


def _memory(rows: Sequence[Row]) -> Iterator[Claim]:
    found = sorted(ours_in(rows, MEMORY), key=lambda row: row.n)
    if len(found) < 2:
        return
    few, many = found[0], found[-1]
    ratio = quotient(many.peak_memory, few.peak_memory)
    yield Claim(f"{MEMORY}: that of {many.n} frames over that of {few.n}", ratio, at_most=1.05)


def _known(number: float | None) -> float:
    return float("nan") if number is None else number
