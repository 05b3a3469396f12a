"""Brightness of the beam that changes during a scan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from daisy_kernel.contracts.algorithm import Algorithm, Params
from daisy_kernel.contracts.declaration import Input, Output, Spec, Unit
from daisy_kernel.numba_kernels import correct_drift_air, correct_drift_mass, frame_intensities


class MeasureIntensity(Algorithm):
    """Usual brightness of a projection: the median over some of their geometric means."""

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """A single number."""
        return {"output_dataobj": Spec((), np.dtype(np.float64), ())}

    def scratch_bytes(self, inputs: Mapping[str, Spec], params: Params) -> int:
        """One projection."""
        _, n_row, n_col = inputs["input_dataobj"].shape
        return 8 * n_row * n_col

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("angle", "row", "col", lazy="angle")],
        output_dataobj: Annotated[str, Output()],
        frames: Annotated[
            int, Field(ge=1, description="how many projections to look at, spread over the scan")
        ] = 15,
    ) -> None:
        """What `CorrectDrift` takes as its reference; see `frame_intensities`."""
        n_angle, n_row, n_col = self.data[input_dataobj].shape
        intensities = []
        for angle in sorted({int((i + 0.5) * n_angle / frames) for i in range(frames)}):
            selection = slice(angle, angle + 1), slice(0, n_row), slice(0, n_col)
            intensities += list(frame_intensities(self.data[input_dataobj].read(selection)))
        self.data[output_dataobj] = np.median(intensities)


class CorrectDrift(Algorithm):
    """Transmissions without the changes of the beam from projection to projection."""

    along = ("angle",)

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("angle", "row", "col")],
        output_dataobj: Annotated[str, Output("angle", "row", "col")],
        method: Annotated[
            Literal["air", "mass"],
            Field(
                description="air: columns at the sides that show no sample become the reference; "
                "mass: every projection gets the same geometric mean, for a sample always in view"
            ),
        ] = "air",
        air: Annotated[
            int, Unit("pixel"), Field(ge=1, description="air: columns that show no sample")
        ] = 10,
        side: Annotated[
            Literal["both", "left", "right"], Field(description="air: where these columns are")
        ] = "both",
        reference: Annotated[
            float | None,
            Field(
                gt=0,
                description="what the air, or the geometric mean, becomes; air: 1 if not given, "
                "mass: give the result of MeasureIntensity",
            ),
        ] = None,
    ) -> None:
        """See `correct_drift_air` and `correct_drift_mass`."""
        transmission = self.data[input_dataobj]
        if method == "air":
            self.data[output_dataobj] = correct_drift_air(
                transmission, air=air, side=side, reference=1.0 if reference is None else reference
            )
            return
        if reference is None:
            raise ValueError(
                "method 'mass' got no reference, which says how bright a projection shall be: let "
                "MeasureIntensity find it and refer to its result"
            )
        self.data[output_dataobj] = correct_drift_mass(transmission, reference=reference)
