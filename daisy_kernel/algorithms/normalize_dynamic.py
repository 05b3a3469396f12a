"""Flat-field correction for a beam whose profile vibrates or drifts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from daisy_kernel.contracts.algorithm import Algorithm, Params
from daisy_kernel.contracts.declaration import Input, Output, Spec
from daisy_kernel.numba_kernels import (
    dynamic_flat_field,
    dynamic_flat_field_scratch_bytes,
    eigen_flats,
    eigen_flats_scratch_bytes,
)


class FindEigenFlats(Algorithm):
    """Shapes in which the beam varies among the flats, for `NormalizeDynamic`."""

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """As many images as are asked for."""
        n_flat, n_row, n_col = inputs["flats_dataobj"].shape
        if n_flat < 3:
            raise ValueError(
                f"there are {n_flat} flats, but how the beam varies shows in 3 or more: use "
                "Normalize for this scan"
            )
        shape = (params["components"], n_row, n_col)
        return {"output_dataobj": Spec(shape, np.dtype(np.float32), ("component", "row", "col"))}

    def scratch_bytes(self, inputs: Mapping[str, Spec], params: Params) -> int:
        """Some rows of all flats in float64."""
        return eigen_flats_scratch_bytes(*inputs["flats_dataobj"].shape)

    def execute(
        self,
        *,
        flats_dataobj: Annotated[str, Input("shot", "row", "col")],
        darks_dataobj: Annotated[str, Input("shot", "row", "col")],
        output_dataobj: Annotated[str, Output("component", "row", "col")],
        components: Annotated[
            int, Field(ge=1, description="how many shapes to look for, strongest first")
        ] = 5,
        selection: Annotated[
            Literal["significant", "all"],
            Field(
                description="significant: shapes that are no more than noise become zero, by "
                "parallel analysis; all: keep them"
            ),
        ] = "significant",
    ) -> None:
        """See `eigen_flats`."""
        found = eigen_flats(
            self.data[flats_dataobj],
            self.data[darks_dataobj],
            components=components,
            selection=selection,
        )
        count = np.count_nonzero(found.any(axis=(1, 2)))
        self.LogInfo(f"the beam varies among the flats in {count} shapes (at most {components})")
        self.data[output_dataobj] = found


class NormalizeDynamic(Algorithm):
    """Transmission of the sample, each projection with the beam of its own moment."""

    along = ("angle",)

    def scratch_bytes(self, inputs: Mapping[str, Spec], params: Params) -> int:
        """The beam of one projection, and sums over strips of all shapes."""
        n_component, n_row, n_col = inputs["eigen_flats_dataobj"].shape
        return dynamic_flat_field_scratch_bytes(n_row, n_col, n_component)

    def execute(
        self,
        *,
        projs_dataobj: Annotated[str, Input("angle", "row", "col")],
        darks_dataobj: Annotated[str, Input("shot", "row", "col")],
        flats_dataobj: Annotated[str, Input("shot", "row", "col")],
        eigen_flats_dataobj: Annotated[
            str,
            Input("component", "row", "col"),
            Field(description="what FindEigenFlats gives for the same flats"),
        ],
        output_dataobj: Annotated[str, Output("angle", "row", "col")],
        dead_pixels: Annotated[
            Literal["median", "error"],
            Field(description="what to do where the flat is not above the dark"),
        ] = "median",
    ) -> None:
        """See `dynamic_flat_field`; brightness is for CorrectDrift."""
        self.data[output_dataobj] = dynamic_flat_field(
            self.data[projs_dataobj],
            self.data[flats_dataobj],
            self.data[darks_dataobj],
            self.data[eigen_flats_dataobj],
            dead_pixels=dead_pixels,
        )
