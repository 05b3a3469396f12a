"""Lines of the powders that detectors are calibrated with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.errors import MissingLibrary


def calibrant_lines(calibrant: str, wavelength_angstrom: float) -> NDArray[np.float64]:
    """(n_line,) two theta [rad], rising.

    Parameters
    ----------
    calibrant
        A name that pyFAI knows.
    wavelength_angstrom
        [angstrom]

    Raises
    ------
    ValueError
        If pyFAI does not know it.
    """
    try:
        from pyFAI.calibrant import CALIBRANT_FACTORY
    except ImportError as error:
        raise MissingLibrary("pyFAI is not installed: pip install pyFAI.") from error
    if calibrant not in CALIBRANT_FACTORY:
        known = ", ".join(sorted(CALIBRANT_FACTORY.keys()))
        raise ValueError(f"no calibrant is called {calibrant!r}: choose one of {known}")
    lines = CALIBRANT_FACTORY(calibrant)
    lines.wavelength = wavelength_angstrom * 1e-10
    return np.asarray(lines.get_2th(), np.float64)
