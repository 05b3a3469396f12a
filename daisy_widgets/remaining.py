"""How far a run has come and how long it will go on, as far as anybody can know.

The counterpart of the lab extension's `progress.ts` and `format.ts`: same rules, same words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_LEAST_S = 1.0
"""What must have been seen before anything is said [s]."""


@dataclass(frozen=True)
class _Start:
    item: int
    done: int
    time_s: float


class Remaining:
    """How long a run will go on, from the pace of its blocks since somebody looks.

    Parts of a plan take as long as they like, so the pace of one says nothing about the next. Nor
    does the start of the run: it may have waited, or gone on after an interruption.
    """

    def __init__(self) -> None:
        self._start: _Start | None = None

    def see(self, progress: Mapping[str, Any], time_s: float) -> str:
        """Note how far the run is at a time, and say what is done and left.

        Parameters
        ----------
        progress
            `item` of `items`, `done` of `blocks` and `fraction`, as ``run.describe`` tells them.
        time_s
            Of any clock that goes on [s].
        """
        share = f"{int(100 * progress['fraction'])} %"
        item, done = progress["item"], progress["done"]
        start = self._start
        if start is None or start.item != item or done < start.done:
            self._start = _Start(item, done, time_s)
            return share
        passed_s = time_s - start.time_s
        if done == start.done or passed_s < _LEAST_S:
            return share
        left_s = (progress["blocks"] - done) * passed_s / (done - start.done)
        part = "" if item >= progress["items"] - 1 else " in this part"
        return f"{share} · {duration_in_words(left_s)} left{part}"


def duration_in_words(seconds: float) -> str:
    """A length of time in its two largest units: '2 min 5 s'."""
    whole = max(0, round(seconds))
    for size, unit, smaller, name in ((86400, "d", 3600, "h"), (3600, "h", 60, "min")):
        if whole >= size:
            return f"{whole // size} {unit} {whole % size // smaller} {name}"
    return f"{whole // 60} min {whole % 60} s" if whole >= 60 else f"{whole} s"
