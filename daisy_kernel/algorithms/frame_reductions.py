"""What one asks of a stack of frames beside its patterns: the average, sums of regions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np
from pydantic import Field

from daisy_kernel.algorithms.diffraction.missing import is_measured
from daisy_kernel.algorithms.diffraction.regions import parse_regions
from daisy_kernel.contracts.algorithm import Algorithm, Params
from daisy_kernel.contracts.declaration import Input, Output, Spec, Unit


class AverageFrames(Algorithm):
    """The mean frame of a stack; NaN where no frame measured anything."""

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """One image."""
        shape = inputs["input_dataobj"].shape[1:]
        return {"output_dataobj": Spec(shape, np.dtype(np.float32), ("row", "col"))}

    def scratch_bytes(self, inputs: Mapping[str, Spec], params: Params) -> int:
        """A frame, its mask, sums and counts."""
        _, n_row, n_col = inputs["input_dataobj"].shape
        return 32 * n_row * n_col

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("frame", "row", "col", lazy="frame")],
        output_dataobj: Annotated[str, Output("row", "col")],
        first: Annotated[int, Field(ge=0, description="number of the first frame, from 0")] = 0,
        count: Annotated[
            int | None, Field(ge=1, description="how many frames; by default all that follow")
        ] = None,
    ) -> None:
        """Frame by frame: a stack of any length takes the memory of one. See `is_measured`."""
        frames = self.data[input_dataobj]
        n_frame, n_row, n_col = frames.shape
        stop = n_frame if count is None else first + count
        if not first < stop <= n_frame:
            raise ValueError(
                f"frames {first} to {stop - 1} are asked for, but there are {n_frame}, from 0 on"
            )
        total, n_measured = np.zeros((n_row, n_col)), np.zeros((n_row, n_col), np.int64)
        for number in range(first, stop):
            frame = frames.read((slice(number, number + 1), slice(0, n_row), slice(0, n_col)))[0]
            measured = is_measured(frame)
            np.add(total, frame, out=total, where=measured)
            n_measured += measured
        average = np.full((n_row, n_col), np.nan, np.float32)
        np.divide(total, n_measured, out=average, where=n_measured > 0, casting="same_kind")
        self.data[output_dataobj] = average


class SumRegions(Algorithm):
    """Sum of the counts in some rectangles, for every frame."""

    along = ("frame",)

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """One number per frame and region."""
        n_frame, n_row, n_col = inputs["input_dataobj"].shape
        regions = parse_regions(params["regions"], (n_row, n_col))
        return {
            "output_dataobj": Spec(
                (n_frame, len(regions)), np.dtype(np.float64), ("frame", "region")
            )
        }

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("frame", "row", "col")],
        output_dataobj: Annotated[str, Output("frame", "region")],
        regions: Annotated[
            str,
            Unit("pixel"),
            Field(description="rows and columns, ends not included: '10:20,30:45; 0:5,0:5'"),
        ],
    ) -> None:
        """Pixels that measured nothing count as zero; see `is_measured`."""
        frames = self.data[input_dataobj]
        sums = [
            np.sum(part, axis=(1, 2), dtype=np.float64, where=is_measured(part))
            for rows, columns in parse_regions(regions, frames.shape[1:])
            for part in (frames[:, rows, columns],)
        ]
        self.data[output_dataobj] = np.stack(sums, axis=1)


class SubtractFrame(Algorithm):
    """Frames without a background that is the same in all; NaN where nothing was measured."""

    along = ("frame",)

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("frame", "row", "col")],
        background_dataobj: Annotated[str, Input("row", "col")],
        output_dataobj: Annotated[str, Output("frame", "row", "col")],
        scale: Annotated[
            float, Field(ge=0, description="how much of the background each frame holds")
        ] = 1.0,
    ) -> None:
        """Frame - scale * background, in float32."""
        frames, background = self.data[input_dataobj], self.data[background_dataobj]
        result = np.full(frames.shape, np.nan, np.float32)
        np.subtract(
            frames, np.float32(scale) * background.astype(np.float32),
            out=result, where=is_measured(frames), casting="same_kind", dtype=np.float32,
        )  # fmt: skip
        self.data[output_dataobj] = result
