"""Smaller projections, and where the rotation axis is in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np
from pydantic import Field

from daisy_kernel.contracts.algorithm import Algorithm, Params
from daisy_kernel.contracts.declaration import Input, Output, Ref, Spec, Unit
from daisy_kernel.numba_kernels import bin_projections, binned_pixels, moved_centre

Pixels = Annotated[int, Unit("pixel"), Field(ge=0)]
Size = Annotated[int, Unit("pixel"), Field(ge=1)]


class Crop(Algorithm):
    """Projections without some rows and columns at the edges; `MoveCenter` follows."""

    # Where rows are cropped, their number changes, and the planner does not cut along them.
    along = ("angle", "row")

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """What is left."""
        spec = inputs["input_dataobj"]
        _check_known(params, ("top", "bottom", "left", "right"))
        n_angle, n_row, n_col = spec.shape
        rows = n_row - params["top"] - params["bottom"]
        columns = n_col - params["left"] - params["right"]
        if rows < 1 or columns < 1:
            raise ValueError(
                f"of {n_row} rows and {n_col} columns {max(rows, 0)} and {max(columns, 0)} would "
                "be left: crop less"
            )
        return {"output_dataobj": Spec((n_angle, rows, columns), spec.dtype, spec.axes)}

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("angle", "row", "col")],
        output_dataobj: Annotated[str, Output("angle", "row", "col")],
        left: Pixels = 0,
        right: Pixels = 0,
        top: Pixels = 0,
        bottom: Pixels = 0,
    ) -> None:
        """Take away so many columns on the left and right, rows at the top (row 0) and bottom."""
        projections = self.data[input_dataobj]
        _, n_row, n_col = projections.shape
        self.data[output_dataobj] = projections[:, top : n_row - bottom, left : n_col - right]


class Bin(Algorithm):
    """Projections with larger pixels, the means of some; `MoveCenter` follows."""

    along = ("angle", "row")  # rows as for Crop

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """Fewer rows and columns; what is left over at the end is dropped."""
        spec = inputs["input_dataobj"]
        _check_known(params, ("rows", "columns"))
        n_angle, n_row, n_col = spec.shape
        pixels = binned_pixels(n_row, n_col, rows=params["rows"], columns=params["columns"])
        return {"output_dataobj": Spec((n_angle, *pixels), np.dtype(np.float32), spec.axes)}

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("angle", "row", "col")],
        output_dataobj: Annotated[str, Output("angle", "row", "col")],
        rows: Size = 2,
        columns: Size = 2,
    ) -> None:
        """See `bin_projections`."""
        self.data[output_dataobj] = bin_projections(
            self.data[input_dataobj], rows=rows, columns=columns
        )


class MoveCenter(Algorithm):
    """Column of the rotation axis after cropping and binning."""

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """A single number."""
        return {"output_dataobj": Spec((), np.dtype(np.float64), ())}

    def execute(
        self,
        *,
        output_dataobj: Annotated[str, Output()],
        center: Annotated[float, Unit("pixel"), Field(description="column before")],
        left: Annotated[
            int, Unit("pixel"), Field(ge=0, description="columns cropped on the left, first")
        ] = 0,
        columns: Annotated[
            int, Unit("pixel"), Field(ge=1, description="columns of a new pixel, then")
        ] = 1,
    ) -> None:
        """(center - left + 1/2) / columns - 1/2."""
        self.data[output_dataobj] = moved_centre(center, cropped=left, binning=columns)


def _check_known(params: Params, names: tuple[str, ...]) -> None:
    for name in names:
        if isinstance(params[name], Ref):
            raise ValueError(f"{name} refers to a data object, but shapes must be known: give it")
