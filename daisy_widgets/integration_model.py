"""Radial units, and the table of lines, without widgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from daisy_kernel.contracts.detector_place import DetectorPlace

Floats = NDArray[np.float64]
LABELS = {
    "2th_deg": "2θ (degree)",
    "q_A^-1": "q (1/Å)",
    "d_A": "d (Å)",
    "r_mm": "r (mm)",
}
"""What patterns can be plotted against."""
_SCALES = {
    # unit of an integration -> (what it measures, how much of that is one)
    "2th_deg": ("angle", np.pi / 180),
    "2th_rad": ("angle", 1.0),
    "q_A^-1": ("q", 1.0),
    "q_nm^-1": ("q", 0.1),
    "d*2_A^-2": ("d*2", 1.0),
    "d*2_nm^-2": ("d*2", 0.01),
    "r_mm": ("r", 1.0),
    "r_m": ("r", 1000.0),
}
_UPRIGHT_DEG = 0.01
"""A detector that is tilted less stands across the beam."""


@dataclass(frozen=True)
class RadialAxis:
    """The bins of an integration, in whatever unit one likes.

    Notes
    -----
    q = 4π sin(θ) / λ, d = λ / (2 sin θ), r = L tan(2θ): r is the radius on a plane that stands
    across the beam where it meets the detector. On a detector that is tilted a radius has no one
    angle, so what was integrated over r cannot be shown otherwise, unless the detector is upright.
    """

    values: Floats
    """(n_bin,) centres, in `unit`."""
    unit: str
    """By pyFAI's names."""
    place: DetectorPlace

    @property
    def units(self) -> list[str]:
        """What the patterns can be plotted against, the most usual first."""
        what, _ = _SCALES[self.unit]
        has_wavelength = np.isfinite(self.place.wavelength_angstrom)
        if what == "r" and self.place.tilt_deg > _UPRIGHT_DEG:
            return ["r_mm"]
        if not has_wavelength:
            return ["2th_deg", "r_mm"]
        return list(LABELS)

    def in_unit(self, unit: str, values: ArrayLike | None = None) -> Floats:
        """Positions in another unit.

        Parameters
        ----------
        unit
            One of `units`.
        values
            In the unit of the integration; default, the bins.
        """
        given = self.values if values is None else np.asarray(values, np.float64)
        what, scale = _SCALES[self.unit]
        if unit == "r_mm" and what == "r":
            return np.asarray(given * scale)
        angle = self.two_theta(given)
        length, wavelength = self.place.distance_mm, self.place.wavelength_angstrom
        with np.errstate(divide="ignore"):
            if unit == "2th_deg":
                return np.degrees(angle)
            if unit == "q_A^-1":
                return np.asarray(4 * np.pi * np.sin(angle / 2) / wavelength)
            if unit == "d_A":
                return np.asarray(wavelength / (2 * np.sin(angle / 2)))
            return np.asarray(np.where(angle < np.pi / 2, length * np.tan(angle), np.nan))

    def two_theta(self, values: ArrayLike) -> Floats:
        """Of positions in the unit of the integration [rad]."""
        what, scale = _SCALES[self.unit]
        given = np.asarray(values, np.float64) * scale
        length, wavelength = self.place.distance_mm, self.place.wavelength_angstrom
        if what == "angle":
            return np.asarray(given)
        if what == "r":
            return np.arctan2(given, length)
        sine = given * wavelength / (4 * np.pi) if what == "q" else np.sqrt(given) * wavelength / 2
        return np.asarray(2 * np.arcsin(np.clip(sine, -1, 1)))

    def of_two_theta(self, two_theta_deg: float) -> float:
        """A position in the unit of the integration."""
        angle = np.radians(two_theta_deg)
        what, scale = _SCALES[self.unit]
        length, wavelength = self.place.distance_mm, self.place.wavelength_angstrom
        sine = np.sin(angle / 2)
        found = {
            "angle": angle,
            "r": length * np.tan(angle),
            "q": 4 * np.pi * sine / wavelength,
            "d*2": (2 * sine / wavelength) ** 2,
        }
        return float(found[what] / scale)


@dataclass(frozen=True)
class Peak:
    """One line of a pattern."""

    two_theta_deg: float
    q: float
    """[1/angstrom]"""
    d: float
    """[angstrom]"""
    width: float
    """Full width at half maximum, in the unit of the integration."""
    area: float
    off_deg: float
    """Two theta less that of the nearest ring of the calibrant; NaN without one nearby."""

    @property
    def numbers(self) -> tuple[float, ...]:
        """As they stand in a row."""
        return (self.two_theta_deg, self.q, self.d, self.width, self.area, self.off_deg)


PEAK_HEADINGS = ("2θ (°)", "q (1/Å)", "d (Å)", "FWHM", "area", "off ring (°)")


def peaks_of(
    axis: RadialAxis,
    positions: Floats,
    widths: Floats,
    areas: Floats,
    rings_deg: Sequence[float],
) -> list[Peak]:
    """The lines of one pattern, by rising angle; those that were not found are left out.

    Parameters
    ----------
    axis
        Of the integration.
    positions, widths, areas : (n_peak,)
        In its unit; NaN where there is no line.
    rings_deg
        Two theta of the calibrant [degree]; none, for a sample of its own.
    """
    rings = np.asarray(rings_deg, np.float64)
    found = []
    for position, width, area in zip(positions, widths, areas, strict=True):
        if not np.isfinite(position):
            continue
        angle = float(np.degrees(axis.two_theta(position)))
        near = np.degrees(np.abs(np.diff(axis.two_theta([position, position + width]))))[0]
        off = angle - rings[np.argmin(np.abs(rings - angle))] if rings.size else np.nan
        d = float(axis.in_unit("d_A", position))
        q = float(axis.in_unit("q_A^-1", position))
        off = float(off) if abs(off) < 2 * near else np.nan
        found.append(Peak(angle, q, d, float(width), float(area), off))
    return sorted(found, key=lambda peak: peak.two_theta_deg)
