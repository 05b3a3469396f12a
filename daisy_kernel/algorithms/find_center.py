"""Finding the rotation centre."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np
from pydantic import Field

from daisy_kernel.algorithms.centre_rows import Method, SearchFrom, SearchTo, search_rows
from daisy_kernel.contracts.algorithm import Algorithm, Params
from daisy_kernel.contracts.declaration import Input, Output, Spec, Unit
from daisy_kernel.numba_kernels import Centre, centre_scratch_bytes, fit_axis

_APART = 0.02
"""Part of the detector by which half of the rows may lie off the median."""


class FindCenter(Algorithm):
    """Detector column onto which the rotation axis projects; one number for the whole scan."""

    version = "2"

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """Two single numbers."""
        number = Spec((), np.dtype(np.float64), ())
        return {"output_dataobj": number, "confidence_dataobj": number}

    def scratch_bytes(self, inputs: Mapping[str, Spec], params: Params) -> int:
        """What the method says of itself, for one row at a time."""
        n_angle, _, n_col = inputs["input_dataobj"].shape
        return centre_scratch_bytes(n_angle, n_col, params["method"])

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("angle", "row", "col", lazy="row")],
        theta: Annotated[str, Input("angle")],
        output_dataobj: Annotated[str, Output()],
        confidence_dataobj: Annotated[
            str, Output(), Field(description="0 to 1; 1 also where the centre was given")
        ] = "center_confidence",
        center: Annotated[
            float | None,
            Unit("pixel"),
            Field(description="taken as it is if given; otherwise searched"),
        ] = None,
        method: Method = "vo",
        search_from: SearchFrom = None,
        search_to: SearchTo = None,
        rows: Annotated[
            int, Field(ge=1, description="detector rows to search on; the median counts")
        ] = 5,
    ) -> None:
        """One of four methods on a few rows; see `find_centre`."""
        projections = self.data[input_dataobj]
        n_col = projections.shape[2]
        if center is not None:
            if not 0 <= center <= n_col - 1:
                raise ValueError(
                    f"the rotation centre {center:g} lies outside of the detector, whose columns "
                    f"are 0 to {n_col - 1}: give one inside, or none to have it searched"
                )
            self.data[output_dataobj], self.data[confidence_dataobj] = center, 1.0
            return
        found = search_rows(
            projections,
            self.data[theta],
            rows,
            method=method,
            search_from=search_from,
            search_to=search_to,
            log=self.LogInfo,
        )
        column = float(np.median([c.column for c in found.clear.values()]))
        _check_agreement(found.clear, column, n_col)
        self.data[output_dataobj] = column
        self.data[confidence_dataobj] = float(
            np.median([c.confidence for c in found.clear.values()])
        )


class FindTilt(Algorithm):
    """Rotation axis in every detector row, for an axis that is tilted in the detector plane."""

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """One angle, and one column per row."""
        n_row = inputs["input_dataobj"].shape[1]
        return {
            "tilt_dataobj": Spec((), np.dtype(np.float64), ()),
            "centers_dataobj": Spec((n_row,), np.dtype(np.float64), ("row",)),
        }

    def scratch_bytes(self, inputs: Mapping[str, Spec], params: Params) -> int:
        """What the method says of itself, for one row at a time."""
        n_angle, _, n_col = inputs["input_dataobj"].shape
        return centre_scratch_bytes(n_angle, n_col, params["method"])

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("angle", "row", "col", lazy="row")],
        theta: Annotated[str, Input("angle")],
        tilt_dataobj: Annotated[
            str,
            Output(),
            Field(description="tilt [degree]; positive where the column grows with the row"),
        ],
        centers_dataobj: Annotated[
            str, Output("row"), Field(description="column of the axis in every row [pixel]")
        ],
        method: Method = "vo",
        search_from: SearchFrom = None,
        search_to: SearchTo = None,
        rows: Annotated[
            int, Field(ge=3, description="detector rows to search on; a line is fitted to them")
        ] = 15,
    ) -> None:
        """A line through the centres of some rows; see `find_centre` and `fit_axis`."""
        projections = self.data[input_dataobj]
        _, n_row, n_col = projections.shape
        found = search_rows(
            projections,
            self.data[theta],
            rows,
            method=method,
            search_from=search_from,
            search_to=search_to,
            log=self.LogInfo,
        )
        axis = fit_axis(list(found.clear), [c.column for c in found.clear.values()])
        centres = axis.centres(n_row)
        if centres.min() < 0 or centres.max() > n_col - 1 or axis.scatter > _APART * n_col:
            raise ValueError(
                f"the axis would go from column {centres[0]:.1f} to {centres[-1]:.1f}, with rows "
                f"{axis.scatter:.1f} columns off, which is no axis on a detector of {n_col} "
                "columns: search a narrower range, another method, or give one centre for all rows"
            )
        self.LogInfo(
            f"tilt {axis.tilt_deg:.4f} degrees, columns {centres[0]:.2f} to {centres[-1]:.2f}, "
            f"{axis.n_used} of {len(found.clear)} rows within {axis.scatter:.2f} columns"
        )
        self.data[tilt_dataobj] = axis.tilt_deg
        self.data[centers_dataobj] = centres


def _check_agreement(clear: Mapping[int, Centre], column: float, n_col: int) -> None:
    """Centres that were found by chance differ from row to row."""
    columns = np.array([centre.column for centre in clear.values()])
    if np.median(np.abs(columns - column)) > max(2.0, _APART * n_col):
        listed = ", ".join(f"{centre.column:.1f} in row {row}" for row, centre in clear.items())
        raise ValueError(
            f"the rows do not agree on a rotation centre ({listed}): search a narrower range, "
            "another method, or give it as center"
        )
