"""Geometries that cannot be are refused before pyFAI makes something of them."""

from __future__ import annotations

import math
from pathlib import Path

from daisy_kernel.errors import FileProblem
from daisy_kernel.formats import poni_keys

_AT_MOST_M = {"Distance": 100.0, "Wavelength": 1e-7}
"""More is a number in other units, such as 169 mm or 0.7 angstrom."""
_ANY = {"Poni1": "metres", "Poni2": "metres", "Rot1": "radians", "Rot2": "radians",
        "Rot3": "radians"}  # fmt: skip


def require_possible(poni: str, path: Path) -> None:
    """Refuse a PONI text with numbers that no experiment has.

    Parameters
    ----------
    poni
        The text; without a wavelength, angles can still be told.
    path
        Where it comes from, for the message.

    Raises
    ------
    FileProblem
        If distance or wavelength are not above 0 or beyond all reason, or a length or angle is
        missing or no number.
    """
    keys = poni_keys(poni)
    for name, most in _AT_MOST_M.items():
        text = keys.get(name.lower(), "None")
        if name == "Wavelength" and text == "None":
            continue
        value = _number(text)
        if not 0 < value <= most:  # NaN is neither
            raise FileProblem(
                f"{path} states {name}: {text}, expected metres above 0 and at most {most:g}: mend "
                "that number"
            )
    for name, unit in _ANY.items():
        text = keys.get(name.lower(), "None")
        if not math.isfinite(_number(text)):
            raise FileProblem(f"{path} states {name}: {text}, expected {unit}: mend that number")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
