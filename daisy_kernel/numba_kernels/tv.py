"""Reconstruction with as few jumps as the projections allow: for few angles and much noise."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from daisy_kernel.numba_kernels import simd
from daisy_kernel.numba_kernels.image_stack import dense_rows
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
from daisy_kernel.numba_kernels.result_memory import results
from daisy_kernel.numba_kernels.total_variation import descend

_BALANCE = 10.0
"""How much longer the steps of the rays are than those of the pixels; any number converges, this
one soonest for noise and weights as they are common."""


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
    and TV the sum of sqrt(dx^2 + dy^2) over all pixels. E. Y. Sidky, J. H. Jorgensen and X. Pan,
    Phys. Med. Biol. 57, 3065 (2012), with the step sizes of T. Pock and A. Chambolle, ICCV 2011,
    1762: each ray and each pixel has its own, from the sums of the rows and columns of A. They
    depend on the geometry alone.
    """
    beam = ParallelBeam(sinograms, angles_rad, centre, "zero")
    require_positive(iterations=iterations)
    if not (isfinite(regularisation) and regularisation >= 0):
        raise ValueError(
            f"regularisation is {regularisation}; it must be zero or positive: give about the "
            "noise of the line integrals over the square root of the number of angles."
        )
    n_angle, n_row, n_col = beam.sinograms.shape
    measured, projected, dual = (lane_array(n_angle, n_col) for _ in range(3))
    images = [lane_array(n_col, n_col) for _ in range(5)]
    volume = results.empty(n_row, n_col, n_col)
    for rows, middle in rows_with_one_centre(beam):
        projector = Projector(beam.cosines, beam.sines, n_col, middle)
        steps = _step_sizes(projector, projected, images[0])
        side_by_side(dense_rows(beam.sinograms[:, rows]), measured)
        for zeros in (dual, *images):
            zeros[:] = 0
        for _ in range(iterations):
            _iterate(
                projector,
                measured,
                projected,
                dual,
                images,
                steps=steps,
                price=regularisation * n_angle,
                non_negative=non_negative,
            )
        one_by_one(images[0], np.moveaxis(volume[rows], 0, 1))
    return volume


def tv_scratch_bytes(n_angle: int, n_row: int, n_col: int) -> int:
    """Upper estimate of what `tv_reconstruct` needs beside sinograms and volume [bytes].

    Holds for every centre; bounded however many rows there are.
    """
    lanes = 3 * lane_bytes(n_angle, n_col) + 5 * lane_bytes(n_col, n_col)
    picked = 8 * n_angle * n_col * min(n_row, ROWS_PER_GROUP)
    steps = 4 * 4 * n_col * (n_angle + n_col)
    return lanes + max(picked, steps) + steps + projector_bytes(n_angle, n_col) + 2**20


def _step_sizes(
    projector: Projector, projections: NDArray[np.float32], slices: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Of the rays and of the pixels, flat; projections and slices are working memory."""
    slices[:] = 1
    projector.project(slices, projections)
    # Rays that hardly touch the slice need no long steps.
    ray_steps = _BALANCE / np.maximum(projections[..., 0].ravel(), 1)
    projections[:] = 1
    projector.back_project(projections, slices)
    # A pixel has four differences to others; together they weigh as much as the projections.
    pixel_steps = 1 / _BALANCE / (slices[..., 0].ravel() + projector.n_angle)
    return ray_steps.astype(np.float32), pixel_steps.astype(np.float32)


def _iterate(
    projector: Projector,
    measured: NDArray[np.float32],
    projected: NDArray[np.float32],
    dual: NDArray[np.float32],
    images: list[NDArray[np.float32]],
    *,
    steps: tuple[NDArray[np.float32], NDArray[np.float32]],
    price: float,
    non_negative: bool,
) -> None:
    """One step of the rays towards their residual, and one of the pixels."""
    best, ahead, gradient, jumps_x, jumps_y = images
    ray_steps, pixel_steps = steps
    projector.project(ahead, projected)
    _follow_residual(measured.reshape(-1), projected.reshape(-1), ray_steps, dual.reshape(-1))
    projector.back_project(dual, gradient)
    # The step of the differences times their scale, in units of the price: _BALANCE / 2 * scale
    # with the scale n_angle / 4 that `_step_sizes` reckons with.
    rate = _BALANCE * projector.n_angle / (8 * price) if price > 0 else 0.0
    descend(
        gradient.reshape(-1),
        pixel_steps,
        len(best),
        price,
        rate,
        non_negative,
        jumps_x.reshape(-1),
        jumps_y.reshape(-1),
        best.reshape(-1),
        ahead.reshape(-1),
    )


@njit(nogil=True, cache=True)
def _follow_residual(measured, projected, steps, dual):
    """Make the dual (dual + step * (projected - measured)) / (1 + step)."""
    for ray in range(len(steps)):
        i = ray * simd.LANES
        step = steps[ray]
        residual = simd.subtract(simd.load(projected, i), simd.load(measured, i))
        moved = simd.fma(simd.splat(step), residual, simd.load(dual, i))
        share = simd.splat(np.float32(1) / (np.float32(1) + step))
        simd.store(dual, i, simd.multiply(share, moved))
