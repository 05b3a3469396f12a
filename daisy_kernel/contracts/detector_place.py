"""Where a detector stands, in the numbers that people look at."""

from __future__ import annotations

from typing import NamedTuple


class DetectorPlace(NamedTuple):
    """Elements of the data object that `TraceRings` makes, in this order."""

    distance_mm: float
    """Along the beam, from the sample to where it meets the plane of the detector."""
    beam_row: float
    """Of the direct beam in the frame as it is stored [pixel]; pixel centres are on integers."""
    beam_col: float
    center_x: float
    """Column of the direct beam after the flip, as Fit2D counts: 0 is the edge of pixel 0."""
    center_y: float
    """Row, likewise."""
    tilt_deg: float
    """Between the beam and the normal of the detector."""
    pixel_x_um: float
    """Width of a pixel."""
    pixel_y_um: float
    """Its height."""
    wavelength_angstrom: float
    """NaN where the geometry states none."""
