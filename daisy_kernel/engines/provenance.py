"""What a result says about how it was made, enough to make it again."""

from __future__ import annotations

import platform
import time
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from daisy_kernel.contracts.reference import Reference
from daisy_kernel.contracts.run import RunRecord
from daisy_kernel.engines.graph import Graph, name_of
from daisy_kernel.errors import FileProblem

_LIBRARIES = ("daisy-xray", "numpy", "scipy", "numba", "h5py", "tifffile", "pyFAI", "tomopy")


def provenance(
    record: RunRecord, graph: Graph, sources: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """The document, its inputs, the values found on the way, versions and input identities."""
    return {
        "run": record.id,
        "workflow": record.workflow,
        "date": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "document": record.document,
        "inputs": record.inputs,
        "parameters": scalars(graph),
        "versions": installed_versions(),
        "sources": {name: dict(identity) for name, identity in sources.items()},
    }


def scalars(graph: Graph) -> dict[str, Any]:
    """Every scalar that a step computed: name -> number."""
    found = {}
    for version_, value in graph.values.items():
        if version_ in graph.producers and isinstance(value, np.ndarray) and value.ndim == 0:
            found[name_of(version_)] = value.item()
    return found


def source_identities(graph: Graph) -> dict[str, dict[str, Any]]:
    """Name -> file, dataset, size and mtime of everything that was loaded from files."""
    return {
        name_of(v): value.identity()
        for v, value in graph.values.items()
        if v not in graph.producers and isinstance(value, Reference)
    }


def check_unchanged(graph: Graph, before: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise if an input file changed while it was read.

    Raises
    ------
    FileProblem
        Names the file.
    """
    for name, identity in source_identities(graph).items():
        if name in before and identity != before[name]:
            raise FileProblem(
                f"{identity.get('file', name)} changed while it was being read, so the result was "
                "discarded: run again when the file is complete."
            )


def installed_versions() -> dict[str, str]:
    """Versions of Python and of the libraries that the numbers depend on."""
    versions = {"python": platform.python_version(), "machine": platform.machine()}
    for library in _LIBRARIES:
        try:
            versions[library] = version(library)
        except PackageNotFoundError:
            continue
    return versions
