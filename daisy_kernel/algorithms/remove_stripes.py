"""Removing what makes rings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from daisy_kernel.contracts.algorithm import Algorithm, Params
from daisy_kernel.contracts.declaration import Input, Output, Spec, Unit
from daisy_kernel.numba_kernels import remove_stripes_sorting, stripes_scratch_bytes


class RemoveStripes(Algorithm):
    """Sinograms without the stripes of badly calibrated pixels, which would become rings."""

    along = ("row",)

    def scratch_bytes(self, inputs: Mapping[str, Spec], params: Params) -> int:
        """What the method says of itself."""
        n_angle, n_row, n_col = inputs["input_dataobj"].shape
        return stripes_scratch_bytes(n_angle, n_row, n_col)

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("angle", "row", "col")],
        output_dataobj: Annotated[str, Output("angle", "row", "col")],
        size: Annotated[
            int,
            Unit("pixel"),
            Field(ge=0, description="odd window, about three times the widest stripe; 0: none"),
        ] = 21,
    ) -> None:
        """See `remove_stripes_sorting`."""
        sinograms = self.data[input_dataobj]
        self.data[output_dataobj] = (
            remove_stripes_sorting(sinograms, size=size) if size else sinograms
        )
