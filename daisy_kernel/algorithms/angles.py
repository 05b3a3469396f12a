"""Angles of a scan that does not say them."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from daisy_kernel.contracts.algorithm import Algorithm, Params
from daisy_kernel.contracts.declaration import Input, Output, Spec, Unit

_GOLDEN = (sqrt(5) - 1) / 2


class Angles(Algorithm):
    """Angles by a rule, one per projection; the end of the range is not included."""

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """One angle per projection."""
        n_angle = inputs["input_dataobj"].shape[0]
        return {"output_dataobj": Spec((n_angle,), np.dtype(np.float64), ("angle",))}

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("angle", "row", "col", lazy="angle")],
        output_dataobj: Annotated[str, Output("angle")],
        start: Annotated[float, Unit("degree")] = 0.0,
        rotation: Annotated[
            float, Unit("degree"), Field(description="range of the angles; negative turns back")
        ] = 180.0,
        step: Annotated[
            float | None,
            Unit("degree"),
            Field(description="from each projection to the next; default, rotation / projections"),
        ] = None,
        order: Annotated[
            Literal["even", "golden"],
            Field(description="golden: each step is 0.618 of the range, wrapped around in it"),
        ] = "even",
    ) -> None:
        """Angles in radians, of the projections in `input_dataobj`; only its shape is looked at."""
        n_angle = self.data[input_dataobj].shape[0]
        number = np.arange(n_angle)
        if order == "golden":
            if step is not None:
                raise ValueError(
                    f"got a step of {step:g} degrees in golden order, where the range says it: "
                    "leave out one of the two"
                )
            degrees = start + rotation * (number * _GOLDEN % 1)
        else:
            degrees = start + (rotation * number / n_angle if step is None else step * number)
        self.data[output_dataobj] = np.deg2rad(degrees)
