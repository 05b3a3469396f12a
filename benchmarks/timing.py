"""Times and memory of several contestants, turn by turn in one process."""

from __future__ import annotations

import ctypes
import gc
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import psutil


@dataclass(frozen=True)
class Measured:
    """What one contestant took."""

    seconds: float
    """Median."""
    repeats: int
    peak_memory: int
    """What the process grew by at most during a call, the first included: later ones may use what
    the library has kept [bytes]."""
    result: Any
    """Of the last call."""


def interleaved(
    contestants: Mapping[str, Callable[[], Any]],
    *,
    repeats: int,
    budget: float,
) -> dict[str, Measured]:
    """Let everybody have a turn, then everybody again, so that all meet the same disturbances.

    Parameters
    ----------
    contestants
        Name -> what it does.
    repeats
        Rounds.
    budget
        Who has used so many seconds takes no further turns. The first call, in which libraries
        compile and take memory, counts neither here nor there; one more is everybody's.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    memory: dict[str, list[int]] = {name: [] for name in contestants}
    results: dict[str, Any] = {}
    for turn in range(repeats + 1):
        for name, work in contestants.items():
            # A call is foreseen to take as long as the last one did.
            if turn > 1 and sum(seconds[name]) + seconds[name][-1] > budget:
                continue
            results.pop(name, None)
            _tidy()
            with Peak() as peak:
                began = time.perf_counter()
                results[name] = work()
                elapsed = time.perf_counter() - began
            memory[name].append(peak.bytes)
            if turn:
                seconds[name].append(elapsed)
    return {
        name: Measured(
            seconds=median(seconds[name]),
            repeats=len(seconds[name]),
            peak_memory=max(memory[name]),
            result=results[name],
        )
        for name in contestants
    }


class Peak:
    """How much a process grows within a ``with`` block.

    Linux keeps the highest resident size itself; elsewhere a thread looks every few milliseconds.

    Parameters
    ----------
    pid
        The process; default, this one.
    """

    def __init__(self, pid: int | None = None) -> None:
        self.bytes = 0
        self._pid = pid
        self._watcher: threading.Thread | None = None
        self._done = threading.Event()

    def __enter__(self) -> Peak:
        try:
            _file_of(self._pid, "clear_refs").write_text("5")
        except OSError:
            self._start_looking()
        else:
            self._before = _from_status("VmRSS", self._pid)
        return self

    def __exit__(self, *_: object) -> None:
        if self._watcher is None:
            self.bytes = max(0, _from_status("VmHWM", self._pid) - self._before)
        else:
            self._done.set()
            self._watcher.join()

    def _start_looking(self) -> None:
        process = psutil.Process(self._pid)
        before = process.memory_info().rss

        def look() -> None:
            while not self._done.wait(0.003):
                with suppress(psutil.Error):
                    self.bytes = max(self.bytes, process.memory_info().rss - before)

        self._watcher = threading.Thread(target=look, daemon=True)
        self._watcher.start()


def highest_resident_bytes() -> int:
    """The most that this process has ever had in memory, or since a `Peak` began; Linux only."""
    return _from_status("VmHWM")


def _tidy() -> None:
    """Give back what nobody uses, so that the next one's growth is its own."""
    gc.collect()
    with suppress(OSError, AttributeError):  # glibc only
        ctypes.CDLL(None).malloc_trim(0)


def _from_status(key: str, pid: int | None = None) -> int:
    for line in _file_of(pid, "status").read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1]) * 1024
    return 0


def _file_of(pid: int | None, name: str) -> Path:
    return Path("/proc", "self" if pid is None else str(pid), name)
