"""What a benchmark says: rows that were measured, claims that follow from them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

OURS = "Daisy"


@dataclass(frozen=True)
class Row:
    """One case, computed by one library."""

    case: str
    who: str
    seconds: float
    """Median wall time of one unit; see `per`."""
    error: float | None
    """Root mean square against the truth in tomography, the largest deviation in powder
    diffraction; what else is compared, the case says."""
    threads: int
    n: int
    """Columns of the detector; of a case that is named after what grows, how many of those; of
    requests, how many."""
    bytes: int
    """Size of the input that `seconds` were spent on."""
    peak_memory: int
    """What the process grew by at most meanwhile [bytes]."""
    per: str = "call"
    """What `seconds` are for: a slice, an iteration of one, a block, a file."""
    error_flat: float | None = None
    """The same away from edges, where the truth has one value."""
    error_scaled: float | None = None
    """The same after the factor that suits it best."""
    residual: float | None = None
    """Of an iterative method: |A image - sinogram| / |sinogram|."""
    share: float | None = None
    """Of the limit of this machine, measured in the same run."""
    limit: str | None = None
    """Which limit."""
    repeats: int = 1
    """How many times were measured."""
    stored: str | None = None
    """How the input lies in its file: type, compression, ratio."""
    memory_budget: int | None = None
    """What it was told to stay within [bytes]."""
    p95: float | None = None
    """19 of 20 took at most so long [s]."""
    received: int | None = None
    """What came to the browser for one [bytes]."""


@dataclass(frozen=True)
class Claim:
    """A number that follows from rows, and what it has to be."""

    claim: str
    value: float
    at_least: float | None = None
    at_most: float | None = None

    @property
    def holds(self) -> bool:
        """Whether it is true; a value that is not a number never is."""
        if self.at_least is not None and not self.value >= self.at_least:
            return False
        return self.at_most is None or self.value <= self.at_most

    def as_json(self) -> dict[str, Any]:
        """With the one bound that it has."""
        bounds = {"at_least": self.at_least, "at_most": self.at_most}
        return {
            "claim": self.claim,
            "value": self.value,
            **{name: bound for name, bound in bounds.items() if bound is not None},
        }


@dataclass
class Report:
    """Everything that one run of one subject gave."""

    machine: dict[str, Any]
    rows: list[Row] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)

    def as_json(self) -> str:
        """One line."""
        content = {
            "machine": self.machine,
            "rows": [asdict(row) for row in self.rows],
            "claims": [claim.as_json() for claim in self.claims],
        }
        return json.dumps(content, allow_nan=False)


def find(
    rows: Iterable[Row], *, case: str, who: str, n: int | None = None, threads: int | None = None
) -> Row | None:
    """The row of a library in a case, if it was measured."""
    for row in rows:
        same = row.case == case and row.who == who
        if same and n in (None, row.n) and threads in (None, row.threads):
            return row
    return None


def ours_in(rows: Sequence[Row], case: str) -> list[Row]:
    """Daisy's rows of a case."""
    return [row for row in rows if row.case == case and row.who == OURS]


def against(rows: Sequence[Row], case: str, who: str) -> Iterator[tuple[Row, Row, str]]:
    """Our row, that of another, and where they meet."""
    for ours in ours_in(rows, case):
        theirs = find(rows, case=case, who=who, n=ours.n, threads=ours.threads)
        if theirs is not None:
            yield ours, theirs, f"N = {ours.n}, {threads_in_words(ours.threads)}"


def threads_in_words(count: int) -> str:
    """1 thread, 2 threads."""
    return f"{count} thread{'s' * (count > 1)}"


def quotient(ours: float | None, theirs: float | None) -> float:
    """Ours / theirs.

    Raises
    ------
    ValueError
        If one of them was not measured.
    """
    if not ours or not theirs:
        raise ValueError(
            f"A claim divides {ours} by {theirs}; both must have been measured: check the rows."
        )
    return ours / theirs


def growth(rows: Sequence[Row], row: Row) -> float | None:
    """Exponent p of seconds ~ n^p from the next smaller size on; None for the smallest."""
    smaller = [
        other
        for other in rows
        if (other.case, other.who, other.threads) == (row.case, row.who, row.threads)
        and other.n < row.n
    ]
    if not smaller:
        return None
    previous = max(smaller, key=lambda other: other.n)
    return math.log(row.seconds / previous.seconds) / math.log(row.n / previous.n)
