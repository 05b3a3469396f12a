"""How clean a slice is, in one number."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

_BINS = 256
_WIDTHS = 5.0
"""Standard deviations on each side of the mean that the histogram spans."""
_SHARE = 0.85
"""Of the inscribed circle; further out some projections miss the pixel."""


def slice_entropy(image: NDArray[Any], reference: NDArray[Any]) -> float:
    """Entropy of the grey values [bit]: lowest where every material has its own grey.

    Parameters
    ----------
    image : (n_y, n_x)
    reference : (n_y, n_x)
        A slice of the same sample, whose mean and deviation give the histogram's limits. Slices
        can only be compared where they have the same reference.

    Returns
    -------
    entropy
        Within 0.85 of the inscribed circle; NaN where a pixel of it is not finite.

    Notes
    -----
    T. Donath, F. Beckmann, A. Schreyer, "Automated determination of the center of rotation in
    tomography data", J. Opt. Soc. Am. A 23, 1048 (2006): a wrong rotation centre smears every
    detail, so the histogram loses its peaks.
    """
    n, total, squares, _, _ = _sums(reference, _radius(reference))
    middle = total / n
    width = max(0.0, squares / n - middle * middle) ** 0.5 or 1.0
    low = middle - _WIDTHS * width
    counts = np.zeros(_BINS, np.int64)
    # Every reference that is not finite makes the scale NaN, and so every bin.
    if not _count(image, _radius(image), low, _BINS / (2 * _WIDTHS * width), counts):
        return float("nan")
    share = counts[counts > 0] / counts.sum()
    return float(-(share * np.log2(share)).sum())


def slice_negativity(image: NDArray[Any]) -> float:
    """Share of the negative values: sum of what is below 0 over the sum of all magnitudes.

    Parameters
    ----------
    image : (n_y, n_x)

    Returns
    -------
    negativity : 0 to 1
        Within 0.85 of the inscribed circle; NaN where a pixel of it is not finite.

    Notes
    -----
    After Donath et al. (2006): attenuation is never negative, but the streaks of a wrong rotation
    centre are. Noise is, too, and hides that: on noisy slices trust the entropy.
    """
    _, _, _, negative, magnitude = _sums(image, _radius(image))
    if not np.isfinite(magnitude):
        return float("nan")
    return float(negative / magnitude) if magnitude else 0.0


def _radius(image: NDArray[Any]) -> float:
    return max(_SHARE * min(image.shape) / 2, 0.75)


@njit(nogil=True, cache=True)
def _sums(image, radius):
    """Number of pixels within the circle, and sums of values, squares, negatives, magnitudes."""
    n_y, n_x = image.shape
    n = 0
    total = squares = negative = magnitude = 0.0
    for y in range(n_y):
        reach = radius * radius - (y - (n_y - 1) / 2) ** 2
        for x in range(n_x):
            if (x - (n_x - 1) / 2) ** 2 <= reach:
                value = np.float64(image[y, x])
                n += 1
                total += value
                squares += value * value
                magnitude += abs(value)
                if value < 0:
                    negative -= value
    return n, total, squares, negative, magnitude


@njit(nogil=True, cache=True)
def _count(image, radius, low, per_unit, out):
    """Histogram of the pixels within the circle; False if one of them has no bin."""
    n_y, n_x = image.shape
    last = len(out) - 1
    for y in range(n_y):
        reach = radius * radius - (y - (n_y - 1) / 2) ** 2
        for x in range(n_x):
            if (x - (n_x - 1) / 2) ** 2 <= reach:
                place = (np.float64(image[y, x]) - low) * per_unit
                if not np.isfinite(place):
                    return False
                out[int(min(max(place, 0.0), 1.0 * last))] += 1
    return True
