"""Which projections look at the sample from opposite sides."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

_UNEVEN = 0.25
"""Part of a step by which steps may differ before projections are interpolated."""
_EQUAL = 1e-6
"""Difference of angles that is but rounding [rad]."""
_SAME = 0.1
"""Part of a step by which angles may differ that are taken for the same."""
_WIDEST_GAP = np.deg2rad(5)
"""By which projections may miss half a turn and still be compared."""
_GAPS = 3
"""Different gaps of one sign, whose centres are extrapolated to none."""


def checked_angles(angles_rad: ArrayLike, n_angle: int) -> NDArray[np.float64]:
    """One finite angle per projection (n_angle,) [rad].

    Raises
    ------
    ValueError
        If there is not one finite angle per projection.
    """
    angles = np.asarray(angles_rad, np.float64)
    if angles.shape != (n_angle,) or not np.isfinite(angles).all():
        raise ValueError(
            f"There are {n_angle} projections, but the angles have shape {angles.shape} and "
            f"{np.count_nonzero(~np.isfinite(angles))} of them are not finite: give one angle per "
            "projection, without those of flats and darks."
        )
    return angles


def one_per_direction(angles_rad: NDArray[np.float64]) -> NDArray[np.intp]:
    """Indices of the projections in the order of the directions of their rays, each once.

    Of two from opposite sides the one in the first half turn: a wrong centre would not smear a
    slice of few directions, but give it twice as many.
    """
    order, turned = _within_turn(angles_rad)
    directions = np.round(np.mod(turned, np.pi) / _EQUAL).astype(np.int64)
    directions[directions == round(np.pi / _EQUAL)] = 0
    return order[np.unique(directions, return_index=True)[1]]


def half_turn(
    sinogram: NDArray[np.float32], angles_rad: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Projections spread evenly over half a turn, 180 degrees excluded.

    Parameters
    ----------
    sinogram : (n_angle, n_col)
    angles_rad : (n_angle,) [rad]
        In any order, over half a turn or more.

    Returns
    -------
    sinogram : (n_even, n_col)
        The projections themselves where they are spread evenly, else interpolated between.

    Raises
    ------
    ValueError
        If a gap of more than three mean steps (and 2 degrees) is left in every half turn.
    """
    order, turned = _within_turn(angles_rad)
    sinogram = sinogram[order]
    turned = turned - turned[0]
    count = int(np.searchsorted(turned, np.pi - _EQUAL))
    steps = np.diff(np.append(turned[:count], np.pi))
    missing = float(steps.max())
    if count < 2 or missing > max(3 * np.pi / count, np.deg2rad(2)):
        raise ValueError(
            f"The search needs projections over half a turn, but these {len(turned)} span "
            f"{np.rad2deg(turned[-1]):.1f} degrees with a gap of {np.rad2deg(missing):.1f}: give "
            "the rotation centre, or use a method for these angles."
        )
    inner = steps[:-1]
    if np.abs(inner - np.median(inner)).max() <= _UNEVEN * np.median(inner):
        return sinogram[:count]
    even: NDArray[np.float64] = np.arange(count, dtype=np.float64) * (np.pi / count)
    return _interpolated(sinogram, turned, even)


def opposite(
    sinogram: NDArray[np.float32], angles_rad: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Projections of the first half of a whole turn, and those from the other side.

    Parameters
    ----------
    sinogram : (n_angle, n_col)
    angles_rad : (n_angle,) [rad]
        In any order, spread over a whole turn.

    Returns
    -------
    ahead, behind : (n_half, n_col)
        At the same angles and half a turn later; the second interpolated where there is no
        projection at just that angle. Not mirrored.

    Raises
    ------
    ValueError
        If a gap of more than three mean steps (and 4 degrees) is left in the turn.
    """
    order, turned = _within_turn(angles_rad)
    sinogram = sinogram[order]
    gaps = np.diff(np.append(turned, turned[0] + 2 * np.pi))
    if len(turned) < 4 or gaps.max() > max(3 * 2 * np.pi / len(turned), np.deg2rad(4)):
        raise ValueError(
            f"The overlap needs projections over a whole turn, but these {len(turned)} leave a gap "
            f"of {np.rad2deg(gaps.max()):.1f} degrees: choose a method for half a turn."
        )
    turned = turned - turned[0]
    count = int(np.searchsorted(turned, np.pi - _EQUAL))
    closed = np.append(turned, 2 * np.pi), np.concatenate((sinogram, sinogram[:1]))
    return sinogram[:count], _interpolated(closed[1], closed[0], turned[:count] + np.pi)


def pairs_by_gap(
    angles_rad: NDArray[np.float64],
) -> dict[float, tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Pairs of projections that are half a turn apart but for a gap.

    Returns
    -------
    pairs
        Gap [rad] -> indices of the projections and of their opposites. Only the gap 0 where there
        are such pairs, else the smallest gaps: one of either sign, or up to three of one sign.

    Raises
    ------
    ValueError
        If no two projections are within 5 degrees of half a turn.
    """
    order, turned = _within_turn(angles_rad)
    step = float(np.median(np.diff(turned))) if len(turned) > 1 else np.pi
    near = np.searchsorted(turned, turned + np.pi)[:, None] + np.arange(-_GAPS - 1, _GAPS + 2)
    is_there = (near >= 0) & (near < len(turned))
    near = np.clip(near, 0, len(turned) - 1)
    gaps = np.where(is_there, turned[near] - turned[:, None] - np.pi, np.inf)
    smallest = float(np.abs(gaps).min())
    if smallest > _WIDEST_GAP:
        raise ValueError(
            f"Phase correlation needs two projections half a turn apart, but of these "
            f"{len(turned)} none are closer to that than {np.rad2deg(smallest):.1f} degrees: "
            "choose another method."
        )
    pairs = {}
    for number in range(1 if smallest <= _SAME * step else _GAPS):
        gap = smallest + number * step
        for signed in (0.0,) if smallest <= _SAME * step else (-gap, gap):
            ahead, place = np.nonzero(np.abs(gaps - signed) <= _SAME * step)
            if ahead.size and abs(signed) <= _WIDEST_GAP:
                pairs[signed] = (order[ahead], order[near[ahead, place]])
        if len({signed > 0 for signed in pairs}) == 2:  # none lies between both signs
            break
    return pairs


def _within_turn(angles_rad: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """The projections of one turn from the lowest angle on, in the order of their angles."""
    turned = np.mod(angles_rad - angles_rad.min(), 2 * np.pi)
    # An angle that is a whole turn but for rounding is the first one again.
    turned[turned > 2 * np.pi - _EQUAL] = 0
    order = np.argsort(turned, kind="stable")
    turned = turned[order]
    distinct = np.append(True, np.diff(turned) > _EQUAL)
    return order[distinct], turned[distinct]


def _interpolated(
    sinogram: NDArray[np.float32], angles: NDArray[np.float64], wanted: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Linear between the neighbouring projections."""
    after = np.clip(np.searchsorted(angles, wanted - _EQUAL), 1, len(angles) - 1)
    share = (wanted - angles[after - 1]) / (angles[after] - angles[after - 1])
    share[np.abs(share - 1) < 1e-4] = 1
    later = np.clip(share, 0, 1).astype(np.float32)[:, None]
    return (1 - later) * sinogram[after - 1] + later * sinogram[after]
