"""The processes of a Spark cluster: starting them, knowing them again, ending them."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from daisy_kernel.errors import DaisyError

CLUSTER = "DAISY_SPARK_CLUSTER"
"""Variable in the environment of every process of a cluster: the folder of the cluster.

A Java or Python that Spark has started is found by it, even when the worker above it is gone.
"""
_CLOCK_S = 2.0
_PATIENCE_S = 10.0


@dataclass(frozen=True)
class Daemon:
    """A process that goes on when this one ends."""

    machine: str
    pid: int
    started: float
    """Time since the epoch [s]: another process may get the number later."""
    log: str
    """File with what it says."""

    @property
    def is_here(self) -> bool:
        """Whether it was started on this machine."""
        return self.machine == socket.gethostname()

    def process(self) -> psutil.Process | None:
        """The process, if it is on this machine and still lives."""
        if not self.is_here:
            return None
        with suppress(psutil.Error):
            process = psutil.Process(self.pid)
            if abs(process.create_time() - self.started) < _CLOCK_S and _lives(process):
                return process
        return None

    def ports(self) -> set[int]:
        """The ports on which it listens."""
        process = self.process()
        try:
            connections = [] if process is None else process.net_connections("tcp")
        except psutil.Error:
            return set()
        return {c.laddr.port for c in connections if c.status == psutil.CONN_LISTEN}

    def last_words(self, n_lines: int = 3) -> str:
        """The end of its log, in one line."""
        try:
            lines = Path(self.log).read_text(errors="replace").splitlines()
        except OSError:
            lines = []
        telling = [line.strip() for line in lines if line.strip() and "\tat " not in line]
        return " | ".join(telling[-n_lines:]) or "it said nothing"


def start_daemon(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Daemon:
    """Start a process that is nobody's child and no longer tied to the terminal.

    Raises
    ------
    DaisyError
        If it does not start.
    """
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(log, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "a") as file:
        told = subprocess.run(
            # bash, which Spark needs anyway, tells the number and leaves: the process is orphaned
            ["bash", "-c", '"$@" >&2 & echo $!', "daisy", *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=file,
            env=dict(environment),
            text=True,
            start_new_session=True,
            check=True,
        )
    pid = int(told.stdout)
    try:
        started = psutil.Process(pid).create_time()
    except psutil.Error:
        daemon = Daemon(socket.gethostname(), pid, 0.0, str(log))
        raise DaisyError(f"{command[0]} does not start: {daemon.last_words()}.") from None
    return Daemon(socket.gethostname(), pid, started, str(log))


def processes_of(folder: Path, word: str | None = None) -> list[psutil.Process]:
    """Every process on this machine that belongs to the cluster with this folder.

    Parameters
    ----------
    folder
        Of the cluster.
    word
        Only those with this word in their command.
    """
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            is_meant = word is None or word in process.cmdline()
            if is_meant and process.environ().get(CLUSTER) == str(folder) and _lives(process):
                found.append(process)
    return found


def end(processes: Iterable[psutil.Process]) -> None:
    """Ask processes to end, and kill those that do not."""
    left = list(processes)
    for ask in (psutil.Process.terminate, psutil.Process.kill):
        for process in left:
            with suppress(psutil.Error):
                ask(process)
        deadline = time.monotonic() + _PATIENCE_S
        while (left := [p for p in left if _lives(p)]) and time.monotonic() < deadline:
            time.sleep(0.05)


def end_tree(daemon: Daemon) -> None:
    """End a process on this machine and what it has started."""
    process = daemon.process()
    if process is not None:
        below: list[psutil.Process] = []
        with suppress(psutil.Error):
            below = process.children(recursive=True)
        end([process, *below])


def _lives(process: psutil.Process) -> bool:
    # A dead one whose parent does not ask for its code is still listed.
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
