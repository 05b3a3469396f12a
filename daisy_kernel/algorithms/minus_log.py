"""From transmission to attenuation."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from daisy_kernel.contracts.algorithm import Algorithm
from daisy_kernel.contracts.declaration import Input, Output
from daisy_kernel.numba_kernels import minus_log


class MinusLog(Algorithm):
    """Line integrals of the attenuation: -log(transmission)."""

    along = ("angle", "row")

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("angle", "row", "col")],
        output_dataobj: Annotated[str, Output("angle", "row", "col")],
        floor: Annotated[
            float, Field(gt=0, description="smaller transmissions count as this")
        ] = 1e-6,
    ) -> None:
        """See `minus_log`."""
        self.data[output_dataobj] = minus_log(self.data[input_dataobj], floor=floor)
