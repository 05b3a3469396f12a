"""Looking at detector frames before they are integrated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np
from pydantic import Field

from daisy_kernel.contracts.algorithm import Algorithm, Params
from daisy_kernel.contracts.declaration import Input, Output, Spec, Unit


class InspectFrames(Algorithm):
    """How many pixels outside of the mask are saturated or no numbers, in a few frames."""

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """A single number."""
        return {"output_dataobj": Spec((), np.dtype(np.int64), ())}

    def scratch_bytes(self, inputs: Mapping[str, Spec], params: Params) -> int:
        """A frame and its masks."""
        _, n_row, n_col = inputs["input_dataobj"].shape
        return 16 * n_row * n_col

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("frame", "row", "col", lazy="frame")],
        output_dataobj: Annotated[str, Output()],
        mask_dataobj: Annotated[str | None, Input("row", "col")] = None,
        saturation: Annotated[
            float | None,
            Unit("counts"),
            Field(description="full pixels have so many or more; not counted if not known (NaN)"),
        ] = None,
    ) -> None:
        """The number in the first, middle and last frame; a warning for each that has any."""
        frames = self.data[input_dataobj]
        n_frame, n_row, n_col = frames.shape
        is_used = np.ones((n_row, n_col), np.bool_)
        if mask_dataobj is not None:
            is_used = self.data[mask_dataobj] == 0
        limit = np.nan if saturation is None else saturation  # nothing reaches NaN
        n_bad = 0
        for index in sorted({0, n_frame // 2, n_frame - 1}):
            frame = frames.read((slice(index, index + 1), slice(0, n_row), slice(0, n_col)))[0]
            n_full = int(np.count_nonzero(is_used & (frame >= limit)))
            n_odd = int(np.count_nonzero(is_used & ~np.isfinite(frame)))
            if n_full:
                self.LogWarn(
                    f"{n_full} pixels outside of the mask are saturated ({limit:.10g} counts or "
                    f"more) in frame {index}"
                )
            if n_odd:
                self.LogWarn(f"{n_odd} pixels are not finite in frame {index}")
            n_bad += n_full + n_odd
        self.data[output_dataobj] = n_bad
