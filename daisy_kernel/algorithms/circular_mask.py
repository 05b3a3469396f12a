"""Hiding what lies outside of the field of view."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from daisy_kernel.contracts.algorithm import Algorithm, Params
from daisy_kernel.contracts.declaration import Input, Output, Spec, Unit
from daisy_kernel.numba_kernels import circular_mask


class CircularMask(Algorithm):
    """Slices with one value outside of a circle around the rotation axis."""

    along = ("slice",)

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """Like the input, in its type."""
        return {"output_dataobj": inputs["input_dataobj"]}

    def is_idle(self, params: Params) -> bool:
        """Without a circle everything stays."""
        return bool(params["ratio"] == 0)

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("slice", "y", "x")],
        output_dataobj: Annotated[str, Output("slice", "y", "x")],
        ratio: Annotated[
            float,
            Field(
                ge=0,
                le=1.5,
                description="diameter of the circle as a share of the width; 0: keep everything",
            ),
        ] = 1.0,
        value: Annotated[
            float, Unit("as the input"), Field(description="what is put outside")
        ] = 0.0,
    ) -> None:
        """See `circular_mask`."""
        volume = self.data[input_dataobj]
        self.data[output_dataobj] = (
            circular_mask(volume, ratio=ratio, value=value) if ratio else volume
        )
