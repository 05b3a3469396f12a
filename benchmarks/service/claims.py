"""What the rows have to show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.records import Claim, Row

_ROUND_TRIP_MS = {"idle": 5.0, "our run": 15.0, "Python loop in a cell": 60.0}
"""Load -> most that an empty round trip over ZMQ may take."""
_READ_MS = 15.0
_SOCKET_MS = 5.0
_EXTENSION = "Daisy, WebSocket with extension"


def service_claims(rows: Sequence[Row]) -> list[Claim]:
    """Those that the rows allow, from nothing but the rows."""
    return list(_claims(rows))


def _claims(rows: Sequence[Row]) -> Iterator[Claim]:
    for row in rows:
        question, load = row.case.split(", ")
        over_zmq = "ZMQ" in row.who
        if question == "round trip" and over_zmq:
            yield _at_most(row, _ROUND_TRIP_MS[load])
        elif question == "round trip" and load == "idle" and row.who == _EXTENSION:
            yield _at_most(row, _SOCKET_MS)
        elif question == "read 4 MB" and load == "idle" and over_zmq:
            yield _at_most(row, _READ_MS)


def _at_most(row: Row, limit_ms: float) -> Claim:
    return Claim(f"{row.case}, {row.who}: median [ms]", 1e3 * row.seconds, at_most=limit_ms)
