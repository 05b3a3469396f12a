"""The workflows that come with Daisy, one document each."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any


def tomography() -> dict[str, Any]:
    """From a scan to a reconstructed volume."""
    return _document("tomography")


def tomography_phase() -> dict[str, Any]:
    """From a scan with propagation fringes to a reconstructed volume."""
    return _document("tomography-phase")


def tomography_attenuation() -> dict[str, Any]:
    """From line integrals to a reconstructed volume."""
    return _document("tomography-attenuation")


def _document(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((files(__name__) / f"{name}.daisy.json").read_text())
    return content
