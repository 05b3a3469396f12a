"""A scan in words: what a person who opens a file wants to know of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from daisy_kernel.session.display import shape_in_words

_SHOWN = {
    "energy_kev": ("energy", 1.0, "keV"),
    "pixel_size_m": ("pixel", 1e6, "µm"),
    "distance_m": ("distance", 1e3, "mm"),
    "wavelength_m": ("wavelength", 1e10, "Å"),
}
"""Name in a file's metadata -> name, by what to multiply, unit in which people think."""


def scan_facts(description: Mapping[str, Any]) -> list[str]:
    """What a scan or frames are, as ``files.describe`` tells it, one fact each.

    Parameters
    ----------
    description
        As of ``daisy info --json``.

    Returns
    -------
    facts
        "181 projections of 2 × 640", "10 flats", ...; none for another file.
    """
    if "projections" in description:
        n_angle, *image = description["projections"]["shape"]
        facts = [
            f"{_count(n_angle, 'projection')} of {shape_in_words(image)}",
            *(
                _count(description[kind]["shape"][0], kind[:-1])
                if description[kind]
                else f"no {kind}"
                for kind in ("flats", "darks")
            ),
            _angles(description["angles"]),
        ]
    elif "frames" in description:
        n_frame, *image = description["frames"]["shape"]
        facts = [f"{_count(n_frame, 'frame')} of {shape_in_words(image)}"]
    else:
        return []
    metadata = description.get("metadata", {})
    for name, (shown, scale, unit) in _SHOWN.items():
        if name in metadata:
            facts.append(f"{shown} {scale * metadata[name]:.6g} {unit}")
    if metadata.get("sample"):
        facts.append(f"sample {metadata['sample']}")
    return facts


def scan_nbytes(description: Mapping[str, Any]) -> int:
    """Size of the projections once they are unpacked [bytes]; 0 for what is no scan."""
    if "projections" not in description:
        return 0
    return _nbytes(description["projections"])


def _nbytes(array: Mapping[str, Any]) -> int:
    return math.prod(array["shape"]) * np.dtype(array["dtype"]).itemsize


def _angles(angles: Mapping[str, Any]) -> str:
    return f"{angles['first_deg']:.5g}° to {angles['last_deg']:.5g}°"


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"
