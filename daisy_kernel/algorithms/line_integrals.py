"""From counts to attenuation in one step."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from daisy_kernel.contracts.algorithm import Algorithm
from daisy_kernel.contracts.declaration import Input, Output
from daisy_kernel.numba_kernels import line_integrals


class LineIntegrals(Algorithm):
    """Line integrals of the attenuation: -log((projection - dark) / (flat - dark)).

    `Normalize` and `MinusLog` in one pass over the data, with the same numbers to the last bit.
    """

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
        floor: Annotated[
            float, Field(gt=0, description="smaller transmissions count as this")
        ] = 1e-6,
    ) -> None:
        """See `line_integrals`."""
        self.data[output_dataobj] = line_integrals(
            self.data[projs_dataobj],
            self.data[flats_dataobj],
            self.data[darks_dataobj],
            dead_pixels=dead_pixels,
            floor=floor,
        )
