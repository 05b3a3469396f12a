"""Loading the frames of an area detector."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from pydantic import Field

from daisy_kernel.configuration import read_configuration
from daisy_kernel.contracts.algorithm import Algorithm
from daisy_kernel.contracts.declaration import Init, Output
from daisy_kernel.formats import open_frames


class LoadFrames(Algorithm):
    """Frames of a detector with mask and stated geometry; EIGER, NeXus, TIFF, CBF, EDF, ..."""

    persistence = "load"
    inputfile_name: Annotated[
        str, Init("file, FILE:/dataset, folder or pattern of the detector's frames")
    ]

    def execute(
        self,
        *,
        frames_dataobj: Annotated[str, Output("frame", "row", "col")] = "frames",
        mask_dataobj: Annotated[
            str,
            Output("row", "col"),
            Field(description="pixels to leave out are 1; all 0 where the file has no mask"),
        ] = "mask",
        wavelength_dataobj: Annotated[
            str, Output(), Field(description="as the file states it [m]; NaN where it does not")
        ] = "wavelength",
        distance_dataobj: Annotated[
            str, Output(), Field(description="sample to detector, as stated [m], or NaN")
        ] = "distance",
        center_x_dataobj: Annotated[
            str, Output(), Field(description="column of the beam, as stated [pixels], or NaN")
        ] = "center_x",
        center_y_dataobj: Annotated[
            str, Output(), Field(description="row of the beam, as stated [pixels], or NaN")
        ] = "center_y",
        pixel_size_dataobj: Annotated[
            str, Output(), Field(description="along a row, as stated [m], or NaN")
        ] = "pixel_size",
        saturation_dataobj: Annotated[
            str, Output(), Field(description="counts from which a pixel is full, or NaN")
        ] = "saturation",
    ) -> None:
        """Register the parts of the file; no frame is read."""
        found = open_frames(self.inputfile_name, data_roots=read_configuration().data_roots)
        for warning in found.warnings:
            self.LogWarn(warning)
        self.data[frames_dataobj] = found.frames
        # Every step that follows may count on a mask: without one, no pixel is left out.
        no_mask = np.zeros(found.frames.shape[1:], np.uint8)
        self.data[mask_dataobj] = no_mask if found.mask is None else found.mask
        for name, key in (
            (wavelength_dataobj, "wavelength_m"),
            (distance_dataobj, "distance_m"),
            (center_x_dataobj, "beam_center_x_px"),
            (center_y_dataobj, "beam_center_y_px"),
            (pixel_size_dataobj, "pixel_size_x_m"),
            (saturation_dataobj, "saturation_value"),
        ):
            self.data[name] = float(found.metadata.get(key, math.nan))
