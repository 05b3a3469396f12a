"""The rings of a powder as lines on a flat detector."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from daisy_kernel.algorithms.diffraction.cone import Floats, Pair, cone_of, on_detector

_STEP_DEG = 1.0
"""Between two points: a chord of a circle of 1000 pixels is 0.04 pixels off."""
_HALVINGS = 50

Place = Callable[[Floats], Floats]
"""Azimuths -> (2, n) rows and columns."""


def ring_lines(
    geometry: Sequence[float], pixel_m: Pair, two_theta_rad: Floats, shape: Sequence[int]
) -> Floats:
    """Where rings cross the detector, as lines through points of each.

    Parameters
    ----------
    geometry, pixel_m
        See `cone`.
    two_theta_rad : (n_ring,)
    shape
        (n_row, n_col) of the detector.

    Returns
    -------
    lines : (n_point, 3)
        Number of the ring, row and column [pixel], pixel centres on integers; a row of NaN ends
        each line. A ring that the detector holds ends where it begins, others end on its edge.

    Notes
    -----
    Every point lies on its ring exactly (`on_detector`); where one leaves the detector is found by
    halving the azimuth.
    """
    n_row, n_col = shape
    corners = np.array([(-0.5, -0.5), (-0.5, n_col - 0.5), (n_row - 0.5, -0.5),
                        (n_row - 0.5, n_col - 0.5)])  # fmt: skip
    _, to_corners = cone_of(geometry, pixel_m, *corners.T)
    # A ring that crosses nothing but a corner is found in the direction of that corner.
    regular = np.radians(np.arange(-180, 180, _STEP_DEG))
    azimuths = np.unique(np.concatenate([regular, to_corners]))
    pieces = []
    for number, two_theta in enumerate(two_theta_rad):

        def place(azimuth: Floats, two_theta: float = two_theta) -> Floats:
            angles = np.full(len(azimuth), two_theta)
            return np.stack(on_detector(geometry, pixel_m, angles, azimuth))

        for arc in _arcs(place, azimuths, (n_row, n_col)):
            numbers = np.full((1, arc.shape[1]), number)
            pieces += [np.vstack([numbers, arc]), np.full((3, 1), np.nan)]
    return np.hstack(pieces).T if pieces else np.empty((0, 3))


def _arcs(place: Place, azimuths: Floats, shape: tuple[int, int]) -> list[Floats]:
    """(2, n) rows and columns of each part of a ring that lies on the detector."""
    points = place(azimuths)
    inside = _is_inside(points, shape)
    if inside.all():
        return [np.hstack([points, points[:, :1]])]
    if not inside.any():
        return []
    first_outside = int(np.argmin(inside))
    azimuths = np.roll(azimuths, -first_outside)
    azimuths = np.where(azimuths < azimuths[0], azimuths + 2 * np.pi, azimuths)  # rising
    points, inside = (np.roll(a, -first_outside, axis=-1) for a in (points, inside))
    around = np.append(azimuths, azimuths[0] + 2 * np.pi)
    changes = np.diff(np.append(inside, False).astype(np.int8))
    entering, leaving = np.flatnonzero(changes == 1), np.flatnonzero(changes == -1)
    begins = place(_edge(place, around[entering], around[entering + 1], shape))
    ends = place(_edge(place, around[leaving + 1], around[leaving], shape))
    return [
        np.hstack([begins[:, i : i + 1], points[:, a + 1 : b + 1], ends[:, i : i + 1]])
        for i, (a, b) in enumerate(zip(entering, leaving, strict=True))
    ]


def _edge(place: Place, outside: Floats, inside: Floats, shape: tuple[int, int]) -> Floats:
    """The last azimuths on the detector, between one off it and one on it."""
    for _ in range(_HALVINGS):
        middle = (outside + inside) / 2
        is_in = _is_inside(place(middle), shape)
        outside, inside = np.where(is_in, outside, middle), np.where(is_in, middle, inside)
    return inside


def _is_inside(points: Floats, shape: tuple[int, int]) -> np.ndarray:
    rows, columns = points
    return (  # NaN is not
        (rows >= -0.5) & (rows <= shape[0] - 0.5) & (columns >= -0.5) & (columns <= shape[1] - 0.5)
    )
