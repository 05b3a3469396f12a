"""Forward projection and its exact adjoint: what iterative reconstruction is made of."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from daisy_kernel.numba_kernels import ray_tiles
from daisy_kernel.numba_kernels.image_stack import dense_rows, image_stack
from daisy_kernel.numba_kernels.parallel_beam import ROWS_PER_GROUP, ParallelBeam
from daisy_kernel.numba_kernels.result_memory import results
from daisy_kernel.numba_kernels.simd import LANES

CENTRES_PER_PIXEL = 32
"""The centre is rounded to this part of a pixel, finer than a centre is ever known, so that
neighbouring rows of a tilted axis can share the weights of their rays."""


class Projector:
    """Line integrals through sixteen slices that share the geometry, and the adjoint.

    Slices are (n_col, n_col, LANES), projections (n_angle, n_col, LANES), both as `lane_array`
    makes them. An instance holds buffers: one thread at a time.

    Parameters
    ----------
    cosines, sines : (n_angle,)
        Of the angles.
    n_col
        Width of the detector and of the slices [pixels].
    centre
        Column on which the rotation axis projects.
    """

    def __init__(
        self, cosines: NDArray[np.float64], sines: NDArray[np.float64], n_col: int, centre: float
    ):
        number = np.arange(len(cosines))
        steep = np.abs(cosines) >= np.abs(sines)
        self._down = np.stack((number, cosines, sines), axis=1)[steep]
        self._across = np.stack((number, -sines, -cosines), axis=1)[~steep]
        self._n_col, self._centre = n_col, float(centre)
        self._tile = lane_array(ray_tiles.tile_size(n_col) // LANES)
        self._window = lane_array(ray_tiles.window_size() // LANES)
        self.n_angle = len(cosines)

    def project(self, slices: NDArray[np.float32], out: NDArray[np.float32]) -> None:
        """Line integrals of the slices."""
        out[:] = 0
        rays = (self._down, self._across, self._centre)
        ray_tiles.project(slices.reshape(-1), self._n_col, *rays, self._tile, out.reshape(-1))

    def back_project(self, projections: NDArray[np.float32], out: NDArray[np.float32]) -> None:
        """Adjoint of `project`: each pixel gets what its rays show, with the same weights."""
        rays = (self._down, self._across, self._centre)
        buffers = (self._tile, self._window)
        flat = projections.reshape(-1)
        ray_tiles.back_project(flat, self._n_col, *rays, *buffers, out.reshape(-1))


def projector_bytes(n_angle: int, n_col: int) -> int:
    """Upper estimate of what a `Projector` holds [bytes]."""
    buffers = ray_tiles.tile_size(n_col) + ray_tiles.window_size()
    return 4 * buffers + 9 * 8 * n_angle + 2**17


def lane_array(*shape: int) -> NDArray[np.float32]:
    """Zeros (*shape, LANES), each vector in one cache line."""
    line = 4 * LANES
    n_byte = line * int(np.prod(shape))
    memory = np.zeros(n_byte + line, np.uint8)
    start = -memory.ctypes.data % line
    return memory[start : start + n_byte].view(np.float32).reshape(*shape, LANES)


def lane_bytes(*shape: int) -> int:
    """What `lane_array` takes [bytes]."""
    return 4 * LANES * (int(np.prod(shape)) + 1)


def rows_with_one_centre(beam: ParallelBeam) -> Iterator[tuple[slice, float]]:
    """Rows to work on together, at most LANES, and their centre (see `CENTRES_PER_PIXEL`)."""
    rounded = np.rint(beam.centres * CENTRES_PER_PIXEL) / CENTRES_PER_PIXEL
    start = 0
    for centre, same in groupby(rounded):
        stop = start + len(list(same))
        for first in range(start, stop, ROWS_PER_GROUP):
            yield slice(first, min(first + ROWS_PER_GROUP, stop)), float(centre)
        start = stop


def require_positive(**numbers: int) -> None:
    """Raise a `ValueError` that names the first number that is not a positive integer."""
    for name, number in numbers.items():
        if isinstance(number, bool) or number != int(number) or number < 1:
            raise ValueError(f"{name} is {number}; it must be a positive integer: give 1 or more.")


def forward_project(
    volume: NDArray[Any], angles_rad: ArrayLike, centre: ArrayLike
) -> NDArray[np.float32]:
    """Line integrals through slices, as a scan would measure them.

    Parameters
    ----------
    volume : (n_row, n_col, n_col) [per pixel]
        ``volume[slice, y, x]``; any real type.
    angles_rad : (n_angle,) [rad]
        Any angles in any order.
    centre : scalar or (n_row,) [column]
        Column on which the rotation axis projects; pixel centres lie on integers.
        Rounded to 1/32 pixel.

    Returns
    -------
    line_integrals : (n_angle, n_row, n_col) [1]
        The bits of a row do not depend on the other slices, and a NaN stays in its row.

    Raises
    ------
    ValueError
        If the slices are not square, an angle is not finite or a centre lies outside the detector.

    Notes
    -----
    P. M. Joseph, "An improved algorithm for reprojecting rays through pixel images", IEEE Trans.
    Med. Imaging 1, 192 (1982): a ray takes one sample per row that it crosses (per column, where
    it is closer to the rows), interpolated linearly between two pixels, times the length of its
    path to the next. A point (x, y) projects on the column (x - a) cos(angle) - (y - a) sin(angle)
    + centre with a = (n_col - 1) / 2; outside the slice is nothing.
    """
    volume = image_stack("slices", volume, ("n_row", "y", "x"))
    n_row, n_y, n_col = volume.shape
    if n_y != n_col:
        raise ValueError(
            f"The slices have {n_y} x {n_col} pixels but must be square: pad them with zeros, the "
            "rotation axis in the middle."
        )
    n_angle = np.size(angles_rad)
    # An array without memory: of the projections only the shape is known as yet.
    shape_only = np.broadcast_to(np.float32(0), (n_angle, n_row, n_col))
    beam = ParallelBeam(shape_only, angles_rad, centre, "zero")
    line_integrals = results.empty(*shape_only.shape)
    slices, projections = lane_array(n_col, n_col), lane_array(n_angle, n_col)
    for rows, middle in rows_with_one_centre(beam):
        side_by_side(dense_rows(np.moveaxis(volume[rows], 0, 1)), slices)
        Projector(beam.cosines, beam.sines, n_col, middle).project(slices, projections)
        one_by_one(projections, line_integrals[:, rows])
    return line_integrals


def back_project(
    sinograms: NDArray[Any], angles_rad: ArrayLike, centre: ArrayLike
) -> NDArray[np.float32]:
    """Smear projections back over slices, unfiltered: the exact adjoint of `forward_project`.

    Parameters
    ----------
    sinograms : (n_angle, n_row, n_col)
        Any real type.
    angles_rad : (n_angle,) [rad]
        Any angles in any order.
    centre : scalar or (n_row,) [column]
        As for `forward_project`.

    Returns
    -------
    volume : (n_row, n_col, n_col)
        Sums over all projections, not means. The bits of a slice do not depend on the other rows,
        and a NaN stays in its slice.

    Raises
    ------
    ValueError
        If the shapes do not fit, an angle is not finite or a centre lies outside the detector.
    """
    beam = ParallelBeam(sinograms, angles_rad, centre, "zero")
    n_angle, n_row, n_col = beam.sinograms.shape
    volume = results.empty(n_row, n_col, n_col)
    slices, projections = lane_array(n_col, n_col), lane_array(n_angle, n_col)
    for rows, middle in rows_with_one_centre(beam):
        side_by_side(dense_rows(beam.sinograms[:, rows]), projections)
        Projector(beam.cosines, beam.sines, n_col, middle).back_project(projections, slices)
        one_by_one(slices, np.moveaxis(volume[rows], 0, 1))
    return volume


@njit(nogil=True, cache=True)
def side_by_side(images, out):
    """Put the numbers of several rows side by side: (n, n_row, m) to (n, m, LANES).

    Lanes without a row become zero.
    """
    n, n_row, m = images.shape
    for i in range(n):
        for j in range(m):
            for row in range(n_row):
                out[i, j, row] = images[i, row, j]
            for lane in range(n_row, LANES):
                out[i, j, lane] = 0


@njit(nogil=True, cache=True)
def one_by_one(numbers, out):
    """The reverse of `side_by_side`: (n, m, LANES) to (n, n_row, m)."""
    n, n_row, m = out.shape
    for i in range(n):
        for row in range(n_row):
            for j in range(m):
                out[i, row, j] = numbers[i, j, row]
