"""Line integrals of the attenuation from transmissions."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.numba_kernels.image_stack import dense_rows, image_stack
from daisy_kernel.numba_kernels.pixel_correction import minus_logs
from daisy_kernel.numba_kernels.result_memory import results

_SMALLEST = float(np.finfo(np.float32).tiny)


def minus_log(transmission: NDArray[Any], *, floor: float = 1e-6) -> NDArray[np.float32]:
    """How much sample the beam met in each pixel: the line integral of the attenuation.

    Parameters
    ----------
    transmission : (n_angle, n_row, n_col) [1]
        As `flat_field` gives it; any real type.
    floor : [1]
        Transmissions below this, also zero and negative ones, count as this.

    Returns
    -------
    line_integrals : (n_angle, n_row, n_col) [1]
        -ln(transmission); NaN where the transmission is NaN.

    Raises
    ------
    ValueError
        If `floor` is not a positive number that float32 can hold.

    Notes
    -----
    With m = transmission / 2**e between 0.7 and 1.4, ln(transmission) = e ln 2 + 2 artanh(s) where
    s = (m - 1) / (m + 1); the series of artanh is cut after s**9. The error is below 1e-6, or
    relative 1e-6 where the result is larger than 1. Sums and products only: the compiler does many
    pixels at once, and every pixel gets the same bits wherever it stands in the block, which a
    library's logarithm does not promise.
    """
    require_floor(floor)
    transmission = image_stack("transmission", transmission, ("n_angle", "n_row", "n_col"))
    integrals = results.empty(*transmission.shape)
    minus_logs(dense_rows(transmission), np.float32(floor), integrals)
    return integrals


def require_floor(floor: float) -> None:
    """Refuse what cannot be the smallest transmission."""
    if not (isfinite(floor) and _SMALLEST <= floor < np.finfo(np.float32).max):
        raise ValueError(
            f"floor is {floor}; it must be a positive number: give the smallest transmission "
            "that the detector can tell from zero, such as 1e-6."
        )
