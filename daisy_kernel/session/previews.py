"""One slice through every step of a workflow, as data objects to be looked at."""

from __future__ import annotations

import itertools
import threading
from pathlib import Path

from daisy_kernel.configuration import read_configuration
from daisy_kernel.contracts.protocol_catalogue import (
    PreviewStep,
    PreviewWorkflow,
    ValidateWorkflow,
    WorkflowPreview,
)
from daisy_kernel.datastore import DataStore
from daisy_kernel.engines.memory import default_budget
from daisy_kernel.engines.slice_preview import Preview, SlicePreview
from daisy_kernel.errors import Cancelled
from daisy_kernel.session.catalogue import prepare

PREFIX = "preview/"
"""Begins the names of the data objects of a preview."""


class Previews:
    """Computes previews one at a time; a newer one replaces what an older one is computing.

    Parameters
    ----------
    store
        Where the pictures go, under names that begin with `PREFIX`.
    runs
        Folder for what has to lie on disk meanwhile.
    """

    def __init__(self, store: DataStore, runs: Path):
        self._store, self._runs = store, runs
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._newest = 0
        self._slice: SlicePreview | None = None
        self._named: set[str] = set()

    def preview(self, asked: PreviewWorkflow) -> WorkflowPreview:
        """Compute one slice before and after every step; nothing is saved.

        Raises
        ------
        Cancelled
            If a newer preview was asked for meanwhile.
        DaisyError
            If the workflow is not valid, gives no slices, or a step fails.
        """
        prepared = prepare(ValidateWorkflow(asked.workflow, asked.inputs, asked.overrides))
        number = self._newest = next(self._numbers)

        def poll() -> None:
            if number != self._newest:
                raise Cancelled("A newer preview was asked for, so this one was not finished.")

        with self._lock:
            poll()
            if self._slice is None:
                threads = read_configuration().threads
                self._slice = SlicePreview(self._store, self._runs, default_budget(None, threads))
            found = self._slice.preview(prepared.record_into, asked.index, poll)
            steps = self._published(found)
        return WorkflowPreview(
            prepared.name, prepared.inputs, found.index, found.count, steps, dict(found.values)
        )

    def _published(self, found: Preview) -> list[PreviewStep]:
        """Put the pictures into the store; names of steps stay the same from one to the next."""
        names: dict[str, str] = {}
        steps: list[PreviewStep] = []
        for step in found.steps:
            # Made by the first step that shows it, unless it was loaded or lay in the store.
            for version, suffix in ((step.before, " before"), (step.after, "")):
                if version is not None and version not in names:
                    names[version] = self._free(f"{PREFIX}{step.step}{suffix}", names)
            before = None if step.before is None else names[step.before]
            after = None if step.after is None else names[step.after]
            steps.append(
                PreviewStep(step.step, step.algorithm, before, after, step.seconds, step.note)
            )
        for version, name in names.items():
            array, axes = found.pictures[version]
            self._store.put(name, array, axes)
        for name in self._named.difference(names.values()).intersection(self._store):
            del self._store[name]
        self._named = set(names.values())
        return steps

    @staticmethod
    def _free(wanted: str, names: dict[str, str]) -> str:
        """The name with a number behind it where a step is used several times."""
        taken = set(names.values())
        numbered = (f"{wanted} {number}" for number in itertools.count(2))
        return wanted if wanted not in taken else next(n for n in numbered if n not in taken)
