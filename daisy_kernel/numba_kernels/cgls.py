"""CGLS: conjugate gradients for the least-squares problem of tomography."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from daisy_kernel.numba_kernels.image_stack import dense_rows
from daisy_kernel.numba_kernels.lane_sums import add_scaled, scale_and_add, squared_norms
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

_CONVERGED = 1e-13
"""Where the squared gradient has fallen to this part, all that is left is rounding."""


def cgls_reconstruct(
    sinograms: NDArray[Any],
    angles_rad: ArrayLike,
    centre: ArrayLike,
    *,
    iterations: int = 20,
) -> NDArray[np.float32]:
    """Slices of the sample that explain the projections best, in the fewest iterations.

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
        Ten are about as sharp as a hundred of `sirt_reconstruct`. Stop before the noise comes:
        with more iterations it is fitted as well.

    Returns
    -------
    volume : (n_row, n_col, n_col) [per pixel]
        ``volume[slice, y, x]`` in the geometry of `forward_project`. Nothing is masked, and
        negative values are possible. The bits of a slice do not depend on the other rows of the
        call, and a NaN stays in its slice.

    Raises
    ------
    ValueError
        If the shapes do not fit, an angle is not finite, a centre lies outside the detector or
        `iterations` is not positive.

    Notes
    -----
    A. Bjorck, *Numerical Methods for Least Squares Problems*, 1996, algorithm 7.4.1, from x = 0;
    A is that of `forward_project`. The residual |b - A x| never grows. Every slice has its own
    step sizes.
    """
    beam = ParallelBeam(sinograms, angles_rad, centre, "zero")
    require_positive(iterations=iterations)
    n_angle, n_row, n_col = beam.sinograms.shape
    residual, change = lane_array(n_angle, n_col), lane_array(n_angle, n_col)
    slices, gradient = lane_array(n_col, n_col), lane_array(n_col, n_col)
    direction = lane_array(n_col, n_col)
    volume = results.empty(n_row, n_col, n_col)
    for rows, middle in rows_with_one_centre(beam):
        projector = Projector(beam.cosines, beam.sines, n_col, middle)
        side_by_side(dense_rows(beam.sinograms[:, rows]), residual)
        slices[:] = 0
        projector.back_project(residual, gradient)
        direction[:] = gradient
        power = squared_norms(gradient.reshape(-1))
        least = _CONVERGED * power
        for _ in range(iterations):
            projector.project(direction, change)
            step = _ratio(power, squared_norms(change.reshape(-1)), power > least)
            add_scaled(direction.reshape(-1), step, slices.reshape(-1))
            add_scaled(change.reshape(-1), -step, residual.reshape(-1))
            projector.back_project(residual, gradient)
            new_power = squared_norms(gradient.reshape(-1))
            turn = _ratio(new_power, power, power > least)
            scale_and_add(gradient.reshape(-1), turn, direction.reshape(-1))
            power = new_power
        one_by_one(slices, np.moveaxis(volume[rows], 0, 1))
    return volume


def cgls_scratch_bytes(n_angle: int, n_row: int, n_col: int) -> int:
    """Upper estimate of what `cgls_reconstruct` needs beside sinograms and volume [bytes].

    Holds for every centre; bounded however many rows there are.
    """
    lanes = 2 * lane_bytes(n_angle, n_col) + 3 * lane_bytes(n_col, n_col)
    picked = 8 * n_angle * n_col * min(n_row, ROWS_PER_GROUP)
    return lanes + picked + projector_bytes(n_angle, n_col) + 2**20


def _ratio(
    numerators: NDArray[np.float64], denominators: NDArray[np.float64], is_active: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Numerator over denominator in each lane, zero in those that are done; NaN stays NaN."""
    ratios = np.zeros(len(numerators))
    is_bad = ~np.isfinite(numerators) | ~np.isfinite(denominators)
    np.divide(numerators, denominators, out=ratios, where=is_active & (denominators > 0) & ~is_bad)
    ratios[is_bad] = np.nan
    return ratios.astype(np.float32)
