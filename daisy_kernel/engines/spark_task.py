"""One block on a worker of Spark."""

from __future__ import annotations

import errno
import io
import pickle
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from daisy_kernel.engines.crossing_errors import CrossingError, crossing
from daisy_kernel.engines.provenance import installed_versions
from daisy_kernel.engines.spark_self_test import check_versions
from daisy_kernel.errors import DaisyError

_FINAL_ERRNOS = frozenset(
    (
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EFBIG,
        errno.EACCES,
        errno.EPERM,
        errno.EROFS,
        errno.ENOENT,
    )
)
"""What the system would say again, whichever worker asks."""
_works: dict[str, Any] = {}


@dataclass(frozen=True)
class Told:
    """What a task tells the process of the engine."""

    lo: int
    hi: int
    stored: Any
    lines: tuple[tuple[Literal["info", "warning", "error"], str], ...]
    """Of the log."""
    error: CrossingError | None = None
    """Why there is nothing stored, if repeating the block would not help."""


@dataclass(frozen=True)
class BlockTask:
    """Computes blocks of one stage, whichever it is given.

    Parameters
    ----------
    key
        Of the stage in this run.
    work
        Broadcast of two pickles, one behind the other: the versions in the process of the engine,
        and the `BlockWork`.
    deliveries
        Accumulator that brings what is told to the process of the engine, while the job goes on.
    stop
        A file that ends the job: when it is there, blocks are left alone. It may name the one block
        that failed, which fails again if Spark repeats it, because what it told was lost.
    """

    key: str
    work: Any
    deliveries: Any
    stop: Path

    def __call__(self, block: tuple[int, int]) -> None:
        """Compute and store one block.

        Raises
        ------
        OSError, MemoryError
            What another attempt may not meet: Spark repeats the task.
        """
        lo, hi = block
        lines: list[tuple[Any, str]] = []
        if self._is_stopped(lo):
            return
        try:
            work = self._unpacked()
            result = work.compute(lo, hi, lambda level, line: lines.append((level, line)))
            if self._is_stopped(lo):
                return
            told = Told(lo, hi, work.store(lo, hi, result), tuple(lines))
        except Exception as error:
            if may_pass(error):
                raise
            told = Told(lo, hi, None, tuple(lines), crossing(error))
            with suppress(OSError):  # of the disk, say, which is full
                self.stop.write_text(str(lo))
        self.deliveries.add([told])

    def _is_stopped(self, lo: int) -> bool:
        try:
            return self.stop.read_text() != str(lo)
        except FileNotFoundError:
            return False

    def _unpacked(self) -> Any:
        """The work, unpacked once in each process: it keeps what all blocks read."""
        if self.key not in _works:
            _works.clear()
            _works[self.key] = unpacked(self.work.value)
        return _works[self.key]


def unpacked(content: bytes) -> Any:
    """What `daisy_kernel.engines.spark_executor.packed` has packed.

    Raises
    ------
    DaisyError
        If this process has other versions: its machine came after the test of the workers.
    """
    stream = io.BytesIO(content)
    theirs = pickle.load(stream)  # first: what follows may be of another Daisy
    check_versions(theirs, [(socket.gethostname(), installed_versions())])
    return pickle.load(stream)


def may_pass(error: BaseException) -> bool:
    """Whether an error comes from the machine rather than from the data, so that it may not repeat.

    The errors behind an error count, too: a step wraps what it meets.
    """
    met: BaseException | None = error
    while met is not None:
        if isinstance(met, MemoryError):
            return not isinstance(met, DaisyError)  # a budget is the same everywhere
        if isinstance(met, OSError) and met.errno is not None:
            return met.errno not in _FINAL_ERRNOS
        met = met.__cause__ or met.__context__
    return False


class Deliveries:
    """How an accumulator of Spark adds what tasks have told: here, it is handed on at once.

    Parameters
    ----------
    take
        Takes what a task has told; None in the process of a worker.
    """

    def __init__(self, take: Any = None):
        self._take = take

    def zero(self, value: list[Told]) -> list[Told]:
        """Nothing told."""
        return []

    def addInPlace(self, value: list[Told], told: list[Told]) -> list[Told]:
        """Take what was told."""
        if self._take is None:
            value.extend(told)
        else:
            for one in told:
                self._take(one)
        return value

    def __reduce__(self) -> tuple[Any, ...]:
        return Deliveries, ()
