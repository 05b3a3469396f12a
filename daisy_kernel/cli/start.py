"""A session of this process, and runs in it."""

from __future__ import annotations

from typing import Any

from daisy_kernel.cli.remote import REMOTE
from daisy_kernel.datastore import DataStore
from daisy_kernel.session import DirectTransport, Service, Session
from daisy_kernel.session.run_handle import RunHandle


def open_session() -> Session:
    """A session with the kernel of --remote, else with an empty data store in this process."""
    remote = REMOTE.get()
    if remote is not None:
        return remote.open()
    return Session(DirectTransport(Service(DataStore())))


def start_run(
    session: Session,
    workflow: str | dict[str, Any],
    *,
    inputs: dict[str, Any],
    overrides: dict[str, Any] | None = None,
    options: dict[str, Any] | None = None,
    engine: str = "inprocess",
    sweep: dict[str, str] | None = None,
    slices: str | None = None,
) -> RunHandle:
    """Start a run as `Session.run` or `Session.sweep` does, with inputs of any name, `memory` say.

    Raises
    ------
    DaisyError
        If the workflow or a parameter is not valid; nothing has started then.
    """
    arguments = {
        "workflow": workflow,
        "inputs": inputs,
        "overrides": overrides or {},
        "options": options or {},
        "engine": engine,
        "sweep": sweep,
        "slices": slices,
    }
    return RunHandle(session.transport, session.transport.call("run.start", arguments)[0]["id"])
