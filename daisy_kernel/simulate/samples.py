"""Phantoms worth looking at: the Shepp-Logan head, a porous rock, a disk away from the axis."""

from __future__ import annotations

from math import inf

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.simulate.phantom import Ellipsoid, Phantom

_HEAD = (
    # x, y, z, a, b, c, value, rotation [degrees]
    (0.0, 0.0, 0.0, 0.69, 0.92, 0.81, 1.0, 0.0),
    (0.0, -0.0184, 0.0, 0.6624, 0.874, 0.78, -0.8, 0.0),
    (0.22, 0.0, 0.0, 0.11, 0.31, 0.22, -0.2, -18.0),
    (-0.22, 0.0, 0.0, 0.16, 0.41, 0.28, -0.2, 18.0),
    (0.0, 0.35, -0.15, 0.21, 0.25, 0.41, 0.1, 0.0),
    (0.0, 0.1, 0.25, 0.046, 0.046, 0.05, 0.1, 0.0),
    (0.0, -0.1, 0.25, 0.046, 0.046, 0.05, 0.1, 0.0),
    (-0.08, -0.605, 0.0, 0.046, 0.023, 0.05, 0.1, 0.0),
    (0.0, -0.606, 0.0, 0.023, 0.023, 0.02, 0.1, 0.0),
    (0.06, -0.605, 0.0, 0.023, 0.046, 0.02, 0.1, 0.0),
)
_FILLING = 0.95  # of the circle that every angle sees: leaves room for a centre that is off


def shepp_logan() -> Phantom:
    """The head of Shepp and Logan in three dimensions, with the contrast raised by Toft.

    Notes
    -----
    Values and in-plane shapes: P. Toft, The Radon Transform, thesis, 1996, appendix B; heights
    after the usual three-dimensional extension. Scaled to 0.95 of the field of view.
    """
    return Phantom(
        tuple(
            Ellipsoid(
                (_FILLING * x, _FILLING * y, _FILLING * z),
                (_FILLING * a, _FILLING * b, _FILLING * c),
                value,
                rotation,
            )
            for x, y, z, a, b, c, value, rotation in _HEAD
        )
    )


def off_centre_disk(
    *, x: float = 0.4, y: float = -0.25, radius: float = 0.2, value: float = 1.0
) -> Phantom:
    """A rod away from the axis: shows a wrong centre, sign or handedness at once.

    Parameters
    ----------
    x, y, radius
        Place and size in half widths of the field of view.
    value
        Attenuation per pixel.
    """
    return Phantom((Ellipsoid((x, y, 0.0), (radius, radius, inf), value),))


def foam(
    seed: int, n_bubbles: int, *, half_height: float = 1.0, n_inclusions: int | None = None
) -> Phantom:
    """A drill core of porous rock: pores of many sizes, and grains of denser minerals.

    Parameters
    ----------
    seed
        Same seed, same sample.
    n_bubbles
        Number of pores; no two bodies overlap.
    half_height
        The pores fill -half_height to half_height [half widths of the field of view]; the rod
        itself has no end.
    n_inclusions
        Number of grains; one for four pores by default.

    Returns
    -------
    phantom
        Rock 1, pores 0, every third grain 2 to 3, the others 1.2 to 1.5 [per pixel].

    Raises
    ------
    ValueError
        If a number is negative or so many bodies find no room.
    """
    if n_inclusions is None:
        n_inclusions = n_bubbles // 4
    if n_bubbles < 0 or n_inclusions < 0 or not 0 < half_height < inf:
        raise ValueError(
            f"Got n_bubbles={n_bubbles}, n_inclusions={n_inclusions}, half_height={half_height}; "
            "numbers must not be negative and the height positive: correct them."
        )
    rng = np.random.default_rng(seed)
    rod = 0.9
    gaps = _Gaps(rng, rod, half_height, n_points=max(20_000, 40 * n_bubbles))
    # A power law, as rocks have: few large pores and many small ones.
    pores = np.minimum(0.028 * (1 - rng.random(n_bubbles)) ** (-1 / 1.7), 0.2)
    grains = rng.uniform(0.03, 0.1, n_inclusions)
    radii = np.concatenate((pores, grains))
    bodies = [Ellipsoid((0.0, 0.0, 0.0), (rod, rod, inf), 1.0)]
    for body in np.argsort(-radii, kind="stable"):  # the large ones first, or they find no room
        centre, r = gaps.take(float(radii[body]))
        if body < n_bubbles:
            bodies.append(Ellipsoid(centre, (r, r, r), -1.0))
            continue
        flat, low = rng.uniform(0.45, 1.0, 2)
        is_dense = (body - n_bubbles) % 3 == 0
        value = rng.uniform(1.0, 2.0) if is_dense else rng.uniform(0.2, 0.5)
        turn = rng.uniform(0.0, 180.0)
        bodies.append(Ellipsoid(centre, (r, flat * r, low * r), value, turn))
    return Phantom(tuple(bodies))


class _Gaps:
    """Room that is left inside a rod, known at random points."""

    def __init__(
        self, rng: np.random.Generator, radius: float, half_height: float, *, n_points: int
    ):
        distance = radius * np.sqrt(rng.random(n_points))
        azimuth = rng.uniform(0, 2 * np.pi, n_points)
        height = rng.uniform(-half_height, half_height, n_points)
        self._points: NDArray[np.float64] = np.stack(
            (distance * np.cos(azimuth), distance * np.sin(azimuth), height)
        )
        self._wall = 0.008  # solid that stays between two neighbours
        self._room = radius - 2 * self._wall - distance

    def take(self, wanted: float) -> tuple[tuple[float, float, float], float]:
        """Centre and radius of a sphere in a gap; smaller than wanted where all gaps are."""
        chosen = int(np.argmax(self._room >= wanted))
        if self._room[chosen] < wanted:
            chosen = int(np.argmax(self._room))
        r = float(min(wanted, self._room[chosen]))
        if r <= 0:
            raise ValueError(
                "No room is left in the phantom; its bodies must not overlap: "
                "ask for fewer bubbles or a greater half_height."
            )
        x, y, z = (float(v) for v in self._points[:, chosen])
        dx, dy, dz = self._points[0] - x, self._points[1] - y, self._points[2] - z
        away = np.sqrt(dx * dx + dy * dy + dz * dz) - r - self._wall
        np.minimum(self._room, away, out=self._room)
        return (x, y, z), r
