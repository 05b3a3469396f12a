"""From sinograms to slices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from daisy_kernel.algorithms.slice_terms import (
    Center,
    Centers,
    axis_columns,
    require_choices,
    square_slices,
    store_slices,
)
from daisy_kernel.contracts.algorithm import Algorithm, Params
from daisy_kernel.contracts.declaration import Input, Output, Spec, Unit
from daisy_kernel.numba_kernels import (
    ROWS_PER_GROUP,
    cgls_reconstruct,
    cgls_scratch_bytes,
    fbp_reconstruct,
    fbp_scratch_bytes,
    fourier_reconstruct,
    fourier_scratch_bytes,
    os_sart_reconstruct,
    os_sart_scratch_bytes,
    sirt_reconstruct,
    sirt_scratch_bytes,
    tv_reconstruct,
    tv_scratch_bytes,
)

_METHODS: dict[str, tuple[Callable[..., NDArray[np.float32]], Callable[..., int]]] = {
    "fourier": (fourier_reconstruct, fourier_scratch_bytes),
    "fbp": (fbp_reconstruct, fbp_scratch_bytes),
    "sirt": (sirt_reconstruct, sirt_scratch_bytes),
    "os_sart": (os_sart_reconstruct, os_sart_scratch_bytes),
    "cgls": (cgls_reconstruct, cgls_scratch_bytes),
    "tv": (tv_reconstruct, tv_scratch_bytes),
}
_ITERATIONS = {"sirt": 100, "os_sart": 10, "cgls": 20, "tv": 100}
_BOUNDED = ("sirt", "os_sart", "tv")


class Reconstruct(Algorithm):
    """Slices of the sample, in attenuation per pixel; parallel beam."""

    along = ("row",)
    renames = {"row": "slice"}  # noqa: RUF012 - a declaration, never changed
    together = ROWS_PER_GROUP
    per_element = {"center": "centers_dataobj"}  # noqa: RUF012 - a declaration, never changed

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """One square slice per detector row, as wide as the detector."""
        require_choices(params, _BOUNDED)
        return square_slices(inputs)

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
        center: Center = None,
        centers_dataobj: Centers = None,
        alg_type: Annotated[
            Literal["fourier", "fbp", "sirt", "os_sart", "cgls", "tv"],
            Field(
                description="method of reconstruction: fourier and fbp for many evenly spread "
                "angles, the others iterate and bear few, limited or noisy ones"
            ),
        ] = "fourier",
        filter_name: Annotated[
            Literal["ramp", "shepp", "cosine", "hann", "hamming", "parzen"],
            Field(
                description="damping of high frequencies; ramp is sharpest (fourier and fbp only)"
            ),
        ] = "shepp",
        padding: Annotated[
            Literal["edge", "zero"],
            Field(
                description="what lies beside the detector: its edge value, or nothing "
                "(fourier and fbp only)"
            ),
        ] = "edge",
        iterations: Annotated[
            int | None,
            Field(
                ge=1,
                description="more are sharper and noisier; by default sirt 100, os_sart 10, "
                "cgls 20, tv 100 (not for fourier and fbp)",
            ),
        ] = None,
        regularisation: Annotated[
            float,
            Unit("1"),
            Field(
                ge=0,
                description="more is smoother; about the noise of the line integrals over the "
                "square root of the number of angles (tv only)",
            ),
        ] = 0.002,
        non_negative: Annotated[
            bool, Field(description="keep negative values out (sirt, os_sart and tv only)")
        ] = False,
    ) -> None:
        """See `fourier_reconstruct`, `sirt_reconstruct`... for geometry and conventions."""
        sinograms = self.data[input_dataobj]
        centers = None if centers_dataobj is None else self.data[centers_dataobj]
        centre = axis_columns(sinograms.shape[2], center, centers)
        options: dict[str, Any] = {}
        if alg_type in _ITERATIONS:
            options["iterations"] = _ITERATIONS[alg_type] if iterations is None else iterations
        else:
            options |= {"filter_name": filter_name, "padding": padding}
        if alg_type in _BOUNDED:
            options["non_negative"] = non_negative
        if alg_type == "tv":
            options["regularisation"] = regularisation
        slices = _METHODS[alg_type][0](sinograms, self.data[theta], centre, **options)
        store_slices(self, output_dataobj, slices)
