"""What a result says about how it was made, enough to make it again."""

from __future__ import annotations

import platform
import time
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from daisy_kernel.contracts.run import RunRecord
from daisy_kernel.engines.graph import Graph, name_of
from daisy_kernel.engines.recording import json_value
from daisy_kernel.errors import FileProblem

_LIBRARIES = ("daisy-xray", "numpy", "scipy", "numba", "h5py", "tifffile", "pyFAI", "tomopy")


def provenance(record: RunRecord, graph: Graph) -> dict[str, Any]:
    """The document, its inputs, the values found on the way, versions and input identities."""
    return {
        "run": record.id,
        "workflow": record.workflow,
        "date": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "document": record.document,
        "inputs": record.inputs,
        "parameters": scalars(graph),
        **origin(graph),
    }


def origin(graph: Graph) -> dict[str, Any]:
    """What the numbers depend on besides the document: input identities and versions."""
    named: dict[str, Any] = {}
    for version_, identity in graph.identities.items():  # a name that was loaded twice keeps both
        named[version_ if name_of(version_) in named else name_of(version_)] = dict(identity)
    return {"versions": installed_versions(), "sources": named}


def check_sources(recorded: Mapping[str, Any]) -> None:
    """Make sure that every file the result was made of is still the same.

    Raises
    ------
    FileProblem
        If one is gone or has another size or time of change; names it.
    """
    for name, identity in recorded.get("sources", {}).items():
        for file in identity.get("parts") or [identity]:
            if "file" not in file:
                continue  # made by an earlier run of the same process, not read from a file
            path = Path(file["file"])
            if not path.exists():
                raise FileProblem(f"{path}, of which {name!r} was read, is gone: put it back.")
            if path.is_dir():
                continue  # a stack of images: `changed_sources` sees it once the run has listed it
            status = path.stat()
            was, now = (file["size"], file["mtime_ns"]), (status.st_size, status.st_mtime_ns)
            if was != now:
                raise FileProblem(
                    f"{path}, of which {name!r} was read, has changed since (it has {now[0]} bytes "
                    f"and had {was[0]}, or was written to): bring back the original."
                )


def changed_sources(recorded: Mapping[str, Any], made: Mapping[str, Any]) -> list[str]:
    """Files that the new run found different, among them stacks whose images were exchanged."""
    now = made.get("sources", {})
    return [
        str(identity.get("file", name))
        for name, identity in recorded.get("sources", {}).items()
        if name in now and now[name] != identity
    ]


def version_differences(recorded: Mapping[str, Any]) -> list[str]:
    """'numpy was 2.1.0, is 2.2.0' for everything that has another version now."""
    now = installed_versions()
    return [
        f"{name} was {version}, is {now.get(name, 'not installed')}"
        for name, version in recorded.get("versions", {}).items()
        if isinstance(version, str) and now.get(name) != version
    ]


def scalars(graph: Graph) -> dict[str, Any]:
    """Every scalar that a step computed: name -> number, as JSON; variants of one are a list."""
    found: dict[str, list[Any]] = {}
    for version_, value in graph.values.items():
        if version_ in graph.producers and isinstance(value, np.ndarray) and value.ndim == 0:
            found.setdefault(name_of(version_), []).append(json_value(value.item()))
    return {n: values if len(set(values)) > 1 else values[-1] for n, values in found.items()}


def installed_versions() -> dict[str, str]:
    """Versions of Python and of the libraries that the numbers depend on."""
    return dict(_versions())


@lru_cache(maxsize=1)
def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version(), "machine": platform.machine()}
    for library in _LIBRARIES:
        try:
            versions[library] = version(library)
        except PackageNotFoundError:
            continue
    return versions
