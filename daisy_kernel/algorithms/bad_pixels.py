"""Pixels that do not measure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np
from pydantic import Field

from daisy_kernel.contracts.algorithm import Algorithm, Params
from daisy_kernel.contracts.declaration import Input, Output, Spec, Unit
from daisy_kernel.numba_kernels import mask_pixels, repair_pixels


class MaskPixels(Algorithm):
    """Mask of the pixels that cannot be used; 1 excludes a pixel, as in pyFAI."""

    along = ("row",)

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """One value per pixel."""
        _, n_row, n_col = inputs["flats_dataobj"].shape
        return {"output_dataobj": Spec((n_row, n_col), np.dtype(np.uint8), ("row", "col"))}

    def execute(
        self,
        *,
        flats_dataobj: Annotated[str, Input("shot", "row", "col")],
        darks_dataobj: Annotated[str, Input("shot", "row", "col")],
        output_dataobj: Annotated[str, Output("row", "col")],
        saturation: Annotated[
            float | None,
            Unit("counts"),
            Field(gt=0, description="a pixel that reaches this in a flat is excluded"),
        ] = None,
        hot: Annotated[
            float | None,
            Unit("counts"),
            Field(gt=0, description="a pixel whose mean dark is above this is excluded"),
        ] = None,
    ) -> None:
        """Also excludes pixels whose mean flat is not above their mean dark; see `mask_pixels`."""
        self.data[output_dataobj] = mask_pixels(
            self.data[flats_dataobj], self.data[darks_dataobj], saturation=saturation, hot=hot
        )


class RepairPixels(Algorithm):
    """Projections with masked and saturated pixels replaced by the median of good neighbours."""

    along = ("angle", "row")

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("angle", "row", "col")],
        output_dataobj: Annotated[str, Output("angle", "row", "col")],
        mask_dataobj: Annotated[
            str | None, Input("row", "col"), Field(description="not 0 where a pixel is bad")
        ] = None,
        saturation: Annotated[
            float | None,
            Unit("as the input"),
            Field(gt=0, description="a value that reaches this is bad, such as 65535"),
        ] = None,
    ) -> None:
        """See `repair_pixels`; neighbours are of the same row and projection."""
        mask = None if mask_dataobj is None else self.data[mask_dataobj]
        self.data[output_dataobj] = repair_pixels(
            self.data[input_dataobj], mask, saturation=saturation
        )
