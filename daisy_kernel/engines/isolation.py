"""Algorithms with ``isolated = True`` run in a process of their own, one for every thread.

For what keeps Python's global lock for long, such as loops in plain Python: here it would stop the
other threads, the widgets and the answers to remote clients. What it costs: the process starts in a
fraction of a second, and inputs and outputs are copied once each.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import cloudpickle
from numpy.typing import NDArray

from daisy_kernel.contracts.algorithm import Algorithm, Services
from daisy_kernel.engines.process_link import Link
from daisy_kernel.errors import Cancelled, DaisyError

_WORKER = "daisy_kernel.engines.isolated_worker"
_LAST_WORDS_S = 5.0
_HERE = threading.local()


class IsolatedProcesses:
    """The processes that compute for a group of threads: they end together."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: set[IsolatedProcess] = set()
        self._ended = False

    @contextmanager
    def at_hand(self) -> Iterator[None]:
        """Within it, isolated algorithms of this thread use one process of the group."""
        _HERE.group, _HERE.process = self, None
        try:
            yield
        finally:
            if _HERE.process is not None:
                self.end(_HERE.process)
            del _HERE.group, _HERE.process

    def start(self) -> IsolatedProcess:
        """One more process.

        Raises
        ------
        Cancelled
            If all were killed.
        """
        with self._lock:
            if self._ended:
                raise Cancelled("The run was stopped.")
            process = IsolatedProcess()
            self._all.add(process)
            return process

    def end(self, process: IsolatedProcess) -> None:
        """Kill one process."""
        with self._lock:
            self._all.discard(process)
        process.kill()

    def kill(self) -> None:
        """Kill every process, whatever it is doing; no other is started."""
        with self._lock:
            self._ended = True
            for process in self._all:
                process.kill()
            self._all.clear()


class IsolatedProcess:
    """A Python process that runs one algorithm after the other."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                # -P: a notebook folder with, say, a random.py must not replace the standard library
                [sys.executable, "-P", "-m", _WORKER, str(theirs.fileno()), str(os.getpid())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        self._link = Link(ours)
        self._link.send(list(sys.path))

    def perform(
        self, task: dict[str, Any], arrays: Mapping[str, NDArray[Any]], services: Services
    ) -> tuple[dict[str, NDArray[Any]], list[str]]:
        """Have a task done; see `run_isolated`.

        Raises
        ------
        EOFError
            If the process dies meanwhile.
        """
        try:
            self._link.send(task, arrays)
        except OSError as error:
            raise EOFError from error
        while True:
            (kind, *told), results = self._link.receive()
            if kind == "log":
                services.log(*told)
            elif kind == "done":
                return results, told[0]
            else:
                raise told[0].rebuilt("In the process of the algorithm")

    def last_words(self) -> str:
        """How it died."""
        try:
            code = self._process.wait(_LAST_WORDS_S)
        except subprocess.TimeoutExpired:
            return "closed its connection"
        if code >= 0:
            return f"ended itself with code {code}: an algorithm must raise an error instead"
        name = signal.Signals(-code).name
        if -code == signal.SIGKILL:
            return f"was killed ({name}), most likely for want of memory: give --memory less"
        return (
            f"crashed ({name}): the algorithm or a library that it calls has a defect; where, is "
            "told on the standard error of this process"
        )

    def kill(self) -> None:
        """End it at once; who waits for a result is told that it is gone."""
        self._process.kill()
        self._process.wait()
        self._link.close()


def run_isolated(
    algorithm: type[Algorithm],
    step: str,
    fields: Mapping[str, Any],
    params: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]],
    outputs: Sequence[str],
    services: Services,
) -> tuple[dict[str, NDArray[Any]], list[str]]:
    """Run one step in the process of this thread, or in one for this step only.

    Parameters
    ----------
    algorithm
        Its class; one that is defined in a notebook crosses by value.
    step
        Name of the step.
    fields
        `Init` fields -> values.
    params
        Parameters of `execute` -> values.
    arrays
        Inputs by name.
    outputs
        Names of the objects to make.
    services
        Take what the algorithm logs.

    Returns
    -------
    results
        Name -> array, of the outputs that were made.
    surplus
        Names of what else was made.

    Raises
    ------
    DaisyError
        If the class or a parameter cannot cross, or the process dies.
    Exception
        Whatever the algorithm raises.
    """
    try:
        content = cloudpickle.dumps((algorithm, dict(fields), dict(params)))
    except Exception as error:
        raise DaisyError(
            f"it is isolated, but what it is made of cannot be sent to another process ({error}): "
            "define it in a module, or without isolated = True"
        ) from error
    task = {"algorithm": content, "step": step, "outputs": list(outputs)}
    with _process() as process:
        try:
            return process.perform(task, arrays, services)
        except EOFError as error:
            raise DaisyError(f"its process {process.last_words()}") from error


@contextmanager
def _process() -> Iterator[IsolatedProcess]:
    group = getattr(_HERE, "group", None)
    if group is None:  # nobody's thread: a reader who looks at something not computed yet
        group = IsolatedProcesses()
        with group.at_hand(), _process() as process:
            yield process
        return
    if _HERE.process is None:
        _HERE.process = group.start()
    process = _HERE.process
    is_sound = False
    try:
        yield process
        is_sound = True
    finally:
        if not is_sound:  # an interrupt in the middle leaves an answer behind
            _HERE.process = None
            group.end(process)
