"""What one writes in a notebook without any tomography library."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def _as_written(
    projections: NDArray[Any], flats: NDArray[Any], darks: NDArray[Any]
) -> NDArray[Any]:
    """The formula; the means of counts are float64, and so is all that follows."""
    dark = darks.mean(axis=0)
    return -np.log((projections - dark) / (flats.mean(axis=0) - dark))


def _in_float32(
    projections: NDArray[Any], flats: NDArray[Any], darks: NDArray[Any]
) -> NDArray[Any]:
    """By somebody who knows that float64 costs time and memory."""
    dark = darks.mean(axis=0, dtype=np.float32)
    beam = flats.mean(axis=0, dtype=np.float32) - dark
    return -np.log(np.maximum((projections - dark) / beam, np.float32(1e-6)))


NORMALISE = {"NumPy": _as_written, "NumPy, all float32": _in_float32}
