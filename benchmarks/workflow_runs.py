"""Runs of the predefined workflows, as a user starts them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from daisy_kernel.session import DirectTransport, Service, Session


def run_workflow(
    name: str,
    inputs: Mapping[str, Any],
    *,
    memory: int,
    threads: int,
    engine: str = "inprocess",
) -> None:
    """Run a workflow in this process, in a session of its own: nothing is kept between runs.

    Parameters
    ----------
    name
        Of a predefined workflow.
    inputs
        Its inputs.
    memory
        Budget [bytes].
    threads
        Blocks computed at once.
    engine
        Which one computes them.

    Raises
    ------
    RuntimeError
        If it ends otherwise than done.
    """
    session = Session(DirectTransport(Service()))
    run = session.run(name, engine=engine, memory=memory, threads=threads, **inputs)
    run.wait()
    if run.state != "done":
        raise RuntimeError(
            f"The run ended as {run.state}: {run.record['error']}; without it there is nothing to "
            "measure: mend that first."
        )


@contextmanager
def folder_of_runs() -> Iterator[Path]:
    """A folder for files; runs within are not recorded among those of the user."""
    with (
        tempfile.TemporaryDirectory(prefix="daisy-benchmark-") as name,
        variable("DAISY_RUNS", str(Path(name) / "runs")),
    ):
        yield Path(name)


@contextmanager
def variable(name: str, value: str) -> Iterator[None]:
    """Within it, a variable of the environment has this value."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def forget(path: Path) -> None:
    """Ask the system to read a file from the disk again."""
    if hasattr(os, "posix_fadvise"):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)
