"""Widgets that show data objects in a notebook; the package itself imports none of them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_PUBLIC = {
    "CompareViewer": "compare_viewer",
    "IntegrationPanel": "integration_panel",
    "IntegrationPlot": "integration_plot",
    "OrthogonalViewer": "orthogonal_viewer",
    "RunView": "run_view",
    "SliceViewer": "slice_viewer",
    "panel": "workflow_panel",
}
__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    module_name = _PUBLIC.get(name)
    if module_name is None:
        raise AttributeError(f"daisy_widgets has no {name!r}; it has {', '.join(__all__)}.")
    return getattr(import_module(f"daisy_widgets.{module_name}"), name)


def __dir__() -> list[str]:
    return __all__
