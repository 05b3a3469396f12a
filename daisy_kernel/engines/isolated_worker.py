"""The process of an isolated algorithm: ``python -m ...isolated_worker SOCKET PARENT``."""

from __future__ import annotations

import faulthandler
import os
import pickle
import signal
import socket
import sys
import threading
import time
from typing import Any, Literal

import numpy as np

from daisy_kernel.engines.crossing_errors import crossing
from daisy_kernel.engines.process_link import Link
from daisy_kernel.errors import UnknownName

_LOOK_S = 1.0


class _Store(dict[str, Any]):
    """The data objects of one step by name."""

    def data(self) -> _Store:
        """The mapping itself (the paper's ``get("Datastore").data()``)."""
        return self

    def __missing__(self, name: str) -> Any:
        raise UnknownName("input of this step", name, self)


class _Services:
    """What the step can ask of its engine, which is in the other process."""

    def __init__(self, link: Link, data: _Store):
        self._link, self._data = link, data

    def service(self, name: str) -> Any:
        """Only the data store is on offer."""
        if name != "Datastore":
            raise UnknownName("service", name, ["Datastore"])
        return self._data

    def log(self, level: Literal["info", "warning", "error"], message: str) -> None:
        """One line of the run's log."""
        self._link.send(("log", level, str(message)))


def main() -> None:
    """Compute what is asked for until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # is for the cells; the engine kills this process
    faulthandler.enable()
    link = Link(socket.socket(fileno=int(sys.argv[1])))
    threading.Thread(target=_end_with, args=(int(sys.argv[2]),), daemon=True).start()
    (sys.path[:]), _ = link.receive()
    while True:
        try:
            task, arrays = link.receive()
        except EOFError:
            return
        data = _Store(arrays)
        try:
            results, surplus = _perform(task, data, _Services(link, data))
        except Exception as error:
            link.send(("failed", crossing(error)))
        else:
            link.send(("done", surplus), results)


def _perform(
    task: dict[str, Any], data: _Store, services: _Services
) -> tuple[dict[str, Any], list[str]]:
    """The outputs that were made, and names of what else was made."""
    algorithm, fields, params = pickle.loads(task["algorithm"])
    instance = algorithm(task["step"])
    for name, value in fields.items():
        setattr(instance, name, value)
    instance._services = services
    given = set(data)
    instance.initialize()
    instance.execute(**params)
    instance.finalize()
    results = {name: np.asarray(data[name]) for name in task["outputs"] if name in data}
    for name, array in results.items():
        if array.dtype.hasobject:
            raise ValueError(f"it made {name!r} of Python objects: only numbers can be kept")
    return results, sorted(set(data) - given - set(results))


def _end_with(parent: int) -> None:
    """Do not outlive the engine: it may have been killed."""
    while os.getppid() == parent:
        time.sleep(_LOOK_S)
    os._exit(1)


if __name__ == "__main__":
    main()
