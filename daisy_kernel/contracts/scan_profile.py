"""Where a beamline keeps the parts of a scan, for files that no reader recognises by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from daisy_kernel.contracts.protocol_fields import MAX_NAME, Message

DatasetPath = Annotated[
    str, Field(strict=True, min_length=2, max_length=MAX_NAME, pattern=r"^/[^\x00]+$")
]
"""Path of a dataset within its file, from the root: "/entry/data"."""
Stated = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]


@dataclass(frozen=True)
class ScanProfile(Message):
    """Datasets of an HDF5 file by what they mean; what is left out is not in the file."""

    projections: DatasetPath
    """(n_frame, n_row, n_col) [counts]"""
    flats: DatasetPath | None = None
    """Images of the beam without the sample, if they are a dataset of their own."""
    darks: DatasetPath | None = None
    """Images without the beam, if they are a dataset of their own."""
    angles: DatasetPath | None = None
    """One number per projection, or per frame where there are image keys."""
    angle_unit: Literal["degrees", "radians"] | None = None
    """Null: as the dataset says, else degrees."""
    image_key: DatasetPath | None = None
    """What each frame of the projections is: 0 projection, 1 flat, 2 dark; others are left out."""
    energy: Stated | DatasetPath | None = None
    """Photon energy [keV], or the dataset that states it (keV if it names no unit)."""
    pixel_size: Stated | DatasetPath | None = None
    """Edge of a pixel at the sample [m], or the dataset that states it with its unit."""
