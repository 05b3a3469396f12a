"""Orthogonal wavelet transform of images, periodic in both directions."""

from __future__ import annotations

from functools import cache
from math import comb

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Details = tuple[Floats, Floats, Floats]


@cache
def daubechies(order: int) -> tuple[float, ...]:
    """Scaling filter with `order` vanishing moments, 2 * `order` taps with sum sqrt(2).

    Notes
    -----
    I. Daubechies, Ten Lectures on Wavelets, 1992, section 6.1: the roots of the polynomial
    sum_k binomial(order - 1 + k, k) y^k with y = (2 - z - 1 / z) / 4, those inside the unit circle.
    """
    in_y = [comb(order - 1 + k, k) for k in reversed(range(order))]
    taps = np.ones(1)
    for y in np.roots(in_y):
        half_sum = 1 - 2 * y
        root = half_sum + np.sqrt(half_sum**2 - 1 + 0j)
        taps = np.convolve(taps, [1, -(root if abs(root) < 1 else 1 / root)])
    for _ in range(order):
        taps = np.convolve(taps, [1, 1])
    taps = np.real(taps)
    return tuple(float(tap) for tap in taps * np.sqrt(2) / taps.sum())


def decompose(image: Floats, taps: tuple[float, ...]) -> tuple[Floats, Details]:
    """One level: the coarse image of half the size, and what was lost.

    Parameters
    ----------
    image : (n_y, n_x)
        Both even.
    taps
        Scaling filter.

    Returns
    -------
    coarse : (n_y / 2, n_x / 2)
    details : three of the same shape
        Fine along x only (vertical lines), along y only, along both.
    """
    low_y, high_y = _split(image, taps)
    coarse, fine_x = (part.T for part in _split(low_y.T, taps))
    fine_y, fine_xy = (part.T for part in _split(high_y.T, taps))
    return coarse, (fine_x, fine_y, fine_xy)


def recompose(coarse: Floats, details: Details, taps: tuple[float, ...]) -> Floats:
    """The image that `decompose` was given."""
    fine_x, fine_y, fine_xy = details
    low_y = _join(coarse.T, fine_x.T, taps).T
    high_y = _join(fine_y.T, fine_xy.T, taps).T
    return _join(low_y, high_y, taps)


def _mirror(taps: tuple[float, ...]) -> list[float]:
    """The wavelet filter that belongs to a scaling filter."""
    return [(-1) ** k * tap for k, tap in enumerate(reversed(taps))]


def _split(image: Floats, taps: tuple[float, ...]) -> tuple[Floats, Floats]:
    """Low and high frequencies along the first axis."""
    n = len(image)
    low = np.zeros((n // 2, *image.shape[1:]), image.dtype)
    high = np.zeros_like(low)
    for k, (scaling, wavelet) in enumerate(zip(taps, _mirror(taps), strict=True)):
        part = image[np.arange(k, n + k, 2) % n]
        low += scaling * part
        high += wavelet * part
    return low, high


def _join(low: Floats, high: Floats, taps: tuple[float, ...]) -> Floats:
    """The inverse of `_split`: its transpose, because the transform is orthogonal."""
    n = 2 * len(low)
    image = np.zeros((n, *low.shape[1:]), low.dtype)
    for k, (scaling, wavelet) in enumerate(zip(taps, _mirror(taps), strict=True)):
        image[np.arange(k, n + k, 2) % n] += scaling * low + wavelet * high
    return image
