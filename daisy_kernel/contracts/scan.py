"""A tomography scan as Daisy understands it, wherever its parts lie."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.reference import Reference
from daisy_kernel.contracts.units import Units, counted_pixels


@dataclass(frozen=True)
class Scan:
    """Projections with what is needed to normalise and reconstruct them."""

    format: str
    """How the file was recognised: 'Data Exchange', 'NXtomo' or 'TIFF stack'."""
    projections: Reference
    """(n_angle, n_row, n_col) [counts]"""
    flats: Reference | None
    """(n_flat, n_row, n_col) [counts]"""
    darks: Reference | None
    """(n_dark, n_row, n_col) [counts]"""
    angles_rad: NDArray[np.float64]
    """(n_angle,) [rad]"""
    metadata: dict[str, Any] = field(default_factory=dict)
    """Where known: pixel_size_m, distance_m, energy_kev, sample."""
    datasets: dict[str, str] = field(default_factory=dict)
    """Of an HDF5 file: 'projections', 'flats', 'darks', 'angles', 'image_key' -> its dataset."""
    warnings: tuple[str, ...] = ()
    """What the reader had to assume, one sentence each."""

    @property
    def units(self) -> Units:
        """Of projections, flats and darks."""
        edge_m = self.metadata.get("pixel_size_m")
        return counted_pixels(edge_m, edge_m)
