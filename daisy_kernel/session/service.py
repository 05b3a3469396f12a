"""The kernel's side of a session: one dispatcher for every operation, whoever asks."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

from daisy_kernel.configuration import read_configuration
from daisy_kernel.contracts.transport import Buffers
from daisy_kernel.datastore import DataStore, process_store
from daisy_kernel.errors import InvalidParameter, UnknownName
from daisy_kernel.session.catalogue import Catalogue
from daisy_kernel.session.objects import Objects
from daisy_kernel.session.run_manager import RunManager

Result = tuple[dict[str, Any], Buffers]


class Service:
    """Objects, catalogue and runs of one process behind `call`.

    Parameters
    ----------
    store
        The data objects; default, those of this process.
    runs
        Folder in which runs are recorded; default, as configured.
    """

    def __init__(self, store: DataStore | None = None, runs: Path | None = None):
        self.store = store if store is not None else process_store()
        self.runs = RunManager(self.store, runs or read_configuration().run_directory)
        objects, catalogue = Objects(self.store), Catalogue(self.store)
        self._operations: dict[str, Callable[..., Result | dict[str, Any]]] = {
            "objects.list": objects.all,
            "objects.read": objects.read,
            "objects.image": objects.image,
            "objects.range": objects.range,
            "objects.put": objects.put,
            "objects.delete": objects.delete,
            "algorithms.list": catalogue.algorithms,
            "workflows.list": catalogue.workflows,
            "workflow.check": catalogue.check,
            "run.start": self.runs.start,
            "run.resume": self.runs.resume,
            "run.cancel": self.runs.cancel,
            "run.describe": self.runs.describe,
            "run.events": self.runs.events,
            "runs.list": self.runs.all,
            "execute": self.runs.execute,
        }

    def call(self, operation: str, arguments: dict[str, Any], buffers: Buffers = ()) -> Result:
        """Perform one operation.

        Raises
        ------
        UnknownName
            For an operation that does not exist.
        InvalidParameter
            For arguments that it does not take.
        DaisyError
            Whatever the operation itself finds wrong.
        """
        method = self._operations.get(operation)
        if method is None:
            raise UnknownName("operation", operation, self._operations)
        if "buffers" in arguments:
            raise InvalidParameter(f"{operation} takes its buffers beside the arguments.")
        if operation == "objects.put":
            arguments = {**arguments, "buffers": buffers}
        try:
            bound = inspect.signature(method).bind(**arguments)
        except TypeError as error:
            raise InvalidParameter(f"{operation}: {error}.") from error
        result = method(*bound.args, **bound.kwargs)
        return result if isinstance(result, tuple) else (result, ())
