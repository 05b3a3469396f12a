"""Refining the geometry of a detector on the rings of a calibrant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from daisy_kernel.algorithms.diffraction.cone import Floats, Pair, cone_of
from daisy_kernel.algorithms.diffraction.ring_points import RingPoints, find_ring_points
from daisy_kernel.algorithms.diffraction.ring_search import search_rings

_ROUNDS = 6
_SETTLED_PIXEL = 0.002
_LEAST_POINTS = 12
_SEARCHED_RINGS = 12
_SCALES = (1e-3, 1e-4, 1e-4, 1e-3, 1e-3)


@dataclass(frozen=True)
class Calibration:
    """A refined geometry, and how well the rings agree with it."""

    geometry: tuple[float, ...]
    """The six numbers of a PONI file [m, rad]."""
    rings: Floats
    """(n_ring, 4): two theta of the calibrant, mean and rms residual of the image [degree],
    number of places; NaN where a ring was not seen."""
    rms_deg: float
    """Over all places on all rings."""
    n_point: int


def calibrate(
    image: NDArray[np.float32],
    good: NDArray[np.bool_],
    two_theta_rad: Floats,
    start: Sequence[float],
    pixel_m: Pair,
    *,
    center_within: float,
    distance_within: float,
    refines_tilt: bool,
) -> Calibration:
    """The geometry that puts the rings of a calibrant where the image shows them.

    Parameters
    ----------
    image : (n_row, n_col) [counts]
    good : (n_row, n_col)
        Which pixels count.
    two_theta_rad : (n_ring,), increasing
        Of the calibrant.
    start, pixel_m
        Rough geometry; see `cone`.
    center_within : [pixel]
        How wrong the rough centre may be.
    distance_within
        How wrong the rough distance may be, as a part of it.
    refines_tilt
        Whether rot1 and rot2 are refined too; rot3 has no influence.

    Raises
    ------
    ValueError
        If too little of the rings is seen, or what is seen does not settle.

    Notes
    -----
    After `search_rings`, places on the rings (`find_ring_points`) and geometry (least squares of
    two theta, with a loss that lets outliers count little) are refined in turn until the rings move
    by less than a few thousandths of a pixel.
    """
    searched = _visible(two_theta_rad, start, pixel_m, image.shape)[:_SEARCHED_RINGS]
    geometry = search_rings(
        image,
        good,
        searched,
        start,
        pixel_m,
        center_within=center_within,
        distance_within=distance_within,
    )
    for _ in range(_ROUNDS):
        visible = _visible(two_theta_rad, geometry, pixel_m, image.shape)
        points = find_ring_points(image, good, visible, geometry, pixel_m)
        if len(points.ring) < _LEAST_POINTS or len(np.unique(points.ring)) < 2:
            raise ValueError(
                f"The rings are seen in {len(points.ring)} places only: check calibrant, "
                "wavelength, distance and centre, or search further from them."
            )
        refined = _refined(points, visible, geometry, pixel_m, refines_tilt=refines_tilt)
        moved = _largest_move(points, geometry, refined, pixel_m)
        geometry = refined
        if moved < _SETTLED_PIXEL:
            break
    residual = np.degrees(_residuals(points, visible, geometry, pixel_m))
    return Calibration(
        geometry=tuple(geometry),
        rings=_report(residual, points.ring, visible),
        rms_deg=float(np.sqrt(np.mean(residual**2))),
        n_point=len(residual),
    )


def _visible(
    two_theta_rad: Floats, geometry: Sequence[float], pixel_m: Pair, shape: tuple[int, ...]
) -> Floats:
    """The rings within the largest two theta on the detector."""
    corners = np.array([(0, 0), (0, shape[1] - 1), (shape[0] - 1, 0), (shape[0] - 1, shape[1] - 1)])
    two_theta, _ = cone_of(geometry, pixel_m, *corners.T.astype(np.float64))
    visible = two_theta_rad[two_theta_rad < two_theta.max()]
    if len(visible) < 2:
        raise ValueError(
            f"{len(visible)} rings of the calibrant fall on the detector, but two are needed: "
            "check distance, wavelength and calibrant."
        )
    return visible


def _residuals(
    points: RingPoints, two_theta_rad: Floats, geometry: Sequence[float], pixel_m: Pair
) -> Floats:
    two_theta, _ = cone_of(geometry, pixel_m, points.rows, points.columns)
    return two_theta - two_theta_rad[points.ring]


def _refined(
    points: RingPoints,
    two_theta_rad: Floats,
    geometry: Sequence[float],
    pixel_m: Pair,
    *,
    refines_tilt: bool,
) -> list[float]:
    n_free = 5 if refines_tilt else 3
    fixed = list(geometry[n_free:])
    # Grains scatter more than the noise says: no place is trusted to less than a tenth of a pixel.
    error = np.hypot(points.error_rad, 0.1 * min(pixel_m) / geometry[0])

    def misfit(free: Floats) -> Floats:
        return _residuals(points, two_theta_rad, [*free, *fixed], pixel_m) / error

    found = least_squares(
        misfit, geometry[:n_free], loss="soft_l1", f_scale=2.0, x_scale=_SCALES[:n_free]
    )
    return [*map(float, found.x), *fixed]


def _largest_move(
    points: RingPoints, before: Sequence[float], after: Sequence[float], pixel_m: Pair
) -> float:
    """By how many pixels the rings moved where they are seen."""
    change = (
        cone_of(after, pixel_m, points.rows, points.columns)[0]
        - cone_of(before, pixel_m, points.rows, points.columns)[0]
    )
    return float(np.abs(change).max() * before[0] / min(pixel_m))


def _report(residual_deg: Floats, ring: NDArray[np.intp], two_theta_rad: Floats) -> Floats:
    n_ring = len(two_theta_rad)
    count = np.bincount(ring, minlength=n_ring)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(ring, residual_deg, n_ring) / count
        rms = np.sqrt(np.bincount(ring, residual_deg**2, n_ring) / count)
    return np.stack([np.degrees(two_theta_rad), mean, rms, count], axis=1)
