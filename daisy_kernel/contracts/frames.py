"""Frames of an area detector as Daisy understands them, wherever they lie."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.reference import Reference
from daisy_kernel.contracts.units import Units, counted_pixels


@dataclass(frozen=True)
class DetectorFrames:
    """Frames with what their file says about the detector and the beam."""

    format: str
    """How the file was recognised: 'EIGER', 'NeXus', 'HDF5 dataset', 'TIFF', 'CBF', ..."""
    frames: Reference
    """(n_frame, n_row, n_col) [counts]"""
    mask: NDArray[np.uint8] | None = None
    """(n_row, n_col), 1 for a pixel to leave out"""
    dark: Reference | None = None
    """(n_dark, n_row, n_col) [counts]"""
    flat: Reference | None = None
    """(n_flat, n_row, n_col) [1] by what counts are to be multiplied"""
    metadata: dict[str, Any] = field(default_factory=dict)
    """Where stated: wavelength_m, distance_m, beam_center_x_px, beam_center_y_px, pixel_size_x_m,
    pixel_size_y_m, count_time_s, saturation_value, underload_value and bad_value [counts],
    detector. A geometry in a header is a claim, not a calibration."""
    warnings: tuple[str, ...] = ()
    """What the reader had to assume or leaves out, one sentence each."""

    @property
    def units(self) -> Units:
        """Of the frames."""
        return counted_pixels(*(self.metadata.get(f"pixel_size_{axis}_m") for axis in "yx"))
