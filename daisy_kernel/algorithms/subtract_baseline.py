"""Patterns without what varies slowly beneath their lines."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from daisy_kernel.contracts.algorithm import Algorithm
from daisy_kernel.contracts.declaration import Input, Output


class SubtractBaseline(Algorithm):
    """Patterns without their smooth background."""

    along = ("frame",)

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("frame", "radial_axis")],
        output_dataobj: Annotated[str, Output("frame", "radial_axis")],
        half_width: Annotated[
            int, Field(ge=0, description="bins; wider than a line. 0 subtracts nothing")
        ] = 40,
    ) -> None:
        """See `snip_baseline`."""
        patterns = np.asarray(self.data[input_dataobj], np.float32)
        if half_width:
            patterns = patterns - snip_baseline(patterns, half_width)
        self.data[output_dataobj] = patterns


def snip_baseline(patterns: NDArray[np.float32], half_width: int) -> NDArray[np.float32]:
    """What lies beneath lines that are narrower than twice the half width.

    Parameters
    ----------
    patterns : (n_pattern, n_bin)
        NaN where a bin is empty; it stays so.
    half_width
        [bins]

    Notes
    -----
    C. G. Ryan et al., Nucl. Instrum. Methods B 34, 396 (1988): each bin is clipped to the mean of
    the two that lie w bins away, for w from the half width down to 1, on a scale that compresses
    intense lines.
    """
    known = np.isfinite(patterns)
    lowest = np.min(patterns, axis=1, keepdims=True, initial=0, where=known)
    raised = np.where(known, patterns - lowest, 0).astype(np.float64)
    values = np.log(np.log(np.sqrt(raised + 1) + 1) + 1)
    values[~known] = np.inf  # an empty bin clips nobody
    n_bin = values.shape[1]
    for away in range(min(half_width, (n_bin - 1) // 2), 0, -1):
        mean = (values[:, : -2 * away] + values[:, 2 * away :]) / 2
        values[:, away:-away] = np.minimum(values[:, away:-away], mean)
    baseline = (np.exp(np.exp(values) - 1) - 1) ** 2 - 1 + lowest
    return np.where(known, baseline, np.nan).astype(np.float32)
