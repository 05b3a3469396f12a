"""Powder patterns from the middle of each ring: medians, or means between two quantiles."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from daisy_kernel.numba_kernels.azimuthal import InvalidPixels
from daisy_kernel.numba_kernels.azimuthal_spread import Matrix


def integrate_quantiles(
    frames: NDArray[np.generic],
    matrix: Matrix,
    norms: NDArray[np.float32],
    low: float,
    high: float,
    *,
    invalid: InvalidPixels | None = None,
    dark: NDArray[np.float32] | None = None,
    monitors: NDArray[np.float64] | None = None,
    empty: float = 0.0,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean intensity of the pixels between two quantiles of their bin, and its standard error.

    Parameters
    ----------
    frames : (n_frame, row, col) [counts]
    matrix, norms, invalid, dark, monitors, empty
        As for `integrate_with_spread`.
    low, high
        Quantiles from 0 to 1; the same twice for the pixel there, 0.5 for the median.

    Returns
    -------
    intensity, sigma : (n_frame, n_bin)
        The error from counting, variance max(1, counts).

    Notes
    -----
    The pixels of a bin are sorted by counts per norm. Those are averaged whose step in the sum of
    weight * norm reaches from `low` to `high` of the total: the definition, and with float32 the
    numbers, of `medfilt` in pyFAI's Python engine (version 2026.9). Its compiled engine sorts some
    bins wrongly: of 45 medians two were off, one by 36 instead of 31.
    Time goes into sorting, some 100 times what `integrate_frames` takes, 300 with split pixels.
    """
    invalid = invalid or InvalidPixels()
    weights, pixels, first_of_bin = matrix
    shape = (len(frames), len(first_of_bin) - 1)
    intensity, sigma = np.empty(shape, np.float32), np.empty(shape, np.float32)
    limits = np.array(
        [
            np.nan if invalid.dummy is None else invalid.dummy,
            invalid.delta,
            np.nan if invalid.saturation is None else invalid.saturation,
        ],
        np.float32,
    )
    factors = np.ones(len(frames)) if monitors is None else np.asarray(monitors, np.float64)
    darks = np.zeros(norms.size, np.float32) if dark is None else dark.reshape(-1)
    flat = np.ascontiguousarray(norms, np.float32).reshape(-1)
    longest = int(np.diff(first_of_bin).max(initial=0))
    sorted_pixels = np.empty((4, longest), np.float32)
    for frame, factor, mean, error in zip(frames, factors, intensity, sigma, strict=True):
        if not (factor > 0 and np.isfinite(factor)):
            mean[:] = error[:] = np.nan
            continue
        _quantiles(
            *(np.asarray(frame, np.float32).reshape(-1), darks, flat * np.float32(factor), limits),
            *(weights, pixels, first_of_bin, np.float32(low), np.float32(high)),
            *(np.float32(empty), sorted_pixels, mean, error),
        )
    return intensity, sigma


@njit(nogil=True, cache=True)
def _quantiles(
    counts, darks, norms, limits, weights, pixels, first_of_bin, low, high, empty, work, mean, error
):
    dummy, delta, saturation = limits
    for i in range(len(mean)):
        n = 0
        for entry in range(first_of_bin[i], first_of_bin[i + 1]):
            pixel = pixels[entry]
            value, norm, weight = counts[pixel], norms[pixel], weights[entry]
            signal = value - darks[pixel]
            is_bad = np.abs(value - dummy) <= delta or value >= saturation
            if is_bad or not np.isfinite(signal) or not np.isfinite(norm) or norm == 0:
                continue
            work[0, n] = signal / norm
            work[1, n] = signal * weight
            work[2, n] = max(np.float32(1), value) * (weight * weight)
            work[3, n] = norm * weight
            n += 1
        # The order of equal intensities decides which pixel is the last of those that count.
        order = np.argsort(work[2, :n], kind="mergesort")
        order = order[np.argsort(work[1, :n][order], kind="mergesort")]
        order = order[np.argsort(work[0, :n][order], kind="mergesort")]
        total = np.float32(0)
        for k in order:
            total += work[3, k]
        first, last = low * total, high * total
        upper = np.float32(0)
        signals = variances = shares = 0.0
        for k in order:
            lower = upper
            upper += work[3, k]
            if upper >= first and lower <= last:
                signals += work[1, k]
                variances += work[2, k]
                shares += work[3, k]
        mean[i] = signals / shares if shares > 0 else empty
        error[i] = np.sqrt(variances) / shares if shares > 0 else empty
