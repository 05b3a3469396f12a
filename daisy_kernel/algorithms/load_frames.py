"""Loading the frames of an area detector."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from daisy_kernel.configuration import read_configuration
from daisy_kernel.contracts.algorithm import Algorithm
from daisy_kernel.contracts.declaration import FilePlace, Init, Output
from daisy_kernel.contracts.reference import Reference
from daisy_kernel.datastore import ArrayReference, DataObject
from daisy_kernel.errors import FileProblem
from daisy_kernel.formats import is_numpy_file, open_frames, read_numbers, read_numpy_mask


class LoadFrames(Algorithm):
    """Frames of a detector with mask and stated geometry; EIGER, NeXus, TIFF, CBF, EDF, ..."""

    persistence = "load"
    inputfile_name: Annotated[
        FilePlace, Init("file, FILE:/dataset, folder or pattern of the detector's frames")
    ]
    mask_file: Annotated[
        FilePlace | None,
        Init("further mask: image or FILE:/dataset, not 0 for a pixel to leave out"),
    ] = None
    monitor: Annotated[
        FilePlace | None,
        Init("FILE:/dataset, or text, with one number above 0 per frame to divide by"),
    ] = None

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
            str,
            Output(),
            Field(
                description="counts from which a pixel is full: as stated, else the last but one "
                "of an unsigned type, whose largest values mark gaps and bad pixels; or NaN"
            ),
        ] = "saturation",
        monitors_dataobj: Annotated[
            str, Output("frame"), Field(description="what each frame is divided by; all 1 without")
        ] = "monitors",
    ) -> None:
        """Register the parts of the file; no frame is read."""
        roots = read_configuration().data_roots
        found = open_frames(self.inputfile_name, data_roots=roots)
        for warning in found.warnings:
            self.LogWarn(warning)
        n_frame, *image = found.frames.shape
        self.data[frames_dataobj] = DataObject(found.frames, None, found.units)
        # Every step that follows may count on a mask: without one, no pixel is left out.
        mask = np.zeros(image, np.uint8) if found.mask is None else found.mask
        if self.mask_file is not None:
            mask = mask | _read_mask(self.mask_file, mask.shape, roots)
        self.data[mask_dataobj] = mask
        monitors = np.ones(n_frame)
        if self.monitor is not None:
            monitors = _read_monitors(self.monitor, n_frame, roots)
        self.data[monitors_dataobj] = monitors
        for name, key in (
            (wavelength_dataobj, "wavelength_m"),
            (distance_dataobj, "distance_m"),
            (center_x_dataobj, "beam_center_x_px"),
            (center_y_dataobj, "beam_center_y_px"),
            (pixel_size_dataobj, "pixel_size_x_m"),
        ):
            self.data[name] = float(found.metadata.get(key, math.nan))
        dtype = found.frames.dtype
        full = float(np.iinfo(dtype).max - 1) if dtype.kind == "u" else math.nan
        self.data[saturation_dataobj] = float(found.metadata.get("saturation_value", full))


def _read_mask(
    path: str, shape: tuple[int, ...], data_roots: tuple[Path, ...]
) -> NDArray[np.uint8]:
    file = Path(path)
    if is_numpy_file(file):
        found: Reference = ArrayReference(read_numpy_mask(file)[None])
    else:
        found = open_frames(path, data_roots=data_roots).frames
    if found.shape != (1, *shape):
        raise FileProblem(
            f"The mask {path} shows {found.shape[1:]} pixels in {found.shape[0]} image(s), but the "
            f"frames show {tuple(shape)}: give one image of this detector."
        )
    image = found.read(tuple(slice(0, n) for n in found.shape))[0]
    return np.asarray(image != 0, np.uint8)


def _read_monitors(source: str, n_frame: int, data_roots: tuple[Path, ...]) -> NDArray[np.float64]:
    values = read_numbers(source, data_roots=data_roots)
    if values.shape != (n_frame,):
        raise FileProblem(
            f"The monitor {source} holds {values.size} numbers for {n_frame} frames: give one each."
        )
    bad = ~(np.isfinite(values) & (values > 0))
    if bad.any():
        raise FileProblem(
            f"The monitor {source} is {values[bad][0]:g} for frame {np.argmax(bad)}: frames are "
            "divided by it, so leave that frame out or mend the number."
        )
    return values
