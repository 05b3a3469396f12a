"""Reconstruction with as few jumps as the projections allow: for few angles and much noise."""

from __future__ import annotations

from math import isfinite, sqrt
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from daisy_kernel.numba_kernels import simd
from daisy_kernel.numba_kernels.image_stack import dense_rows
from daisy_kernel.numba_kernels.lane_sums import subtract_from
from daisy_kernel.numba_kernels.parallel_beam import ROWS_PER_GROUP, ParallelBeam
from daisy_kernel.numba_kernels.projector import (
    Projector,
    lane_array,
    lane_bytes,
    one_by_one,
    projector_bytes,
    require_positive,
    rows_with_one_centre,
    side_by_side,
)
from daisy_kernel.numba_kernels.total_variation import total_variation_step

_SWEEPS = 5
"""Of each proximal step, which goes on from where the one before ended."""


def tv_reconstruct(
    sinograms: NDArray[Any],
    angles_rad: ArrayLike,
    centre: ArrayLike,
    *,
    iterations: int = 100,
    regularisation: float = 0.002,
    non_negative: bool = False,
) -> NDArray[np.float32]:
    """Slices of the sample, smooth but for sharp edges, by total variation.

    Parameters
    ----------
    sinograms : (n_angle, n_row, n_col) [1]
        Line integrals of the attenuation, as `minus_log` gives them; any real type.
    angles_rad : (n_angle,) [rad]
        Any angles in any order: golden, limited, repeated.
    centre : scalar or (n_row,) [column]
        Column on which the rotation axis projects; pixel centres lie on integers.
        Rounded to 1/32 pixel.
    iterations
        Until the image stays as it is, some fifty to two hundred.
    regularisation : [1]
        What a jump in the image must explain of the line integrals, on the average over all angles.
        The noise of the line integrals divided by the square root of the number of angles is a good
        start: more is smoother. Zero is plain least squares.
    non_negative
        Look for the best image without negative pixels.

    Returns
    -------
    volume : (n_row, n_col, n_col) [per pixel]
        ``volume[slice, y, x]`` in the geometry of `forward_project`. Nothing is masked. The bits
        of a slice do not depend on the other rows of the call, and a NaN stays in its slice.

    Raises
    ------
    ValueError
        If the shapes do not fit, an angle is not finite, a centre lies outside the detector,
        `iterations` is not positive or `regularisation` is negative.

    Notes
    -----
    The minimum of |A x - b|^2 / (2 n_angle) + regularisation * TV(x), with A of `forward_project`
    and TV the sum of sqrt(dx^2 + dy^2) over all pixels, by FISTA: A. Beck and M. Teboulle, SIAM J.
    Imaging Sci. 2, 183 (2009). The step is one over the largest row sum times the largest column
    sum of A, which depends on the geometry alone.
    """
    beam = ParallelBeam(sinograms, angles_rad, centre, "zero")
    require_positive(iterations=iterations)
    if not (isfinite(regularisation) and regularisation >= 0):
        raise ValueError(
            f"regularisation is {regularisation}; it must be zero or positive: give about the "
            "noise of the line integrals over the square root of the number of angles."
        )
    n_angle, n_row, n_col = beam.sinograms.shape
    measured, residual = lane_array(n_angle, n_col), lane_array(n_angle, n_col)
    images = [lane_array(n_col, n_col) for _ in range(5)]
    volume = np.empty((n_row, n_col, n_col), np.float32)
    for rows, middle in rows_with_one_centre(beam):
        projector = Projector(beam.cosines, beam.sines, n_col, middle)
        step = _step_size(projector, images[0], residual)
        side_by_side(dense_rows(beam.sinograms[:, rows]), measured)
        for image in images:
            image[:] = 0
        _minimise(
            projector,
            measured,
            residual,
            [image.reshape(-1) for image in images],
            step=step,
            weight=regularisation * n_angle * step,
            iterations=iterations,
            non_negative=non_negative,
        )
        one_by_one(images[0], np.moveaxis(volume[rows], 0, 1))
    return volume


def tv_scratch_bytes(n_angle: int, n_row: int, n_col: int) -> int:
    """Upper estimate of what `tv_reconstruct` needs beside sinograms and volume [bytes].

    Holds for every centre; bounded however many rows there are.
    """
    lanes = 2 * lane_bytes(n_angle, n_col) + 5 * lane_bytes(n_col, n_col)
    picked = 8 * n_angle * n_col * min(n_row, ROWS_PER_GROUP)
    return lanes + picked + projector_bytes(n_angle, n_col) + 2**20


def _step_size(
    projector: Projector, slices: NDArray[np.float32], projections: NDArray[np.float32]
) -> float:
    """One over a bound of |A|^2; slices and projections are working memory."""
    slices[:] = 1
    projector.project(slices, projections)
    longest_ray = float(projections.max())
    projections[:] = 1
    projector.back_project(projections, slices)
    return 1 / (longest_ray * float(slices.max()))


def _minimise(
    projector: Projector,
    measured: NDArray[np.float32],
    residual: NDArray[np.float32],
    images: list[NDArray[np.float32]],
    *,
    step: float,
    weight: float,
    iterations: int,
    non_negative: bool,
) -> None:
    """FISTA from zero; the result is in the first of the five flat images."""
    best, ahead, descended, jumps_x, jumps_y = images
    n_col = measured.shape[1]
    momentum = 1.0
    for _ in range(iterations):
        projector.project(ahead, residual)
        subtract_from(measured.reshape(-1), residual.reshape(-1))
        projector.back_project(residual, descended)
        descended *= np.float32(step)
        descended += ahead
        total_variation_step(
            descended, n_col, weight, _SWEEPS, non_negative, jumps_x, jumps_y, ahead
        )
        following = (1 + sqrt(1 + 4 * momentum**2)) / 2
        _go_ahead(np.float32((momentum - 1) / following), best, ahead)
        momentum = following


@njit(nogil=True, cache=True)
def _go_ahead(share, best, ahead):
    """`ahead` holds the new image: it becomes the best, and `ahead` goes on in its direction."""
    factor = simd.splat(share)
    for i in range(0, len(best), simd.LANES):
        new = simd.load(ahead, i)
        change = simd.subtract(new, simd.load(best, i))
        simd.store(best, i, new)
        simd.store(ahead, i, simd.fma(factor, change, new))
