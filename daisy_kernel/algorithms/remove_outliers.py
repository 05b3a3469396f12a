"""Removing hits of stray gamma rays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from daisy_kernel.algorithms.odd_window import OddWindow
from daisy_kernel.contracts.algorithm import Algorithm, Params
from daisy_kernel.contracts.declaration import Input, Output, Ref, Spec, Unit
from daisy_kernel.numba_kernels import remove_outliers


def _halo(params: Params, window: str) -> int:
    return params["size"] // 2 if params["window"] == window else 0


class RemoveOutliers(Algorithm):
    """Projections without single values that lie far from the median around them (zingers)."""

    along = ("angle", "row")
    halo = {  # noqa: RUF012 - a declaration, never changed
        "angle": lambda params: _halo(params, "angle"),
        "row": lambda params: _halo(params, "image"),
    }

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """Like the input; the window must be known, because blocks overlap by half of it."""
        for name in ("size", "window"):
            if isinstance(params[name], Ref):
                raise ValueError(
                    f"{name} refers to {params[name].name!r}, but must be known before anything "
                    "is computed, because blocks overlap by it: give a value"
                )
        return {}

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("angle", "row", "col")],
        output_dataobj: Annotated[str, Output("angle", "row", "col")],
        threshold: Annotated[
            float,
            Unit("as the input"),
            Field(ge=0, description="how far from the median a value may lie; 0: remove nothing"),
        ],
        size: Annotated[
            OddWindow, Unit("pixel"), Field(ge=3, le=15, description="odd window of the median")
        ] = 3,
        window: Annotated[
            Literal["image", "angle"],
            Field(description="median over neighbours in the image, or over the projections"),
        ] = "image",
        sign: Annotated[
            Literal["bright", "dark", "both"], Field(description="which outliers are replaced")
        ] = "bright",
    ) -> None:
        """See `remove_outliers`; `CountChanges` says how many there were."""
        projections = self.data[input_dataobj]
        self.data[output_dataobj] = (
            remove_outliers(projections, threshold=threshold, size=size, window=window, sign=sign)
            if threshold
            else projections
        )


class CountChanges(Algorithm):
    """How many values a step changed, outliers that were removed, say."""

    along = ("angle", "row")
    combine = {"output_dataobj": lambda partials: np.sum(partials, dtype=np.int64)}  # noqa: RUF012

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """A single number."""
        before, after = inputs["before_dataobj"], inputs["after_dataobj"]
        if before.shape != after.shape:
            raise ValueError(
                f"before has shape {before.shape} but after {after.shape}: pass what one step was "
                "given and what it made"
            )
        return {"output_dataobj": Spec((), np.dtype(np.int64), ())}

    def execute(
        self,
        *,
        before_dataobj: Annotated[str, Input("angle", "row", "col")],
        after_dataobj: Annotated[str, Input("angle", "row", "col")],
        output_dataobj: Annotated[str, Output()],
    ) -> None:
        """Values that differ as float32; NaN is the same as NaN."""
        before = np.asarray(self.data[before_dataobj], np.float32)
        after = np.asarray(self.data[after_dataobj], np.float32)
        changed = (before != after) & ~(np.isnan(before) & np.isnan(after))
        self.data[output_dataobj] = np.int64(np.count_nonzero(changed))
