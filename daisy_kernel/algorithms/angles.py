"""Angles of a scan that does not say them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np

from daisy_kernel.contracts.algorithm import Algorithm, Params
from daisy_kernel.contracts.declaration import Input, Output, Spec, Unit


class Angles(Algorithm):
    """Evenly spaced angles, one per projection; the end of the range is not included."""

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
        rotation: Annotated[float, Unit("degree")] = 180.0,
    ) -> None:
        """Angles in radians, of the projections in `input_dataobj`; only its shape is looked at."""
        n_angle = self.data[input_dataobj].shape[0]
        degrees = start + rotation * np.arange(n_angle) / n_angle
        self.data[output_dataobj] = np.deg2rad(degrees)
