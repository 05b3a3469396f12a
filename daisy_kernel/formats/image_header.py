"""What detectors write into the headers of single images."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

_NUMBER = r"([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)"
_LENGTHS = {"m": 1.0, "mm": 1e-3, "um": 1e-6, "nm": 1e-9, "a": 1e-10}

# PILATUS, in TIFF and CBF: "# Detector_distance 0.2000 m" (CBF header 1.4, Dectris).
_PILATUS = {
    "distance_m": rf"Detector_distance\s+{_NUMBER}\s*(m)\b",
    "wavelength_m": rf"Wavelength\s+{_NUMBER}\s*(A)\b",
    "pixel_size_y_m": rf"Pixel_size\s+{_NUMBER}\s*(m)\s*x",
    "pixel_size_x_m": rf"Pixel_size\s+\S+\s*m\s*x\s*{_NUMBER}\s*(m)\b",
    "beam_center_x_px": rf"Beam_xy\s+\(\s*{_NUMBER}\s*,",
    "beam_center_y_px": rf"Beam_xy\s+\([^,]+,\s*{_NUMBER}\s*\)",
    "count_time_s": rf"Exposure_time\s+{_NUMBER}\s*s\b",
    "saturation_value": rf"Count_cutoff\s+{_NUMBER}\s*counts",
}
# EDF as written at the ESRF; lengths in metres.
_EDF = {
    "distance_m": "sampledistance",
    "wavelength_m": "wavelength",
    "pixel_size_x_m": "psize_1",
    "pixel_size_y_m": "psize_2",
    "beam_center_x_px": "center_1",
    "beam_center_y_px": "center_2",
    "count_time_s": "exposuretime",
}
_POSITIVE = (
    "distance_m", "wavelength_m", "pixel_size_x_m", "pixel_size_y_m", "count_time_s",
    "saturation_value",
)  # fmt: skip


def header_metadata(header: str | Mapping[str, str]) -> dict[str, Any]:
    """The quantities that a header states; those that cannot be true are left out.

    Parameters
    ----------
    header
        Text of a TIFF, or what fabio found.

    Returns
    -------
    metadata : dict
        Keys as in `DetectorFrames`.
    """
    if isinstance(header, str):
        return _checked(_from_text(header))
    own_text = header.get("_array_data.header_contents")
    if own_text is not None:
        return _checked(_from_text(own_text))
    # fabio gives the lines of a PILATUS header as a mapping.
    text = "\n".join(f"{name} {value}" for name, value in header.items())
    lower = {name.lower(): value for name, value in header.items()}
    # A value with a unit beside it is PILATUS's: its wavelength is in angstrom.
    plain = {name: value for name, value in lower.items() if len(value.split()) == 1}
    found = {name: _number(plain.get(key)) for name, key in _EDF.items()}
    return _checked({**_from_text(text), **{n: v for n, v in found.items() if v is not None}})


def _from_text(text: str) -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    for name, pattern in _PILATUS.items():
        match = re.search(pattern, text)
        value = _number(match[1]) if match else None
        if match and value is not None:
            unit = match[2].lower() if match.lastindex == 2 else "m"
            metadata[name] = value * _LENGTHS[unit]
    detector = re.search(r"Detector:\s*([^\r\n]{3,80})", text)
    if detector:
        metadata["detector"] = detector[1].strip()
    return metadata


def _checked(metadata: dict[str, Any]) -> dict[str, Any]:
    return {n: v for n, v in metadata.items() if n not in _POSITIVE or v > 0}


def _number(text: str | None) -> float | None:
    words = (text or "").split()
    try:
        value = float(words[0])
    except (IndexError, ValueError):
        return None
    return value if math.isfinite(value) else None
