"""The session: objects, algorithms, workflows and runs of a kernel, near or far."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sized
from pathlib import Path
from typing import Any

import numpy as np

from daisy_kernel.contracts.transport import Transport
from daisy_kernel.session.descriptions import (
    AlgorithmDescription,
    PlanDescription,
    WorkflowDescription,
)
from daisy_kernel.session.display import html_heading, html_note
from daisy_kernel.session.listings import Listing, RunListing
from daisy_kernel.session.lone_algorithms import LoneAlgorithms
from daisy_kernel.session.object_handle import ObjectHandle
from daisy_kernel.session.plain_values import plain, plain_values
from daisy_kernel.session.run_handle import RunHandle

_KINDS = ("data objects", "workflows", "algorithms", "runs")
_CHUNK_BYTES = 1 << 22
"""What is sent of an array at once: others have their turn between two pieces, and a Jupyter Server
takes no message of more than 10 MiB."""


class Session:
    """What a user sees of Daisy; the same in a notebook, a widget and a remote client.

    Examples
    --------
    >>> run = session.run("tomography", scan="scan.h5", output="reco.h5")  # doctest: +SKIP
    >>> run.wait(); session["reco"][100]  # only that slice is fetched  # doctest: +SKIP
    """

    def __init__(self, transport: Transport):
        self.transport = transport
        self.objects: Listing[ObjectHandle] = Listing(
            "data object", self._list_objects, ("shape", "dtype", "axes", "kind")
        )
        self.algorithms: Mapping[str, AlgorithmDescription] = Listing(
            "algorithm", self._list_algorithms, ("description",)
        )
        self.workflows: Mapping[str, WorkflowDescription] = Listing(
            "workflow", self._list_workflows, ("help",)
        )
        self.runs = RunListing(transport)

    def __getitem__(self, name: str) -> ObjectHandle:
        return self.objects[name]

    def __setitem__(self, name: str, value: Any) -> None:
        array = np.asarray(value)
        array = np.ascontiguousarray(array).reshape(array.shape)
        arguments = {"name": name, "shape": list(array.shape), "dtype": array.dtype.str}
        if array.nbytes > _CHUNK_BYTES:
            arguments["upload"] = secrets.token_hex(8)
        content = memoryview(array.reshape(-1).view(np.uint8))  # type: ignore[arg-type]
        for offset in range(0, max(1, array.nbytes), _CHUNK_BYTES):
            piece = content[offset : offset + _CHUNK_BYTES]
            self.transport.call("objects.put", {**arguments, "offset": offset}, (piece,))

    def __delitem__(self, name: str) -> None:
        self._call("objects.delete", name=name)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the kernel; it goes on, and so do its runs."""
        self.transport.close()

    def events(self, since: int = 0, timeout: float | None = None) -> Iterator[dict[str, Any]]:
        """What happens in the kernel, as it happens: events of runs and data objects, in order.

        None is missed and none comes twice, also where the connection was lost meanwhile.

        Parameters
        ----------
        since
            Kernel-wide number of the first one.
        timeout
            End after so long without an event [s]; None: go on for ever.
        """
        return self.transport.events(since, timeout)

    def open(self, path: str | Path, *, name: str | None = None) -> list[ObjectHandle]:
        """Make the data of a file data objects; nothing is read until somebody looks.

        Parameters
        ----------
        path
            Scan, detector frames, result or other HDF5 file, TIFF images; ``FILE:/dataset``
            chooses a dataset. Relative to the kernel's folder.
        name
            What the first object is called; default, as the file.

        Returns
        -------
        objects : list of ObjectHandle
            What one wants to look at first; the flats and darks of a scan follow.

        Raises
        ------
        FileProblem
            If the file is missing, damaged, or holds nothing to look at.
        """
        described = self._call("objects.open", path=str(path), name=name)["objects"]
        return [ObjectHandle(self.transport, d) for d in described]

    @property
    def engine(self) -> LoneAlgorithms:
        """``session.engine["Normalize"].execute(...)`` runs one algorithm at once."""
        return LoneAlgorithms(self.transport)

    def run(
        self,
        workflow: str | Path | Mapping[str, Any],
        *,
        engine: str = "inprocess",
        memory: str | int | None = None,
        threads: int | None = None,
        overwrite: bool = False,
        overrides: Mapping[str, Any] | None = None,
        **inputs: Any,
    ) -> RunHandle:
        """Start a workflow and return at once.

        Parameters
        ----------
        workflow
            A name, the path of a document, or a document.
        engine
            Which engine runs it.
        memory
            Budget for arrays, such as "4GB"; default, 60 % of the machine.
        threads
            Blocks computed at once; default, one per core.
        overwrite
            Whether existing outputs may be replaced.
        overrides
            "step.parameter" -> value.
        **inputs
            The workflow's own inputs; numbers may come as strings, paths as `Path`.

        Raises
        ------
        DaisyError
            If the workflow or a parameter is not valid; nothing has started then.
        """
        answer = self._call(
            "run.start",
            **_request(workflow, inputs, overrides, engine),
            options={"memory": memory, "threads": threads, "overwrite": overwrite},
        )
        return RunHandle(self.transport, answer["id"])

    def sweep(
        self,
        workflow: str | Path | Mapping[str, Any],
        *,
        sweep: Mapping[str, Any],
        slices: Any = None,
        engine: str = "inprocess",
        memory: str | int | None = None,
        threads: int | None = None,
        overwrite: bool = False,
        overrides: Mapping[str, Any] | None = None,
        **inputs: Any,
    ) -> RunHandle:
        """Start a workflow for every combination of some parameters, on a few slices.

        The output has the slices of all combinations and two figures of merit; a contact sheet
        with the same name, but .png, lies beside it. See `run` for the other parameters.

        Parameters
        ----------
        sweep
            Input of the workflow, or "step.parameter" -> its values: a list, "one,two", or
            "first:last:step", `last` included where a whole number of steps leads there.
        slices
            Numbers of the slices, in the same forms; the middle one if not given.

        Raises
        ------
        DaisyError
            If the workflow, a parameter or one of the values is not valid; nothing has started.
        """
        answer = self._call(
            "run.start",
            **_request(workflow, inputs, overrides, engine),
            options={"memory": memory, "threads": threads, "overwrite": overwrite},
            sweep={name: plain_values(values) for name, values in sweep.items()},
            slices=plain_values(slices),
        )
        return RunHandle(self.transport, answer["id"])

    def check(
        self,
        workflow: str | Path | Mapping[str, Any],
        *,
        engine: str = "inprocess",
        memory: str | int | None = None,
        threads: int | None = None,
        overrides: Mapping[str, Any] | None = None,
        sweep: Mapping[str, Any] | None = None,
        slices: Any = None,
        **inputs: Any,
    ) -> PlanDescription:
        """What a run would do: stages, blocks, memory and disk; nothing is computed.

        The parameters are those of `run` and `sweep`.
        """
        values = None if sweep is None else {n: plain_values(v) for n, v in sweep.items()}
        plan = self._call(
            "workflow.check",
            **_request(workflow, inputs, overrides, engine),
            options={"memory": memory, "threads": threads},
            sweep=values,
            slices=plain_values(slices),
        )
        return PlanDescription(plan)

    def preview(
        self,
        workflow: str | Path | Mapping[str, Any],
        *,
        index: int | None = None,
        overrides: Mapping[str, Any] | None = None,
        **inputs: Any,
    ) -> dict[str, Any]:
        """One slice before and after every step; nothing is saved, and what is known is kept.

        The pictures are data objects until the next preview; see `run` for the other parameters.

        Parameters
        ----------
        index
            Number of the slice; default, the middle one.

        Returns
        -------
        preview
            As `daisy_kernel.contracts.protocol_catalogue.WorkflowPreview`.
        """
        asked = _request(workflow, inputs, overrides, "")
        del asked["engine"]
        return self._call("workflow.preview", **asked, index=index)

    def __repr__(self) -> str:
        told = self._call("kernel.describe")
        return f"<Daisy {told['version']}, process {told['pid']} in {told['folder']}>"

    def _repr_html_(self) -> str:
        told = self._call("kernel.describe")
        where = f"process {told['pid']} in {told['folder']}"
        listings: tuple[Sized, ...] = (self.objects, self.workflows, self.algorithms, self.runs)
        counts = (f"{len(listing)} {kind}" for kind, listing in zip(_KINDS, listings, strict=True))
        objects = self.objects._repr_html_() if self.objects else ""
        return (
            html_heading(f"Daisy {told['version']}", where) + objects + html_note(", ".join(counts))
        )

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        return self.transport.call(operation, arguments)[0]

    def _list_objects(self) -> dict[str, ObjectHandle]:
        described = self._call("objects.list")["objects"]
        return {d["name"]: ObjectHandle(self.transport, d) for d in described}

    def _list_algorithms(self) -> dict[str, AlgorithmDescription]:
        listed = self._call("algorithms.list")["algorithms"]
        return {name: AlgorithmDescription(schema) for name, schema in listed.items()}

    def _list_workflows(self) -> dict[str, WorkflowDescription]:
        listed = self._call("workflows.list")["workflows"]
        return {name: WorkflowDescription(document) for name, document in listed.items()}


def _request(
    workflow: str | Path | Mapping[str, Any],
    inputs: Mapping[str, Any],
    overrides: Mapping[str, Any] | None,
    engine: str,
) -> dict[str, Any]:
    return {
        "workflow": dict(workflow) if isinstance(workflow, Mapping) else str(workflow),
        "inputs": {name: plain(value) for name, value in inputs.items()},
        "overrides": {name: plain(value) for name, value in (overrides or {}).items()},
        "engine": engine,
    }
