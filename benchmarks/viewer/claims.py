"""What the rows have to show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.records import Claim, Row, against, ours_in, quotient
from benchmarks.viewer.scrubbing import IPYMPL, SEEN_AGAIN, SEEN_FIRST, VIEW_SIDE
from benchmarks.viewer.volume import AXES, case_across

_TIMES_IPYMPL = 3.0
_FRAMES_FROM_CACHE = 20.0
_PREVIEW_SIDE = 512
_AROUND = 8192
"""Messages around the planes of a frame [bytes]."""
_PLANES_HELD = 3
"""As float32, beside what was there before: a plane as it is read, as it is averaged, and what the
allocator keeps. A kernel that kept what it has shown would hold every plane."""
_HELD_ONCE = 6_000_000
"""However many planes are seen [bytes]: 12 planes of 512 x 512 cost 4.2 MB, and 200 cost 5.2 MB."""


def viewer_claims(rows: Sequence[Row]) -> list[Claim]:
    """Those that the rows allow, from nothing but the rows."""
    return list(_claims(rows))


def _claims(rows: Sequence[Row]) -> Iterator[Claim]:
    for ours, theirs, where in against(rows, SEEN_FIRST, IPYMPL):
        times = quotient(theirs.seconds, ours.seconds)
        yield Claim(f"{SEEN_FIRST}, {where}: frames/s over ipympl's", times, _TIMES_IPYMPL)
    for row in ours_in(rows, SEEN_AGAIN):
        rate = 1 / row.seconds
        yield Claim(f"{SEEN_AGAIN}, N = {row.n}: frames/s", rate, at_least=_FRAMES_FROM_CACHE)
    across = [case_across(axis) for axis in range(len(AXES))]
    for case in (SEEN_FIRST, SEEN_AGAIN, *across):
        for row in ours_in(rows, case):
            if row.received is not None:
                claim = f"{case}, N = {row.n}: bytes per frame"
                yield Claim(claim, row.received, at_most=_most_bytes(row.n))
    for case in across:
        for row in ours_in(rows, case):
            claim = f"{case}, N = {row.n}: growth of the kernel in bytes"
            most = _PLANES_HELD * 4 * row.n**2 + _HELD_ONCE
            yield Claim(claim, row.peak_memory, at_most=most)


def _most_bytes(side: int) -> int:
    """What one frame may bring: a preview of 8 bits, and at worst the plane with 16 bits as well.

    Planes are averaged over the largest squares that leave no pixel of the view without one.
    """
    seen = side // max(1, side // VIEW_SIDE)
    return min(_PREVIEW_SIDE, side) ** 2 + 2 * seen**2 + _AROUND
