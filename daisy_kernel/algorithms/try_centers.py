"""Looking at a few rows of a scan with several rotation centres."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from daisy_kernel.contracts.algorithm import Algorithm, Params
from daisy_kernel.contracts.declaration import Input, Output, Ref, Spec, Unit
from daisy_kernel.contracts.reference import Reference
from daisy_kernel.numba_kernels import (
    ROWS_PER_GROUP,
    fourier_scratch_bytes,
    line_integrals,
    try_centres,
)

_BLOCK_BYTES = 1 << 26
"""What is read at once of a file from which single rows are not to be had."""


class PickRows(Algorithm):
    """Line integrals of some detector rows of a scan; nothing else of it is kept."""

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """As many rows as were picked."""
        n_angle, n_row, n_col = inputs["projs_dataobj"].shape
        rows = params["rows"]
        if isinstance(rows, Ref):
            raise ValueError("rows refers to a data object, but shapes must be known: give them")
        if (params["flats_dataobj"] is None) != (params["darks_dataobj"] is None):
            raise ValueError("only one of flats and darks is given: give both or none")
        outside = [row for row in rows if row >= n_row]
        if outside:
            raise ValueError(
                f"there is no row {outside[0]}: the scan has {n_row}, numbered from 0 to "
                f"{n_row - 1}"
            )
        shape = n_angle, len(rows), n_col
        return {"output_dataobj": Spec(shape, np.dtype(np.float32), ("angle", "row", "col"))}

    def scratch_bytes(self, inputs: Mapping[str, Spec], params: Params) -> int:
        """The rows as they were stored, and a block of the file."""
        n_angle, _, n_col = inputs["projs_dataobj"].shape
        return 8 * n_angle * len(params["rows"]) * n_col + _BLOCK_BYTES

    def execute(
        self,
        *,
        projs_dataobj: Annotated[str, Input("angle", "row", "col", lazy="row")],
        output_dataobj: Annotated[str, Output("angle", "row", "col")],
        rows: Annotated[
            list[Annotated[int, Field(ge=0)]],
            Field(min_length=1, description="their numbers, from 0"),
        ],
        flats_dataobj: Annotated[str | None, Input("shot", "row", "col", lazy="row")] = None,
        darks_dataobj: Annotated[str | None, Input("shot", "row", "col", lazy="row")] = None,
        dead_pixels: Annotated[
            Literal["median", "error"],
            Field(description="what to do where the flat is not above the dark"),
        ] = "median",
    ) -> None:
        """See `line_integrals`; without flats and darks the projections are line integrals."""
        projections = _picked(self.data[projs_dataobj], rows)
        if flats_dataobj is None or darks_dataobj is None:
            self.data[output_dataobj] = projections.astype(np.float32)
            return
        self.data[output_dataobj] = line_integrals(
            projections,
            _picked(self.data[flats_dataobj], rows),
            _picked(self.data[darks_dataobj], rows),
            dead_pixels=dead_pixels,
        )


class TryCenters(Algorithm):
    """One detector row reconstructed with several rotation centres, and how clean each slice is."""

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """One slice and one number per centre."""
        _, n_row, n_col = inputs["input_dataobj"].shape
        if any(isinstance(params[name], Ref) for name in ("centers", "binning", "row")):
            raise ValueError("centers, binning and row must be known before: give their values")
        if params["row"] >= n_row:
            raise ValueError(f"there is no row {params['row']}: there are {n_row}, from 0")
        centers = params["centers"]
        outside = [c for c in centers if not 0 <= c <= n_col - 1]
        if outside:
            raise ValueError(
                f"the rotation centre {outside[0]:g} lies outside of the detector, whose columns "
                f"are 0 to {n_col - 1}: leave it out"
            )
        width = n_col
        if params["stitched"]:
            width = 2 * ceil(max(max(centers), n_col - 1 - min(centers))) + 1
        n_out = max(1, width // params["binning"])
        return {
            "output_dataobj": Spec(
                (len(centers), n_out, n_out), np.dtype(np.float32), ("slice", "y", "x")
            ),
            "entropy_dataobj": Spec((len(centers),), np.dtype(np.float64), ("slice",)),
        }

    def scratch_bytes(self, inputs: Mapping[str, Spec], params: Params) -> int:
        """What `fourier_reconstruct` needs for a group of candidates, and their sinograms."""
        n_angle, _, n_col = inputs["input_dataobj"].shape
        n_binned = (2 if params["stitched"] else 1) * n_col // params["binning"] + 1
        rows = ROWS_PER_GROUP * n_angle * n_binned
        slices = ROWS_PER_GROUP * n_binned * n_binned
        return (
            24 * n_angle * n_col
            + 8 * (rows + slices)
            + fourier_scratch_bytes(n_angle, ROWS_PER_GROUP, n_binned)
        )

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("angle", "row", "col", lazy="row")],
        theta: Annotated[str, Input("angle")],
        output_dataobj: Annotated[str, Output("slice", "y", "x")],
        entropy_dataobj: Annotated[
            str, Output("slice"), Field(description="of the grey values [bit]; lowest is cleanest")
        ],
        centers: Annotated[
            list[float],
            Unit("pixel"),
            Field(min_length=1, description="detector columns that the axis may project on"),
        ],
        row: Annotated[int, Field(ge=0, description="which row of the sinograms")] = 0,
        binning: Annotated[
            int, Field(ge=1, description="columns averaged before: more is quicker and coarser")
        ] = 1,
        stitched: Annotated[
            bool,
            Field(description="whether a whole turn with the axis near the edge is stitched"),
        ] = False,
        filter_name: Annotated[
            Literal["ramp", "shepp", "cosine", "hann", "hamming", "parzen"],
            Field(description="damping of high frequencies; ramp is sharpest"),
        ] = "hann",
    ) -> None:
        """See `try_centres`."""
        sinograms = self.data[input_dataobj]
        slices, entropies = try_centres(
            _picked(sinograms, [row])[:, 0],
            self.data[theta],
            centers,
            binning=binning,
            stitched=stitched,
            filter_name=filter_name,
        )
        self.data[output_dataobj], self.data[entropy_dataobj] = slices, entropies


def _picked(frames: Reference, rows: list[int]) -> NDArray[Any]:
    """Rows of frames (n_frame, len(rows), n_col), as they are stored."""
    n_frame, _, n_col = frames.shape
    picked = np.empty((n_frame, len(rows), n_col), frames.dtype)
    if 1 not in frames.dear_axes() or len(rows) == 1:
        for i, row in enumerate(rows):
            part = frames.read((slice(0, n_frame), slice(row, row + 1), slice(0, n_col)))
            picked[:, i] = part[:, 0]
        return picked
    first, last = min(rows), max(rows) + 1
    frame_bytes = max(1, (last - first) * n_col * frames.dtype.itemsize)
    together = max(1, _BLOCK_BYTES // frame_bytes)
    for lo in range(0, n_frame, together):
        hi = min(lo + together, n_frame)
        block = frames.read((slice(lo, hi), slice(first, last), slice(0, n_col)))
        picked[lo:hi] = block[:, [row - first for row in rows]]
    return picked
