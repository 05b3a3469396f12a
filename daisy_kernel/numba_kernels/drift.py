"""Brightness of the beam that changes from projection to projection."""

from __future__ import annotations

from math import log
from typing import Any, Literal, get_args

import numpy as np
from numba import njit
from numpy.typing import NDArray

from daisy_kernel.numba_kernels.image_stack import image_stack
from daisy_kernel.numba_kernels.result_memory import results

AirSide = Literal["both", "left", "right"]

_SMALLEST = 1e-6  # transmissions below count as this in logarithms


def correct_drift_air(
    transmission: NDArray[Any], *, air: int, side: AirSide = "both", reference: float = 1.0
) -> NDArray[np.float32]:
    """Projections whose outermost columns, where the beam met no sample, are equally bright.

    Parameters
    ----------
    transmission : (n_angle, n_row, n_col) [1]
        Normalised projections; any real type. Each projection is treated alone.
    air : [columns]
        How many columns at the chosen side show no sample at any angle.
    side
        Where they are. With "both", the brightness may change along a line from left to right.
    reference : [as the transmission]
        What the brightness of the air becomes.

    Returns
    -------
    transmission : (n_angle, n_row, n_col) [as given]

    Raises
    ------
    ValueError
        If there are not so many columns, or the air of a projection is dark.

    Notes
    -----
    The mean goes over all rows, so that the noise of the air does not make stripes.
    """
    transmission = image_stack("transmission", transmission, ("n_angle", "n_row", "n_col"))
    n_angle, _, n_col = transmission.shape
    _check_positive("reference", reference)
    if side not in get_args(AirSide):
        raise ValueError(f"side is {side!r}; known are {', '.join(get_args(AirSide))}: choose one.")
    if not 1 <= air <= n_col // (2 if side == "both" else 1):
        raise ValueError(
            f"air is {air} columns on the side {side!r} of a detector with {n_col}: give how many "
            "columns there show no sample at any angle."
        )
    brightness = np.empty((n_angle, 2))
    _mean_of_columns(transmission, 0, air, brightness[:, 0])
    _mean_of_columns(transmission, n_col - air, n_col, brightness[:, 1])
    middles = (air - 1) / 2, n_col - 1 - (air - 1) / 2
    if side != "both":
        brightness[:] = brightness[:, :1] if side == "left" else brightness[:, 1:]
        middles = 0.0, 1.0
    _check_bright(brightness, "the mean of its air")
    corrected = results.empty(*transmission.shape)
    _divide_by_line(transmission, brightness / reference, middles, corrected)
    return corrected


def frame_intensities(transmission: NDArray[Any]) -> NDArray[np.float64]:
    """Geometric mean of every projection: exp(-mass), as it were.

    Parameters
    ----------
    transmission : (n_angle, n_row, n_col) [1]
        Normalised projections; any real type.

    Returns
    -------
    intensities : (n_angle,) [as the transmission]
        Values that are not finite do not count; NaN where none is.

    Notes
    -----
    The sum of the line integrals of a sample that stays in view is the same at every angle, so
    this changes only with the brightness of the beam.
    """
    transmission = image_stack("transmission", transmission, ("n_angle", "n_row", "n_col"))
    intensities = np.empty(len(transmission))
    _geometric_means(transmission, intensities)
    return intensities


def correct_drift_mass(transmission: NDArray[Any], *, reference: float) -> NDArray[np.float32]:
    """Projections scaled so that every one shows the same mass.

    Parameters
    ----------
    transmission : (n_angle, n_row, n_col) [1]
        Normalised projections of a sample that stays in view; any real type. Each projection is
        treated alone.
    reference : [as the transmission]
        What `frame_intensities` shall give for every projection, the median of some, say.

    Returns
    -------
    transmission : (n_angle, n_row, n_col) [as given]

    Raises
    ------
    ValueError
        If `reference` is not positive, or a projection has no finite value.
    """
    transmission = image_stack("transmission", transmission, ("n_angle", "n_row", "n_col"))
    _check_positive("reference", reference)
    brightness = np.repeat(frame_intensities(transmission)[:, np.newaxis], 2, axis=1)
    _check_bright(brightness, "its mean")
    corrected = results.empty(*transmission.shape)
    _divide_by_line(transmission, brightness / reference, (0.0, 1.0), corrected)
    return corrected


def _check_positive(name: str, value: float) -> None:
    if not 0 < value < np.inf:
        raise ValueError(f"{name} is {value}; it must be a positive number: correct it.")


def _check_bright(brightness: NDArray[np.float64], what: str) -> None:
    bad = np.flatnonzero(~(np.isfinite(brightness) & (brightness > 0)).all(axis=1))
    if bad.size:
        raise ValueError(
            f"Projection {bad[0]} of this block is dark ({what} is {brightness[bad[0]].min():g}, "
            "not positive), so its brightness cannot be corrected: drop it, or check what shows "
            "no sample."
        )


@njit(nogil=True, cache=True)
def _mean_of_columns(transmission, first, stop, out):
    """In the order of the pixels, so that the bits do not depend on the block."""
    n_angle, n_row, _ = transmission.shape
    for angle in range(n_angle):
        total, n = 0.0, 0
        for row in range(n_row):
            for col in range(first, stop):
                value = transmission[angle, row, col]
                if np.isfinite(value):
                    total += value
                    n += 1
        out[angle] = total / n if n else np.nan


@njit(nogil=True, cache=True)
def _geometric_means(transmission, out):
    n_angle, n_row, n_col = transmission.shape
    for angle in range(n_angle):
        total, n = 0.0, 0
        for row in range(n_row):
            for col in range(n_col):
                value = transmission[angle, row, col]
                if np.isfinite(value):
                    total += log(max(value, _SMALLEST))
                    n += 1
        out[angle] = np.exp(total / n) if n else np.nan


@njit(nogil=True, cache=True)
def _divide_by_line(transmission, brightness, middles, out):
    """Divide by a line through the two values of each projection, above the two columns."""
    n_angle, n_row, n_col = transmission.shape
    factor = np.empty(n_col, np.float32)
    for angle in range(n_angle):
        left, right = brightness[angle]
        for col in range(n_col):
            share = (col - middles[0]) / (middles[1] - middles[0])
            factor[col] = 1 / (left + share * (right - left))
        for row in range(n_row):
            for col in range(n_col):
                out[angle, row, col] = np.float32(transmission[angle, row, col]) * factor[col]
