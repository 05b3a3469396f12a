"""On what the figures were measured."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil

from benchmarks.limits import Limits
from daisy_kernel.engines.memory import usable_cores

_LIBRARIES = ("daisy-xray", "numpy", "scipy", "numba", "llvmlite", "h5py")
_SWITCHES = ("OPENBLAS_", "OMP_", "MKL_", "NUMBA_", "NPY_", "GOMP_", "KMP_", "MALLOC_")
_SLOWS_NUMPY = ("OPENBLAS_CORETYPE", "NPY_DISABLE_CPU_FEATURES")


def describe(
    limits: Iterable[Limits], peers: Mapping[str, str], left_out: Mapping[str, str]
) -> dict[str, Any]:
    """Processor, memory, versions, and the environment variables that change speed.

    Parameters
    ----------
    limits
        What was measured of it.
    peers
        Library -> version, or why it is missing.
    left_out
        Who is not compared -> why.
    """
    switches = {
        name: value for name, value in sorted(os.environ.items()) if name.startswith(_SWITCHES)
    }
    slowed = [name for name in _SLOWS_NUMPY if name in switches]
    return {
        "processor": _processor(),
        "cores": psutil.cpu_count(logical=False) or os.cpu_count() or 1,
        "threads": usable_cores(),
        "memory": psutil.virtual_memory().total,
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "system": f"{platform.system()} {platform.release()}",
        "python": sys.version.split()[0],
        "versions": {name: _version(name) for name in _LIBRARIES},
        "huge_pages": _huge_pages(),
        "environment": switches,
        "numpy_slowed_by": slowed,
        "limits": [found.as_json() for found in limits],
        "peers": dict(peers),
        "left_out": dict(left_out),
    }


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _huge_pages() -> str | None:
    """When Linux gives them: without, fresh memory is several times slower."""
    setting = Path("/sys/kernel/mm/transparent_hugepage/enabled")
    if not setting.exists():
        return None
    return setting.read_text().split("[")[-1].split("]")[0]


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:  # run from a checkout
        return None
