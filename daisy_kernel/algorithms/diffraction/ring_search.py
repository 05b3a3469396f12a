"""Finding the rings of a calibrant when the geometry is known roughly only."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.optimize import minimize

from daisy_kernel.algorithms.diffraction.cone import Floats, Pair, on_detector

_BLURS = (4.0, 2.0, 1.0)
"""Pixels; the first one sees rings that are a few pixels off."""
_BACKGROUND = 30.0
"""Pixels over which the background is taken to be flat."""
_AZIMUTHS = np.linspace(-np.pi, np.pi, 90, endpoint=False)
_MOST_STEPS = 25


def search_rings(
    image: NDArray[np.float32],
    good: NDArray[np.bool_],
    two_theta_rad: Floats,
    start: Sequence[float],
    pixel_m: Pair,
    *,
    center_within: float,
    distance_within: float,
) -> list[float]:
    """Distance and centre that put the rings of the calibrant onto those of the image.

    Parameters
    ----------
    image : (n_row, n_col) [counts]
    good : (n_row, n_col)
        Which pixels count.
    two_theta_rad : (n_ring,)
    start
        Geometry to begin with; its rotations are kept.
    pixel_m
        Height and width of a pixel.
    center_within : [pixel]
        How far from the start the centre may lie.
    distance_within
        The same for the distance, as a part of it.

    Returns
    -------
    geometry
        Within a pixel or two of the best without changing the tilt.

    Notes
    -----
    Each ring is asked what the image shows at 90 places on it, after the image was freed from its
    background and scaled so that no bright spot outweighs a ring; the sum is largest where the
    rings lie. First on a grid with a blurred image, then downhill with ever sharper ones.
    """
    best = np.array(start[:3], np.float64)
    rest = list(start[3:])
    rings, azimuths = np.meshgrid(two_theta_rad, _AZIMUTHS, indexing="ij")

    def mismatch(trial: Sequence[float]) -> float:
        rows, columns = on_detector([*trial, *rest], pixel_m, rings, azimuths)
        inside = (rows >= 0) & (rows <= image.shape[0] - 1)
        inside &= (columns >= 0) & (columns <= image.shape[1] - 1)
        seen = map_coordinates(shown, [rows[inside], columns[inside]], order=1)
        return -float(seen.sum()) / np.sqrt(len(seen) + 1)

    for blur in _BLURS:
        shown = _contrast(image, good, blur)
        if blur == _BLURS[0]:
            outermost = np.tan(min(two_theta_rad.max(), 1.2)) * best[0] / min(pixel_m)
            around = [
                best[0] * _steps(distance_within, 0.6 * blur / min(outermost, max(image.shape))),
                *(best[1 + i] + pixel_m[i] * _steps(center_within, 0.75 * blur) for i in range(2)),
            ]
            around[0] = around[0] + best[0]
            best = np.array(min(product(*around), key=mismatch))
        simplex = best + np.vstack(
            [np.zeros(3), np.diag([0.005 * best[0], *(2 * p for p in pixel_m)])]
        )
        found = minimize(
            mismatch,
            best,
            method="Nelder-Mead",
            options={"initial_simplex": simplex, "xatol": 0.01 * min(pixel_m), "fatol": 1e-4},
        )
        best = found.x
    return [*map(float, best), *rest]


def _steps(within: float, step: float) -> Floats:
    """-within ... 0 ... within."""
    n = min(int(np.ceil(within / step)), _MOST_STEPS // 2) if within > 0 else 0
    return np.linspace(-within, within, 2 * n + 1)


def _contrast(image: NDArray[np.float32], good: NDArray[np.bool_], blur: float) -> Floats:
    """What stands out of its surroundings, in units of what is usual there."""
    weights = good.astype(np.float64)
    # The root makes the noise of counts the same everywhere.
    roots = np.sqrt(np.where(good, np.maximum(image, 0), 0), dtype=np.float64)
    covered = gaussian_filter(weights, _BACKGROUND) + 1e-9
    background = gaussian_filter(roots * weights, _BACKGROUND) / covered
    spread = gaussian_filter((roots - background) ** 2 * weights, _BACKGROUND) / covered
    standing_out = np.clip((roots - background) / np.sqrt(np.maximum(spread, 1e-6)), -2, 3)
    seen = gaussian_filter(weights, blur)
    return np.asarray(gaussian_filter(standing_out * weights, blur) / np.maximum(seen, 0.1))
