"""What one writes in a notebook without any tomography library."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

WHO = "NumPy"


def normalise(
    projections: NDArray[Any], flats: NDArray[Any], darks: NDArray[Any]
) -> NDArray[np.float32]:
    """Line integrals from counts, in float32."""
    dark = darks.mean(axis=0, dtype=np.float32)
    beam = flats.mean(axis=0, dtype=np.float32) - dark
    return -np.log(np.maximum((projections - dark) / beam, np.float32(1e-6)))
