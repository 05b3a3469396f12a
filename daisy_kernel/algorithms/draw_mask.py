"""Masks that somebody has drawn on a frame, and mask files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from daisy_kernel.algorithms.diffraction.flips import Flip, flipped
from daisy_kernel.algorithms.diffraction.mask_shapes import drawn, parse_shapes
from daisy_kernel.algorithms.fai_files import integration_file
from daisy_kernel.algorithms.fai_tables import ONE_AT_A_TIME, pyfai_integrator
from daisy_kernel.contracts.algorithm import Algorithm, Params
from daisy_kernel.contracts.declaration import FilePlace, Init, Input, Output, Spec
from daisy_kernel.contracts.destination import Destination
from daisy_kernel.formats import RenderedTarget, mask_file, require_mask_name


class DrawMask(Algorithm):
    """Mask of drawn shapes, and of the pixels that the detector does not have; 1 excludes."""

    poni_file: Annotated[
        FilePlace | None, Init("geometry; the gaps of the detector that it names are left out")
    ] = None
    flip: Annotated[
        Flip,
        Init("how frames are turned before the geometry applies: ud up-down, lr left-right"),
    ] = "none"

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """One value per pixel, and a number."""
        shape = inputs["input_dataobj"].shape
        parse_shapes(params["shapes"])
        return {
            "output_dataobj": Spec(shape, np.dtype(np.uint8), ("row", "col")),
            "count_dataobj": Spec((), np.dtype(np.int64), ()),
        }

    def scratch_bytes(self, inputs: Mapping[str, Spec], params: Params) -> int:
        """Masks, and the indices of pixels."""
        n_row, n_col = inputs["input_dataobj"].shape
        return 24 * n_row * n_col

    def execute(
        self,
        *,
        input_dataobj: Annotated[
            str,
            Input("row", "col"),
            Field(description="an image; what is negative or not finite is no pixel"),
        ],
        output_dataobj: Annotated[str, Output("row", "col")],
        shapes: Annotated[
            str,
            Field(description="what was drawn, in order, as JSON; see `parse_shapes`"),
        ] = "[]",
        gaps: Annotated[
            bool, Field(description="whether pixels that the detector does not have are excluded")
        ] = True,
        gaps_dataobj: Annotated[
            str | None, Input("row", "col"), Field(description="a mask; no shape takes it back")
        ] = None,
        other_dataobj: Annotated[
            str | None, Input("row", "col"), Field(description="a mask to go on drawing in")
        ] = None,
        count_dataobj: Annotated[
            str, Output(), Field(description="how many pixels are excluded")
        ] = "n_excluded",
    ) -> None:
        """Shapes count where pixel centres lie in them, edges included; see `drawn`."""
        image = self.data[input_dataobj]
        start = np.zeros(image.shape, np.bool_)
        if other_dataobj is not None:
            start = self.data[other_dataobj] != 0
        mask = drawn(image, parse_shapes(shapes), start)
        if gaps:
            mask |= ~np.isfinite(image) | (image < 0)
            if gaps_dataobj is not None:
                mask |= self.data[gaps_dataobj] != 0
            if self.poni_file is not None:
                mask |= _gaps(self.poni_file, self.flip, image.shape)
        n_excluded = int(np.count_nonzero(mask))
        self.LogInfo(f"{n_excluded} of {mask.size} pixels are excluded")
        self.data[output_dataobj] = mask.astype(np.uint8)
        self.data[count_dataobj] = n_excluded


class SaveMask(Algorithm):
    """A mask as a file that Daisy, pyFAI and others read: EDF, TIFF, HDF5 or NumPy."""

    persistence = "save"
    outputfile_name: Annotated[Path, Init("file to write: .edf, .tif, .h5 or .npy")]

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("row", "col"), Field(description="1 excludes a pixel")],
    ) -> Destination:
        """The name says the format."""
        path = Path(self.outputfile_name).absolute()
        require_mask_name(path)
        render = partial(mask_file, suffix=path.suffix.lower())
        return Destination(path, "data", target=partial(RenderedTarget, render=render))


def _gaps(poni_file: str, flip: Flip, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """What pyFAI knows of a detector that is named: as frames are stored, 1 for no pixel."""
    with ONE_AT_A_TIME:
        mask = pyfai_integrator(integration_file(poni_file).poni, shape).detector.mask
    if mask is None or mask.shape != shape:
        return np.zeros(shape, np.bool_)
    return np.asarray(flipped(mask, flip) != 0)
