"""Looking at a scan before it is used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.algorithm import Algorithm, Params
from daisy_kernel.contracts.declaration import Input, Output, Spec
from daisy_kernel.contracts.reference import Reference


class InspectScan(Algorithm):
    """What is wrong with the pixels: dead ones are counted, saturated and bad values reported."""

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """A single number."""
        return {"output_dataobj": Spec((), np.dtype(np.int64), ())}

    def scratch_bytes(self, inputs: Mapping[str, Spec], params: Params) -> int:
        """Two mean images, a frame and its masks."""
        _, n_row, n_col = inputs["projs_dataobj"].shape
        return 32 * n_row * n_col

    def execute(
        self,
        *,
        projs_dataobj: Annotated[str, Input("angle", "row", "col", lazy="angle")],
        flats_dataobj: Annotated[str, Input("shot", "row", "col", lazy="shot")],
        darks_dataobj: Annotated[str, Input("shot", "row", "col", lazy="shot")],
        output_dataobj: Annotated[str, Output()],
    ) -> None:
        """Number of pixels whose mean flat is not above their mean dark, or is not finite."""
        beam = _mean(self.data[flats_dataobj]) - _mean(self.data[darks_dataobj])
        dead = ~(beam > 0)  # NaN is not above anything
        n_dead = int(dead.sum())
        if n_dead:
            row, col = (int(i) for i in np.argwhere(dead)[0])
            self.LogWarn(
                f"{n_dead} of {dead.size} pixels are dead (flat not above dark), the first in row "
                f"{row}, column {col}"
            )
        self._look_at_projections(self.data[projs_dataobj])
        self.data[output_dataobj] = n_dead

    def _look_at_projections(self, projections: Reference) -> None:
        """Saturated and non-finite values in the first, middle and last projection."""
        n_angle = projections.shape[0]
        for angle in sorted({0, n_angle // 2, n_angle - 1}):
            frame = _frame(projections, angle)
            if frame.dtype.kind in "ui":
                saturated = int((frame == np.iinfo(frame.dtype).max).sum())
                if saturated:
                    self.LogWarn(f"{saturated} pixels are saturated in projection {angle}")
            else:
                bad = int((~np.isfinite(frame)).sum())
                if bad:
                    self.LogWarn(f"{bad} pixels are not finite in projection {angle}")


def _mean(shots: Reference) -> NDArray[np.float64]:
    total = np.zeros(shots.shape[1:])
    for shot in range(shots.shape[0]):
        total += _frame(shots, shot)
    return total / shots.shape[0]


def _frame(frames: Reference, index: int) -> NDArray[Any]:
    _, n_row, n_col = frames.shape
    return frames.read((slice(index, index + 1), slice(0, n_row), slice(0, n_col)))[0]
