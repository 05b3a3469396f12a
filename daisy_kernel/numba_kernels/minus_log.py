"""Line integrals of the attenuation from transmissions."""

from __future__ import annotations

from math import isfinite, log
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from daisy_kernel.numba_kernels.image_stack import image_stack

_SMALLEST = float(np.finfo(np.float32).tiny)
_LOG_2 = np.float32(log(2))


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
    if not (isfinite(floor) and _SMALLEST <= floor < np.finfo(np.float32).max):
        raise ValueError(
            f"floor is {floor}; it must be a positive number: give the smallest transmission "
            "that the detector can tell from zero, such as 1e-6."
        )
    transmission = image_stack("transmission", transmission, ("n_angle", "n_row", "n_col"))
    line_integrals = np.empty(transmission.shape, np.float32)
    _minus_log(transmission, np.float32(floor), line_integrals)
    return line_integrals


@njit(nogil=True, cache=True)
def _minus_log(transmission, floor, out):
    n_angle, n_row, n_col = transmission.shape
    for angle in range(n_angle):
        for row in range(n_row):
            for col in range(n_col):
                value = np.float32(transmission[angle, row, col])
                out[angle, row, col] = _minus_log_of(floor if value < floor else value)


@njit(nogil=True, cache=True)
def _minus_log_of(value):
    one = np.float32(1)
    bits = np.float32(value).view(np.int32)
    # 0x3F3504F3 is sqrt(1/2): mantissas from there to sqrt(2) leave the exponent nearest to zero.
    exponent = (bits - np.int32(0x3F3504F3)) >> np.int32(23)
    mantissa = np.int32(bits - (exponent << np.int32(23))).view(np.float32)
    s = (mantissa - one) / (mantissa + one)
    square = s * s
    series = np.float32(1 / 7) + square * np.float32(1 / 9)
    series = np.float32(1 / 5) + square * series
    series = np.float32(1 / 3) + square * series
    series = np.float32(2) * s * (one + square * series)
    result = np.float32(0) - (np.float32(exponent) * _LOG_2 + series)
    return result if value < np.float32(np.inf) else -value
