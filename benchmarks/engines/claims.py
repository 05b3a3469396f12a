"""What the rows have to show."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.records import OURS, Claim, Row, find, quotient

ON_SPARK = "Daisy on Spark"
RECONSTRUCT = "tomography"
START = "start"
DAY_BYTES = 200 * 10**12
DAY_S = 86_400
HOST_CORES = 64
_SLOWER = 1.25
"""On the same cores; what Spark is for is more of them."""


def engines_claims(rows: Sequence[Row]) -> list[Claim]:
    """Those that the rows allow, from nothing but the rows."""
    here = find(rows, case=RECONSTRUCT, who=OURS)
    there = find(rows, case=RECONSTRUCT, who=ON_SPARK)
    if here is None or there is None:
        return []
    slower = quotient(there.seconds, here.seconds)
    return [
        Claim("Spark takes as long as one process, times", slower, at_most=_SLOWER),
        Claim(
            "largest difference between the engines, of all elements",
            float("inf") if there.error is None else there.error,
            at_most=0,
        ),
    ]
