"""Units as they are written in files, in terms of those that Daisy uses: m, keV, rad."""

from __future__ import annotations

import math
from typing import Literal

from daisy_kernel.errors import FileProblem

Quantity = Literal["length", "energy", "angle"]

_IN_METRES = {
    "m": 1.0, "meter": 1.0, "metre": 1.0, "meters": 1.0, "metres": 1.0,
    "cm": 1e-2, "centimeter": 1e-2, "centimetre": 1e-2,
    "mm": 1e-3, "millimeter": 1e-3, "millimetre": 1e-3, "millimeters": 1e-3, "millimetres": 1e-3,
    "um": 1e-6, "µm": 1e-6, "μm": 1e-6, "micron": 1e-6, "microns": 1e-6,
    "micrometer": 1e-6, "micrometre": 1e-6, "micrometers": 1e-6, "micrometres": 1e-6,
    "nm": 1e-9, "nanometer": 1e-9, "nanometre": 1e-9,
    "angstrom": 1e-10, "å": 1e-10, "pm": 1e-12,
}  # fmt: skip
_IN_KEV = {
    "kev": 1.0, "ev": 1e-3, "j": 1.0 / 1.602176634e-16, "joule": 1.0 / 1.602176634e-16,
    "gev": 1e6,
}  # fmt: skip
_IN_RADIANS = {
    "rad": 1.0, "radian": 1.0, "radians": 1.0, "mrad": 1e-3,
    "deg": math.pi / 180, "degree": math.pi / 180, "degrees": math.pi / 180, "°": math.pi / 180,
}  # fmt: skip
_TABLES = {"length": _IN_METRES, "energy": _IN_KEV, "angle": _IN_RADIANS}


def factor(unit: str, quantity: Quantity) -> float:
    """By what to multiply a number in this unit to get m, keV or rad.

    Parameters
    ----------
    unit
        As written in a file, in any case ("Degrees", "um", "keV"; so meV is not told from MeV and
        both are refused).
    quantity
        What is measured.

    Raises
    ------
    FileProblem
        If the unit is not one of this quantity.
    """
    table = _TABLES[quantity]
    try:
        return table[unit.strip().lower()]
    except KeyError:
        raise FileProblem(
            f"{unit!r} is no unit of {quantity} that Daisy knows: use one of {', '.join(table)}."
        ) from None
