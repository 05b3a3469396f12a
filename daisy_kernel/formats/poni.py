"""PONI files."""

from __future__ import annotations

import json

import numpy as np
from numpy.typing import NDArray

_KEYS = ("Distance", "Poni1", "Poni2", "Rot1", "Rot2", "Rot3")


def poni_text(
    geometry: NDArray[np.float64], wavelength_m: float, *, source: str = "refined by Daisy"
) -> str:
    """The content of a PONI file of version 2.1.

    Parameters
    ----------
    geometry : (8,)
        Distance, poni1, poni2 [m], rot1, rot2, rot3 [rad], height and width of a pixel [m].
    wavelength_m
        [m]
    source
        Where the numbers come from, for a comment.
    """
    detector = {
        "pixel1": float(geometry[6]),
        "pixel2": float(geometry[7]),
        "max_shape": None,
        "orientation": 3,
    }
    lines = [
        f"# Geometry of the detector, {source}: axis 1 is y, axis 2 is x; metres, radians",
        "poni_version: 2.1",
        "Detector: Detector",
        f"Detector_config: {json.dumps(detector)}",
        *(f"{key}: {float(value)!r}" for key, value in zip(_KEYS, geometry[:6], strict=True)),
        f"Wavelength: {wavelength_m!r}",
    ]
    return "\n".join(lines) + "\n"


def poni_keys(text: str) -> dict[str, str]:
    """Key, in small letters -> value, of the last geometry in a PONI text: others append to it."""
    keys = {}
    for line in text.splitlines():
        key, separator, value = line.partition(":")
        if separator and not line.startswith("#"):
            keys[key.strip().lower()] = value.strip()
    return keys
