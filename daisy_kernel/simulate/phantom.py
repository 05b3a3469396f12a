"""Samples made of ellipsoids, whose slices and line integrals are known exactly."""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, cos, floor, inf, isfinite, pi, radians, sin, sqrt

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Ellipsoid:
    """A body of constant attenuation, added to whatever it overlaps.

    Lengths are in half widths of the field of view, from the rotation axis and the middle row; the
    voxels are cubes, so a sphere stays a sphere for every number of rows.
    """

    centre: tuple[float, float, float]
    """(x, y, z); x along columns, y along the rows of a slice, z along detector rows."""
    semi_axes: tuple[float, float, float]
    """Half lengths along x, y (before rotation) and z; an infinite last one gives a cylinder."""
    value: float
    """What the ellipsoid adds to the attenuation per pixel; negative for a pore."""
    rotation_deg: float = 0.0
    """In the slice, from +x towards +y."""

    def __post_init__(self) -> None:
        a, b, c = self.semi_axes
        if not (0 < a < inf and 0 < b < inf and c > 0):
            raise ValueError(
                f"An ellipsoid got semi-axes {self.semi_axes}; all must be positive and the first "
                "two finite: give the half lengths of the body."
            )
        if not all(map(isfinite, (*self.centre, self.value, self.rotation_deg))):
            raise ValueError(
                f"{self} holds a number that is not finite; centre, value and rotation must be: "
                "only the last semi-axis may be infinite."
            )


@dataclass(frozen=True)
class Phantom:
    """A sample whose truth is known: the sum of its ellipsoids."""

    ellipsoids: tuple[Ellipsoid, ...]

    def volume(
        self, n_row: int, n_col: int, *, rows: slice | None = None, oversampling: int = 4
    ) -> NDArray[np.float32]:
        """Attenuation that a perfect reconstruction shows, averaged over each pixel.

        Parameters
        ----------
        n_row, n_col
            Size of the detector; a slice has (n_col, n_col) pixels.
        rows
            Which slices; all by default.
        oversampling
            Lines per pixel along y. Along x the average is exact.

        Returns
        -------
        volume : (n_slice, n_col, n_col) [per pixel]
            volume[slice, y, x] with the rotation axis at ((n_col - 1) / 2, (n_col - 1) / 2) and
            pixel centres on integers. Along z a slice is cut through the centre of its row.

        Raises
        ------
        ValueError
            If a size or `oversampling` is not positive.
        """
        _require_positive(n_row=n_row, n_col=n_col, oversampling=oversampling)
        z = _heights(n_row, rows)
        volume = np.empty((len(z), n_col, n_col), np.float32)
        _paint(self._table(n_col), z, oversampling, volume)
        return volume

    def line_integrals(
        self,
        angles_rad: ArrayLike,
        n_row: int,
        n_col: int,
        centre: float,
        *,
        rows: slice | None = None,
    ) -> NDArray[np.float32]:
        """Exact line integrals in parallel-beam geometry, averaged over each pixel's width.

        Parameters
        ----------
        angles_rad : (n_angle,) [rad]
        n_row, n_col
            Size of the detector.
        centre
            Column on which the rotation axis projects; pixel centres are on integers.
        rows
            Which detector rows; all by default.

        Returns
        -------
        line_integrals : (n_angle, n_row, n_col) [1]
            Attenuation per pixel times path length in pixels, so that a reconstruction in pixel
            units gives `volume`.

        Raises
        ------
        ValueError
            If a size is not positive, or the angles are not a list of finite numbers.

        Notes
        -----
        A point projects on column u = (x - a) cos(theta) - (y - a) sin(theta) + centre with
        a = (n_col - 1) / 2. An ellipse of semi-axes a, b, turned by phi, casts the profile
        p(u) = 2 a b sqrt(r^2 - u^2) / r^2, with r^2 = a^2 cos^2(theta + phi) + b^2
        sin^2(theta + phi) (Kak and Slaney, Principles of Computerized Tomographic Imaging, 1988,
        section 3.1). Its average over a pixel needs no oversampling: the integral of p is
        a b (t sqrt(1 - t^2) + arcsin t) with t = u / r.
        """
        _require_positive(n_row=n_row, n_col=n_col)
        angles = np.asarray(angles_rad, np.float64)
        if angles.ndim != 1 or not np.isfinite(angles).all() or not isfinite(centre):
            raise ValueError(
                f"Got angles of shape {angles.shape} and centre {centre}; expected a list of "
                "finite angles in radians and a finite column: give one angle per frame."
            )
        z = _heights(n_row, rows)
        integrals = np.empty((len(angles), len(z), n_col), np.float32)
        _project(self._table(n_col), z, np.cos(angles), np.sin(angles), float(centre), integrals)
        return integrals

    def _table(self, n_col: int) -> NDArray[np.float64]:
        """(n_ellipsoid, 9): x, y, z, a, b, c in pixels, value, cos and sin of the rotation."""
        half = n_col / 2
        rows = [
            (
                *(half * x for x in e.centre),
                *(half * s for s in e.semi_axes),
                e.value,
                cos(radians(e.rotation_deg)),
                sin(radians(e.rotation_deg)),
            )
            for e in self.ellipsoids
        ]
        return np.array(rows, np.float64).reshape(-1, 9)


def _heights(n_row: int, rows: slice | None) -> NDArray[np.float64]:
    """Heights of the chosen rows above the middle of the detector [pixels]."""
    return (np.arange(n_row, dtype=np.float64) - (n_row - 1) / 2)[
        slice(None) if rows is None else rows
    ]


def _require_positive(**sizes: int) -> None:
    for name, size in sizes.items():
        if size < 1:
            raise ValueError(f"{name} is {size}; it must be at least 1: give a positive number.")


@njit(nogil=True, cache=True)
def _cut(table, height, sections):
    """Ellipses in which a slice cuts the ellipsoids: x, y, a, b, value, cos, sin; their number."""
    count = 0
    for e in range(table.shape[0]):
        shrink = 1 - ((height - table[e, 2]) / table[e, 5]) ** 2
        if shrink > 0:
            shrink = sqrt(shrink)
            sections[count, 0] = table[e, 0]
            sections[count, 1] = table[e, 1]
            sections[count, 2] = table[e, 3] * shrink
            sections[count, 3] = table[e, 4] * shrink
            sections[count, 4:] = table[e, 6:]
            count += 1
    return count


@njit(nogil=True, cache=True)
def _profile_integral(t):
    """Integral of 2 sqrt(1 - t^2), up to a constant; t beyond the rim counts as the rim."""
    if t >= 1:
        return pi / 2
    if t <= -1:
        return -pi / 2
    return t * sqrt(1 - t * t) + asin(t)


@njit(nogil=True, cache=True)
def _project(table, heights, cosines, sines, centre, out):
    n_angle, n_row, n_col = out.shape
    sections = np.empty((table.shape[0], 7))
    line = np.empty(n_col)  # float64: pores cancel most of the solid that they sit in
    for row in range(n_row):
        count = _cut(table, heights[row], sections)
        for angle in range(n_angle):
            line[:] = 0
            ct, st = cosines[angle], sines[angle]
            for e in range(count):
                x, y, a, b, value, cp, sp = sections[e]
                radius = sqrt((a * (ct * cp - st * sp)) ** 2 + (b * (st * cp + ct * sp)) ** 2)
                u = x * ct - y * st + centre
                first = max(0, floor(u - radius + 0.5))
                last = min(n_col - 1, floor(u + radius + 0.5))
                left = _profile_integral((first - 0.5 - u) / radius)
                for col in range(first, last + 1):
                    right = _profile_integral((col + 0.5 - u) / radius)
                    line[col] += value * a * b * (right - left)
                    left = right
            for col in range(n_col):
                out[angle, row, col] = line[col]


@njit(nogil=True, cache=True)
def _paint(table, heights, oversampling, out):
    n_slice, n_col, _ = out.shape
    axis = (n_col - 1) / 2
    sections = np.empty((table.shape[0], 7))
    image = np.empty((n_col, n_col))
    for z in range(n_slice):
        image[:] = 0
        for e in range(_cut(table, heights[z], sections)):
            x, y, a, b, value, cp, sp = sections[e]
            # The ellipse is A dx^2 + 2 B dx dy + C dy^2 <= 1, with A C - B^2 = 1 / (a b)^2.
            quad_a = (cp / a) ** 2 + (sp / b) ** 2
            quad_b = cp * sp * (1 / a**2 - 1 / b**2)
            reach = sqrt(quad_a) * a * b
            for iy in range(
                max(0, floor(y + axis - reach + 0.5)),
                min(n_col - 1, floor(y + axis + reach + 0.5)) + 1,
            ):
                for line in range(oversampling):
                    dy = iy - axis - 0.5 + (line + 0.5) / oversampling - y
                    square = quad_a - (dy / (a * b)) ** 2
                    if square <= 0:
                        continue
                    middle = x + axis - quad_b * dy / quad_a
                    half = sqrt(square) / quad_a
                    for ix in range(
                        max(0, floor(middle - half + 0.5)),
                        min(n_col - 1, floor(middle + half + 0.5)) + 1,
                    ):
                        covered = min(middle + half, ix + 0.5) - max(middle - half, ix - 0.5)
                        image[iy, ix] += value * covered / oversampling
        out[z] = image
