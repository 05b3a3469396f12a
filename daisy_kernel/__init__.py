"""Daisy: data analysis for X-ray experiments, native to Jupyter.

The names below are the public promise; importing the package itself imports nothing heavy.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_PUBLIC = {
    "Advanced": "contracts.declaration",
    "Algorithm": "contracts.algorithm",
    "DaisyAlg": "contracts.algorithm:Algorithm",
    "Destination": "contracts.destination",
    "Init": "contracts.declaration",
    "Input": "contracts.declaration",
    "Output": "contracts.declaration",
    "Ref": "contracts.declaration",
    "Reference": "contracts.reference",
    "RunOptions": "contracts.run",
    "Spec": "contracts.declaration",
    "Unit": "contracts.declaration",
    "DaisyError": "errors",
    "PyWorkflow": "workflow",
    "Session": "session",
    "Singleton": "workflow:singleton",
    "connect": "client",
    "load_ipython_extension": "jupyter.extension",
    "registry": "registry:",
    "simulate": "simulate:",
    "__version__": "version",
}
__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    target = _PUBLIC.get(name)
    if target is None:
        raise AttributeError(f"daisy_kernel has no {name!r}; it has {', '.join(__all__)}.")
    module_name, _, attribute = target.partition(":")
    module = import_module(f"daisy_kernel.{module_name}")
    whole_module = target.endswith(":")
    return module if whole_module else getattr(module, attribute or name)


def __dir__() -> list[str]:
    return __all__
