"""Scans over a whole turn with the axis near the edge of the detector (half acquisition)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np
from pydantic import Field

from daisy_kernel.algorithms.odd_window import OddWindow
from daisy_kernel.contracts.algorithm import Algorithm, Params
from daisy_kernel.contracts.declaration import Input, Output, Ref, Spec, Unit
from daisy_kernel.numba_kernels import stitch_turn, stitched_centre, stitched_columns

Width = Annotated[
    OddWindow | None,
    Unit("pixel"),
    Field(
        ge=1,
        description="odd width of the result with the axis in the middle; default, enough for "
        "every centre; 2 max(center, columns - 1 - center) + 1 is enough for this one",
    ),
]


class Stitch360(Algorithm):
    """Wide sinograms over half a turn from narrow ones over a whole turn."""

    along = ("row",)

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """Half as many angles, up to twice as many columns."""
        n_angle, n_row, n_col = inputs["input_dataobj"].shape
        if isinstance(params["width"], Ref):
            raise ValueError("width refers to a data object, but shapes must be known: give it")
        shape = n_angle // 2, n_row, stitched_columns(n_col, params["width"])
        return {"output_dataobj": Spec(shape, np.dtype(np.float32), ("angle", "row", "col"))}

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("angle", "row", "col")],
        theta: Annotated[str, Input("angle")],
        output_dataobj: Annotated[str, Output("angle", "row", "col")],
        center: Annotated[
            float, Unit("pixel"), Field(ge=0, description="detector column of the rotation axis")
        ],
        width: Width = None,
    ) -> None:
        """See `stitch_turn`; `Stitch360Angles` and `Stitch360Center` give what belongs to it."""
        self.data[output_dataobj] = stitch_turn(
            self.data[input_dataobj], self.data[theta], center, n_out=width
        )


class Stitch360Angles(Algorithm):
    """Angles of the sinograms that `Stitch360` makes."""

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """Half as many."""
        n_angle = inputs["theta"].shape[0]
        return {"output_dataobj": Spec((n_angle // 2,), np.dtype(np.float64), ("angle",))}

    def execute(
        self,
        *,
        theta: Annotated[str, Input("angle")],
        output_dataobj: Annotated[str, Output("angle")],
    ) -> None:
        """The first half of them, in radians."""
        angles = self.data[theta]
        self.data[output_dataobj] = np.array(angles[: len(angles) // 2], np.float64)


class Stitch360Center(Algorithm):
    """Column of the rotation axis in the sinograms that `Stitch360` makes."""

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """A single number."""
        return {"output_dataobj": Spec((), np.dtype(np.float64), ())}

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("angle", "row", "col", lazy="angle")],
        output_dataobj: Annotated[str, Output()],
        center: Annotated[float, Unit("pixel"), Field(ge=0, description="column before stitching")],
        width: Width = None,
    ) -> None:
        """See `stitched_centre`; only the shape of what is stitched is looked at."""
        n_col = self.data[input_dataobj].shape[2]
        self.data[output_dataobj] = stitched_centre(center, n_col, n_out=width)
