"""Powder patterns with errors from the spread of the pixels in a bin, pyFAI's "azimuthal" model."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from daisy_kernel.numba_kernels.azimuthal import InvalidPixels

Matrix = tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.int32]]
"""(weights, pixels, first entry of each bin), compressed rows: bins down, pixels across."""


def integrate_with_spread(
    frames: NDArray[np.generic],
    matrix: Matrix,
    norms: NDArray[np.float32],
    *,
    invalid: InvalidPixels | None = None,
    dark: NDArray[np.float32] | None = None,
    monitors: NDArray[np.float64] | None = None,
    empty: float = 0.0,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Intensity of every bin and its standard error from how much its pixels differ.

    Parameters
    ----------
    frames : (n_frame, row, col) [counts]
    matrix
        Which pixel goes where.
    norms : (row, col) [1]
        Solid angle * polarisation * flat field...
    invalid, monitors, empty
        As for `integrate_frames`.
    dark : (row, col) [counts]
        An image without the beam.

    Returns
    -------
    intensity, sigma : (n_frame, n_bin)

    Notes
    -----
    The variance grows pixel by pixel, in the order of pixels, by w^2 (x - mean before)
    (x - mean after) with w = weight * norm: Schubert and Gertz, SSDBM 2018, eq. 22, as pyFAI.
    Weights differ from pixel to pixel, so the order matters a little and is kept; one frame
    after the other, in float64. Several times slower than counting statistics.
    """
    invalid = invalid or InvalidPixels()
    weights, pixels, first_of_bin = matrix
    n_frame, n_bin = len(frames), len(first_of_bin) - 1
    shape = (n_frame, n_bin)
    intensity, sigma = np.empty(shape, np.float32), np.empty(shape, np.float32)
    limits = np.array(
        [
            np.nan if invalid.dummy is None else invalid.dummy,
            invalid.delta,
            np.nan if invalid.saturation is None else invalid.saturation,
        ],
        np.float32,
    )
    factors = np.ones(n_frame) if monitors is None else np.asarray(monitors, np.float64)
    darks = np.zeros(norms.size, np.float32) if dark is None else dark.reshape(-1)
    flat = np.ascontiguousarray(norms, np.float32).reshape(-1)
    for frame, factor, mean, error in zip(frames, factors, intensity, sigma, strict=True):
        counts = np.asarray(frame, np.float32).reshape(-1)
        if not (factor > 0 and np.isfinite(factor)):
            mean[:] = error[:] = np.nan
            continue
        _spread(
            *(counts, darks, flat, factor, limits),
            *(weights, pixels, first_of_bin, np.float32(empty), mean, error),
        )
    return intensity, sigma


@njit(nogil=True, cache=True)
def _spread(
    counts, darks, norms, factor, limits, weights, pixels, first_of_bin, empty, mean, error
):
    dummy, delta, saturation = limits
    for i in range(len(mean)):
        signal = norm = variance = 0.0
        for entry in range(first_of_bin[i], first_of_bin[i + 1]):
            pixel = pixels[entry]
            value, pixel_norm = counts[pixel], np.float64(norms[pixel]) * factor
            is_bad = np.abs(value - dummy) <= delta or value >= saturation
            x = np.float64(value - darks[pixel])
            if is_bad or not np.isfinite(x) or not np.isfinite(pixel_norm) or pixel_norm == 0:
                continue
            weight = np.float64(weights[entry])
            share = weight * pixel_norm
            x /= pixel_norm
            if norm != 0:
                before = x - signal / norm
                signal += share * x
                norm += share
                variance += share * share * before * (x - signal / norm)
            else:
                signal, norm = share * x, share
        mean[i] = signal / norm if norm != 0 else empty
        error[i] = np.sqrt(variance) / norm if norm != 0 else empty
