"""Where exactly the rings of a calibrant lie, in each direction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.algorithms.diffraction.cone import Floats, Pair, cone_of, on_detector

_SECTORS = 180
_LEAST_PIXELS = 12
"""In a sector of a ring; fewer do not tell a line from its background."""
_SIGNIFICANT = 5.0
_WIDTHS_AROUND = 4.0
_STEPS = 3


@dataclass(frozen=True)
class RingPoints:
    """Places on the rings, one for each sector that shows one clearly."""

    rows: Floats
    columns: Floats
    ring: NDArray[np.intp]
    error_rad: Floats
    """How far off each may be along two theta, judged from the noise around it."""


def find_ring_points(
    image: NDArray[np.float32],
    good: NDArray[np.bool_],
    two_theta_rad: Floats,
    geometry: Sequence[float],
    pixel_m: Pair,
) -> RingPoints:
    """The middle of each ring in each of 180 sectors.

    Parameters
    ----------
    image : (n_row, n_col) [counts]
    good : (n_row, n_col)
        Which pixels count.
    two_theta_rad : (n_ring,), increasing
    geometry, pixel_m
        See `cone`; right within the distance of two rings.

    Notes
    -----
    In each sector of a ring a Gaussian on a sloping background is fitted to all pixels, made
    linear in its shift, three times in turn; gaps of the detector leave pixels out but do not bend
    it. The width is one for the whole image, since a wrong one does not shift a symmetric line.
    """
    n_row, n_col = image.shape
    rows, columns = np.indices((n_row, n_col), np.float64)
    two_theta, azimuth = cone_of(geometry, pixel_m, rows, columns)
    nearest = np.searchsorted((two_theta_rad[1:] + two_theta_rad[:-1]) / 2, two_theta)
    offset = two_theta - two_theta_rad[nearest]
    pixel_rad = min(pixel_m) / geometry[0]
    room = _room(two_theta_rad)
    width = _width(image, good, offset, nearest, room, pixel_rad)
    reach = np.minimum(_WIDTHS_AROUND * width + pixel_rad, room)
    used = good & (np.abs(offset) < reach[nearest])
    ring, offset, azimuth = nearest[used], offset[used], azimuth[used]
    sector = np.floor((azimuth / (2 * np.pi) + 0.5) * _SECTORS).astype(np.intp) % _SECTORS
    shift, error = _shifts(
        offset, image[used].astype(np.float64), ring * _SECTORS + sector, len(room), width
    )
    place = np.flatnonzero(
        np.isfinite(error) & (np.abs(shift) < 0.7 * reach[np.arange(len(shift)) // _SECTORS])
    )
    found = place // _SECTORS
    direction = ((place % _SECTORS + 0.5) / _SECTORS - 0.5) * 2 * np.pi
    on_rows, on_columns = on_detector(
        geometry, pixel_m, two_theta_rad[found] + shift[place], direction
    )
    return RingPoints(on_rows, on_columns, found, error[place])


def _room(two_theta_rad: Floats) -> Floats:
    """Half of the way to the nearest other ring."""
    gaps = np.concatenate([[np.inf], np.diff(two_theta_rad), [np.inf]])
    room = np.minimum(gaps[:-1], gaps[1:]) / 2
    return np.where(np.isfinite(room), room, 0.05)


def _width(
    image: NDArray[np.float32],
    good: NDArray[np.bool_],
    offset: Floats,
    nearest: NDArray[np.intp],
    room: Floats,
    pixel_rad: float,
) -> float:
    """Standard deviation of a ring along two theta: the median of all rings [rad]."""
    widths = []
    for ring, half in enumerate(room):
        edges = np.arange(0, min(half, 40 * pixel_rad), pixel_rad / 2)
        edges = np.concatenate([-edges[:0:-1], edges])
        here = good & (nearest == ring) & (np.abs(offset) < half)
        count, _ = np.histogram(offset[here], edges)
        total, _ = np.histogram(offset[here], edges, weights=image[here])
        if len(count) < 8 or count.min() < 4:
            continue
        profile = total / count
        profile -= np.percentile(profile, 20)
        above = profile > profile.max() / 2
        widths.append(above.sum() * pixel_rad / 2 / 2.355)
    usual = float(np.median(widths)) if widths else pixel_rad
    return max(usual, 0.7 * pixel_rad)


def _shifts(
    offset: Floats, counts: Floats, group: NDArray[np.intp], n_ring: int, width: float
) -> tuple[Floats, Floats]:
    """Of the line in every group, and its error; NaN where there is no clear line."""
    n_group = n_ring * _SECTORS
    n_pixel = np.bincount(group, minlength=n_group)
    shift = np.zeros(n_group)
    for _ in range(_STEPS):
        u = (offset - shift[group]) / width
        bell = np.exp(-u * u / 2)
        terms = (np.ones_like(u), u, bell, u * bell)
        matrix = np.empty((n_group, 4, 4))
        right = np.empty((n_group, 4))
        for i in range(4):
            right[:, i] = np.bincount(group, terms[i] * counts, n_group)
            for j in range(i, 4):
                matrix[:, i, j] = np.bincount(group, terms[i] * terms[j], n_group)
                matrix[:, j, i] = matrix[:, i, j]
        # Keeps groups solvable that have too few pixels; they are thrown away below.
        trace = np.trace(matrix, axis1=1, axis2=2)
        matrix += (1e-9 * trace + 1e-12)[:, None, None] * np.eye(4)
        inverse = np.linalg.inv(matrix)
        fitted = np.einsum("gij,gj->gi", inverse, right)
        rest = counts - sum(fitted[group, i] * terms[i] for i in range(4))
        noise = np.bincount(group, rest**2, n_group) / np.maximum(n_pixel - 4, 1)
        height = fitted[:, 2]
        clear = (n_pixel >= _LEAST_PIXELS) & (
            height > _SIGNIFICANT * np.sqrt(np.maximum(noise * inverse[:, 2, 2], 0))
        )
        safe = np.where(clear, height, 1)
        shift = shift + np.where(clear, np.clip(fitted[:, 3] / safe, -1, 1) * width, 0)
    error = np.sqrt(np.maximum(noise * inverse[:, 3, 3], 0)) / safe * width
    return shift, np.where(clear & (error < width / 3), error, np.nan)
