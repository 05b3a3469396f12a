"""What is asked, and how long the answers took."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray

from benchmarks.records import Row
from benchmarks.service.doors import Door
from benchmarks.timing import Peak

_WARM_UP = 3
_AFTER_ALL = 2**40
"""Number of an event that will never be."""


@dataclass(frozen=True)
class Question:
    """One operation whose answer is known."""

    name: str
    """Name of its case."""
    megabytes: int = 0
    """Size of the array that is read [MiB]; 0 asks for the events since the last one: none."""

    @property
    def array(self) -> NDArray[np.float32]:
        """(n, 512, 512) what is read: n images of 1 MiB."""
        shape = (self.megabytes, 512, 512)
        return np.random.default_rng(self.megabytes).random(shape, np.float32)

    @property
    def object_name(self) -> str:
        """Of the array in the kernel."""
        return f"images-{self.megabytes}"


QUESTIONS = (Question("round trip"), Question("read 1 MB", 1), Question("read 4 MB", 4))


def rows_of(
    doors: Sequence[Door],
    questions: Sequence[Question],
    load: str,
    pid: int,
    *,
    repeats: int,
    budget: float,
) -> list[Row]:
    """Ask every question at every door, turn by turn, so that all meet the same disturbances.

    Parameters
    ----------
    doors
        Ways into the kernel.
    questions
        What is asked.
    load
        What the kernel does meanwhile.
    pid
        Process of the kernel, whose memory is looked at.
    repeats
        Rounds.
    budget
        Seconds after which no further round begins.

    Raises
    ------
    ValueError
        If an answer is not the one that is expected.
    """
    seconds: dict[tuple[int, int], list[float]] = {
        (d, q): [] for q in range(len(questions)) for d in range(len(doors))
    }
    peaks = dict.fromkeys(seconds, 0)
    expected = [q.array.tobytes() if q.megabytes else b"" for q in questions]
    deadline = time.monotonic() + budget
    for turn in range(-_WARM_UP, repeats):
        if turn > 0 and time.monotonic() > deadline:
            break
        for d, q in seconds:
            with Peak(pid) as peak:
                began = time.perf_counter()
                answer = _ask(doors[d], questions[q])
                elapsed = time.perf_counter() - began
            if answer != expected[q]:
                raise ValueError(
                    f"{doors[d].name} answered {questions[q].name!r} with {answer.nbytes} bytes "
                    f"that are not those of the object ({len(expected[q])}): mend the kernel first."
                )
            if turn >= 0:
                seconds[d, q].append(elapsed)
                peaks[d, q] = max(peaks[d, q], peak.bytes)
    return [
        Row(
            case=f"{questions[q].name}, {load}",
            who=doors[d].name,
            seconds=median(taken),
            p95=float(np.percentile(taken, 95)),
            error=0.0,
            threads=1,
            n=len(taken),
            bytes=len(expected[q]),
            peak_memory=peaks[d, q],
            per="request",
            repeats=len(taken),
        )
        for (d, q), taken in seconds.items()
    ]


def _ask(door: Door, question: Question) -> memoryview:
    """The bytes of the answer where they came in, as `ObjectHandle` looks at them, too."""
    if not question.megabytes:
        told, _ = door.ask("kernel.events", {"since": _AFTER_ALL})
        return memoryview(b"".join(str(event).encode() for event in told["events"]))
    _, buffers = door.ask("objects.read", {"name": question.object_name})
    return memoryview(buffers[0])
