"""Masks of pixels that are not to be integrated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.ndimage import binary_dilation, median_filter

from daisy_kernel.algorithms.diffraction.regions import parse_regions
from daisy_kernel.contracts.algorithm import Algorithm, Params
from daisy_kernel.contracts.declaration import Input, Output, Spec, Unit

_SURROUNDING = 5


class MakeMask(Algorithm):
    """Mask of the pixels to leave out; 1 excludes a pixel, as in pyFAI."""

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """One value per pixel."""
        shape = inputs["input_dataobj"].shape
        parse_regions(params["regions"] or "0:1,0:1", shape)
        _parse_circle(params["beam_stop"])
        return {"output_dataobj": Spec(shape, np.dtype(np.uint8), ("row", "col"))}

    def scratch_bytes(self, inputs: Mapping[str, Spec], params: Params) -> int:
        """Medians and differences."""
        n_row, n_col = inputs["input_dataobj"].shape
        return 32 * n_row * n_col

    def execute(
        self,
        *,
        input_dataobj: Annotated[
            str, Input("row", "col"), Field(description="an image, such as the mean frame")
        ],
        output_dataobj: Annotated[str, Output("row", "col")],
        other_dataobj: Annotated[
            str | None, Input("row", "col"), Field(description="a mask to add to")
        ] = None,
        below: Annotated[
            float | None, Unit("counts"), Field(description="pixels below this are excluded")
        ] = 0.0,
        above: Annotated[
            float | None, Unit("counts"), Field(description="pixels above this are excluded")
        ] = None,
        outliers: Annotated[
            float | None,
            Field(
                gt=0,
                description="pixels that differ from the median around them by more than so many "
                "times the usual difference are excluded",
            ),
        ] = None,
        regions: Annotated[
            str,
            Unit("pixel"),
            Field(description="rectangles to exclude, ends not included: '10:20,30:45; 0:5,0:5'"),
        ] = "",
        beam_stop: Annotated[
            str,
            Unit("pixel"),
            Field(description="circle to exclude: 'row,column,radius'"),
        ] = "",
        grow: Annotated[
            int, Unit("pixel"), Field(ge=0, description="by how much what is excluded grows")
        ] = 0,
    ) -> None:
        """What is not finite is always excluded."""
        image = self.data[input_dataobj]
        mask = ~np.isfinite(image)
        if other_dataobj is not None:
            mask |= self.data[other_dataobj] != 0
        if below is not None:
            mask |= image < below
        if above is not None:
            mask |= image > above
        if outliers is not None:
            mask |= _stands_out(image, mask, outliers)
        if regions.strip():
            for rows, columns in parse_regions(regions, image.shape):
                mask[rows, columns] = True
        circle = _parse_circle(beam_stop)
        if circle is not None:
            row, column, radius = circle
            down, across = np.ogrid[: image.shape[0], : image.shape[1]]
            mask |= (down - row) ** 2 + (across - column) ** 2 <= radius**2
        if grow:
            mask = binary_dilation(mask, iterations=grow)
        self.LogInfo(f"{np.count_nonzero(mask)} of {mask.size} pixels are excluded")
        self.data[output_dataobj] = mask.astype(np.uint8)


def _stands_out(
    image: NDArray[np.float32], mask: NDArray[np.bool_], outliers: float
) -> NDArray[np.bool_]:
    """Differences in units of the noise of counts, so that bright rings do not stand out."""
    values = np.where(mask, 0, image).astype(np.float32)
    middle = median_filter(values, _SURROUNDING)
    difference = np.abs(values - middle) / np.sqrt(np.maximum(middle, 1))
    usual = np.median(difference[~mask]) if not mask.all() else 0
    return np.asarray(~mask & (difference > outliers * 1.4826 * max(float(usual), 0.1)))


def _parse_circle(text: str) -> tuple[float, float, float] | None:
    if not text.strip():
        return None
    try:
        row, column, radius = map(float, text.split(","))
    except ValueError:
        raise ValueError(
            f"beam_stop is {text!r}, which is no circle: write it as row,column,radius"
        ) from None
    if not radius > 0:
        raise ValueError(f"the radius of beam_stop is {radius:g}: give one above zero")
    return row, column, radius
