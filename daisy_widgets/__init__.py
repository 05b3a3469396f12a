"""Widgets that show data objects in a notebook; the package itself imports none of them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_PUBLIC = {
    "CentreAssistant": "centre_assistant",
    "CompareViewer": "compare_viewer",
    "IntegrationPanel": "integration_panel",
    "IntegrationPlot": "integration_plot",
    "OrthogonalViewer": "orthogonal_viewer",
    "ReconstructionPanel": "reconstruction_panel",
    "RunView": "run_view",
    "ScanOpener": "scan_opener",
    "SliceViewer": "slice_viewer",
    "StepPreview": "step_preview",
    "SweepSheet": "sweep_sheet",
    "WorkflowBuilder": "workflow_builder",
    "build": "workflow_builder",
    "panel": "workflow_panel",
    "plane_source": "plane_sources",
}
__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    module_name = _PUBLIC.get(name)
    if module_name is None:
        raise AttributeError(f"daisy_widgets has no {name!r}; it has {', '.join(__all__)}.")
    return getattr(import_module(f"daisy_widgets.{module_name}"), name)


def __dir__() -> list[str]:
    return __all__
