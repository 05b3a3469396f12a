"""The kernel's side of a session: one dispatcher for every operation, whoever asks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from daisy_kernel import registry
from daisy_kernel.configuration import read_configuration
from daisy_kernel.contracts.protocol import MAX_ARGUMENT_BYTES, PROTOCOL
from daisy_kernel.contracts.protocol_fields import Nothing
from daisy_kernel.contracts.protocol_kernel import KernelInfo, Limits
from daisy_kernel.contracts.protocol_objects import MAX_CHUNK_BYTES, MAX_READ_BYTES
from daisy_kernel.contracts.protocol_runs import MAX_EVENTS
from daisy_kernel.contracts.transport import Buffers
from daisy_kernel.datastore import DataStore, process_store
from daisy_kernel.session.catalogue import Catalogue
from daisy_kernel.session.documents import diagnose_workflow, open_document, save_document
from daisy_kernel.session.events import EventFeed
from daisy_kernel.session.exports import export
from daisy_kernel.session.files import Profiles, describe_a_file, preview
from daisy_kernel.session.folders import list_folder
from daisy_kernel.session.measures import Measures
from daisy_kernel.session.messages import Handler, carry_out
from daisy_kernel.session.objects import Objects
from daisy_kernel.session.opening import open_file
from daisy_kernel.session.planes import Planes
from daisy_kernel.session.previews import Previews
from daisy_kernel.session.run_manager import RunManager
from daisy_kernel.session.uploads import Uploads
from daisy_kernel.version import __version__


class Service:
    """Objects, catalogue and runs of one process behind `call`.

    Parameters
    ----------
    store
        The data objects; default, those of this process.
    runs
        Folder in which runs are recorded; default, as configured.
    uploads
        Puts together the arrays that come in pieces, and knows how large they may be.
    """

    def __init__(
        self,
        store: DataStore | None = None,
        runs: Path | None = None,
        uploads: Uploads | None = None,
    ):
        self.store = store if store is not None else process_store()
        self.events = EventFeed(self.store)
        folder = runs or read_configuration().run_directory
        self.runs = RunManager(self.store, folder, [self.events.tell])
        self._uploads = uploads or Uploads()
        objects, planes = Objects(self.store, self._uploads), Planes(self.store)
        catalogue, profiles = Catalogue(self.store), Profiles()
        measures = Measures(self.store)
        self._handlers: dict[str, Handler] = {
            "kernel.describe": self._describe,
            "kernel.events": self.events.since,
            "objects.list": objects.all,
            "objects.describe": objects.describe,
            "objects.refresh": objects.refresh,
            "objects.read": objects.read,
            "objects.image": planes.image,
            "objects.range": planes.range,
            "objects.histogram": planes.histogram,
            "objects.profile": measures.profile,
            "objects.statistics": measures.statistics,
            "objects.put": objects.put,
            "objects.delete": objects.delete,
            "objects.open": lambda asked: open_file(self.store, asked),
            "files.list": list_folder,
            "files.describe": describe_a_file,
            "files.preview": preview,
            "profiles.list": profiles.all,
            "profiles.save": profiles.save,
            "profiles.delete": profiles.delete,
            "algorithms.list": catalogue.algorithms,
            "algorithms.describe": catalogue.algorithm,
            "workflows.list": catalogue.workflows,
            "workflows.describe": catalogue.workflow,
            "workflow.validate": catalogue.validate,
            "workflow.check": catalogue.check,
            "workflow.preview": Previews(self.store, folder).preview,
            "workflow.export": export,
            "workflow.diagnose": lambda asked: diagnose_workflow(self.store, asked),
            "documents.open": open_document,
            "documents.save": save_document,
            "run.start": self.runs.start,
            "run.resume": self.runs.resume,
            "run.cancel": self.runs.cancel,
            "run.describe": self.runs.describe,
            "run.events": self.runs.events,
            "run.log": self.runs.log,
            "runs.list": self.runs.all,
            "execute": self.runs.execute,
        }

    def call(
        self, operation: str, arguments: dict[str, Any], buffers: Buffers = ()
    ) -> tuple[dict[str, Any], Buffers]:
        """Perform one operation; see `daisy_kernel.contracts.protocol.OPERATIONS`.

        Raises
        ------
        UnknownName
            For an operation that does not exist.
        InvalidParameter
            For arguments or buffers that it does not take.
        DaisyError
            Whatever the operation itself finds wrong.
        """
        return carry_out(self._handlers, operation, arguments, buffers)

    def _describe(self, _: Nothing) -> KernelInfo:
        """Who answers, and what may be asked."""
        return KernelInfo(
            PROTOCOL,
            __version__,
            self.events.instance,
            self.events.started,
            os.getpid(),
            str(Path.cwd()),
            list(self._handlers),
            sorted(registry.engines.names()),
            Limits(
                MAX_READ_BYTES,
                MAX_CHUNK_BYTES,
                self._uploads.limit_bytes,
                MAX_ARGUMENT_BYTES,
                MAX_EVENTS,
            ),
            self.events.next,
        )
