"""Finding the rotation centre."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import numpy as np
from pydantic import Field

from daisy_kernel.contracts.algorithm import Algorithm, Params
from daisy_kernel.contracts.declaration import Input, Output, Spec, Unit
from daisy_kernel.numba_kernels import Centre, find_centre_vo

LEAST_CONFIDENCE = 0.12
"""Rows of noise alone reach 0.07; rows that show a sample, 0.2 and more."""


class FindCenter(Algorithm):
    """Detector column onto which the rotation axis projects; one number for the whole scan."""

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """A single number."""
        return {"output_dataobj": Spec((), np.dtype(np.float64), ())}

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("angle", "row", "col", lazy="row")],
        theta: Annotated[str, Input("angle")],
        output_dataobj: Annotated[str, Output()],
        center: Annotated[
            float | None,
            Unit("pixel"),
            Field(description="taken as it is if given; otherwise searched"),
        ] = None,
        rows: Annotated[
            int, Field(ge=1, description="detector rows to search on; the median counts")
        ] = 5,
    ) -> None:
        """Vo's sinogram method on a few rows; see `find_centre_vo`."""
        n_angle, n_row, n_col = self.data[input_dataobj].shape
        if center is not None:
            if not 0 <= center <= n_col - 1:
                raise ValueError(
                    f"the rotation centre {center:g} lies outside of the detector, whose columns "
                    f"are 0 to {n_col - 1}: give one inside, or none to have it searched"
                )
            self.data[output_dataobj] = center
            return
        self._check_half_turn(self.data[theta])
        found: dict[int, Centre] = {}
        refused = []
        for row in _spread(n_row, rows):
            sinogram = self.data[input_dataobj].read(
                (slice(0, n_angle), slice(row, row + 1), slice(0, n_col))
            )[:, 0]
            try:
                found[row] = find_centre_vo(sinogram)
            except ValueError as error:
                refused.append(f"row {row}: {error}")
        self.data[output_dataobj] = self._agreed(found, refused)

    def _agreed(self, found: Mapping[int, Centre], refused: Sequence[str]) -> float:
        """The median over the rows that show something of the sample."""
        best = max((centre.confidence for centre in found.values()), default=0.0)
        least = max(LEAST_CONFIDENCE, best / 2)
        clear = {row: c.column for row, c in found.items() if c.confidence >= least}
        for row, centre in found.items():
            self.LogInfo(
                f"row {row}: centre {centre.column:.2f}, confidence {centre.confidence:.2f}"
                f"{'' if row in clear else ' (too low, left out)'}"
            )
        if not clear:
            reasons = "; ".join(refused) or f"confidence at most {best:.2f} on rows {list(found)}"
            raise ValueError(f"no rotation centre was found ({reasons}): give it as center")
        return float(np.median(list(clear.values())))

    def _check_half_turn(self, angles_rad: np.ndarray) -> None:
        span = float(np.degrees(angles_rad.max() - angles_rad.min()))
        missing = 3 * 180 / max(1, angles_rad.size)
        if not 180 - missing <= span <= 180 + missing:
            raise ValueError(
                f"the search needs projections over 180 degrees, but these span {span:.1f}: "
                "give the rotation centre as center"
            )


def _spread(n_row: int, count: int) -> list[int]:
    """Rows spread evenly over the detector, away from its edges."""
    return sorted({int((i + 0.5) * n_row / count) for i in range(count)})
