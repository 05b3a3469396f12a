"""Removing what makes rings."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from daisy_kernel.contracts.algorithm import Algorithm
from daisy_kernel.contracts.declaration import Input, Output, Unit
from daisy_kernel.numba_kernels import remove_stripes_sorting


class RemoveStripes(Algorithm):
    """Sinograms without the stripes of badly calibrated pixels, which would become rings."""

    along = ("row",)

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("angle", "row", "col")],
        output_dataobj: Annotated[str, Output("angle", "row", "col")],
        size: Annotated[
            int, Unit("pixel"), Field(ge=0, description="width of the widest stripe; 0: leave all")
        ] = 21,
    ) -> None:
        """See `remove_stripes_sorting`."""
        sinograms = self.data[input_dataobj]
        self.data[output_dataobj] = (
            remove_stripes_sorting(sinograms, size=size) if size else sinograms
        )
