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


def tomography_360() -> dict[str, Any]:
    """From a scan over a whole turn, the axis near the edge, to a volume twice as wide."""
    return _document("tomography-360")


def center() -> dict[str, Any]:
    """From a scan to the column of its rotation axis."""
    return _document("center")


def powder() -> dict[str, Any]:
    """From detector frames to powder patterns."""
    return _document("powder")


def powder_2d() -> dict[str, Any]:
    """From detector frames to maps over azimuth and radius."""
    return _document("powder-2d")


def calibrate() -> dict[str, Any]:
    """From frames of a calibrant to the geometry of the detector."""
    return _document("calibrate")


def mask() -> dict[str, Any]:
    """From a frame and what was drawn on it to a mask file."""
    return _document("mask")


def _document(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((files(__name__) / f"{name}.daisy.json").read_text())
    return content
