"""Flat-field correction."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from daisy_kernel.contracts.algorithm import Algorithm
from daisy_kernel.contracts.declaration import Input, Output
from daisy_kernel.numba_kernels import flat_field


class Normalize(Algorithm):
    """Transmission of the sample: (projection - dark) / (flat - dark)."""

    along = ("angle", "row")
    version = "2"

    def execute(
        self,
        *,
        projs_dataobj: Annotated[str, Input("angle", "row", "col")],
        darks_dataobj: Annotated[str, Input("shot", "row", "col")],
        flats_dataobj: Annotated[str, Input("shot", "row", "col")],
        output_dataobj: Annotated[str, Output("angle", "row", "col")],
        dead_pixels: Annotated[
            Literal["median", "error"],
            Field(description="what to do where the flat is not above the dark"),
        ] = "median",
    ) -> None:
        """See `flat_field` for the formula."""
        self.data[output_dataobj] = flat_field(
            self.data[projs_dataobj],
            self.data[flats_dataobj],
            self.data[darks_dataobj],
            dead_pixels=dead_pixels,
        )
