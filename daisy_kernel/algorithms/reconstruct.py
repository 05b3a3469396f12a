"""From sinograms to slices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from daisy_kernel.contracts.algorithm import Algorithm, Params
from daisy_kernel.contracts.declaration import Input, Output, Spec, Unit
from daisy_kernel.numba_kernels import (
    ROWS_PER_GROUP,
    fbp_reconstruct,
    fbp_scratch_bytes,
    fourier_reconstruct,
    fourier_scratch_bytes,
)

_METHODS = {
    "fourier": (fourier_reconstruct, fourier_scratch_bytes),
    "fbp": (fbp_reconstruct, fbp_scratch_bytes),
}


class Reconstruct(Algorithm):
    """Slices of the sample, in attenuation per pixel; parallel beam."""

    along = ("row",)
    renames = {"row": "slice"}  # noqa: RUF012 - a declaration, never changed
    step = ROWS_PER_GROUP

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """One square slice per detector row, as wide as the detector."""
        _, n_row, n_col = inputs["input_dataobj"].shape
        shape = (n_row, n_col, n_col)
        return {"output_dataobj": Spec(shape, np.dtype(np.float32), ("slice", "y", "x"))}

    def scratch_bytes(self, inputs: Mapping[str, Spec], params: Params) -> int:
        """What the method says of itself."""
        n_angle, n_row, n_col = inputs["input_dataobj"].shape
        return _METHODS[params["alg_type"]][1](n_angle, n_row, n_col)

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("angle", "row", "col")],
        theta: Annotated[str, Input("angle")],
        output_dataobj: Annotated[str, Output("slice", "y", "x")],
        center: Annotated[
            float | None,
            Unit("pixel"),
            Field(description="detector column of the rotation axis; default, the middle"),
        ] = None,
        alg_type: Annotated[
            Literal["fourier", "fbp"], Field(description="method of reconstruction")
        ] = "fourier",
        filter_name: Annotated[
            Literal["ramp", "shepp", "cosine", "hann", "hamming", "parzen"],
            Field(description="damping of high frequencies; ramp is sharpest"),
        ] = "shepp",
        padding: Annotated[
            Literal["edge", "zero"],
            Field(description="what lies beside the detector: its edge value, or nothing"),
        ] = "edge",
    ) -> None:
        """See `fourier_reconstruct` and `fbp_reconstruct` for geometry and conventions."""
        sinograms = self.data[input_dataobj]
        if center is None:
            center = (sinograms.shape[2] - 1) / 2
        self.data[output_dataobj] = _METHODS[alg_type][0](
            sinograms, self.data[theta], center, filter_name=filter_name, padding=padding
        )
