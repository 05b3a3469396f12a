"""SART with ordered subsets, of which SIRT is the case of a single one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from daisy_kernel.numba_kernels.image_stack import dense_rows
from daisy_kernel.numba_kernels.lane_sums import add_weighted, subtract_weighted
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

_LEAST_SUM = 1e-3
"""Rays and pixels whose weights sum to less [pixels] take no part: noise is all they could add."""


def os_sart_reconstruct(
    sinograms: NDArray[Any],
    angles_rad: ArrayLike,
    centre: ArrayLike,
    *,
    iterations: int = 10,
    subsets: int = 10,
    non_negative: bool = False,
) -> NDArray[np.float32]:
    """Slices of the sample by SART with ordered subsets: about `subsets` times faster than SIRT.

    Parameters
    ----------
    sinograms : (n_angle, n_row, n_col) [1]
        Line integrals of the attenuation, as `minus_log` gives them; any real type.
    angles_rad : (n_angle,) [rad]
        Any angles in any order: golden, limited, repeated.
    centre : scalar or (n_row,) [column]
        As for `sirt_reconstruct`.
    iterations
        How often each projection is used. More are sharper and noisier.
    subsets
        Number of parts into which the projections are divided, each spread evenly over all
        directions; one step is made for each. At most one per projection (then it is SART). With
        noisy projections many subsets do not settle but wander within the noise.
    non_negative
        Set negative pixels to zero after each step.

    Returns
    -------
    volume : (n_row, n_col, n_col) [per pixel]
        As `sirt_reconstruct`.

    Raises
    ------
    ValueError
        As `sirt_reconstruct`, and if `subsets` is not positive.

    Notes
    -----
    G. Wang and M. Jiang, "Ordered-subset simultaneous algebraic reconstruction techniques
    (OS-SART)", J. X-Ray Sci. Technol. 12, 169 (2004): the step of `sirt_reconstruct` for one
    subset after the other. Each follows the one whose directions lie farthest from its own.
    """
    beam = ParallelBeam(sinograms, angles_rad, centre, "zero")
    require_positive(iterations=iterations, subsets=subsets)
    _, n_row, n_col = beam.sinograms.shape
    parts = _subsets(beam, subsets)
    projections = [lane_array(len(part), n_col) for part in parts]
    residual = lane_array(max(map(len, parts)), n_col)
    slices, gradient = lane_array(n_col, n_col), lane_array(n_col, n_col)
    volume = results.empty(n_row, n_col, n_col)
    steps: list[_Step] = []
    known_centre = None
    for rows, middle in rows_with_one_centre(beam):
        if middle != known_centre:
            steps = [
                _Step(
                    Projector(beam.cosines[part], beam.sines[part], n_col, middle),
                    slices,
                    residual[: len(part)],
                )
                for part in parts
            ]
            known_centre = middle
        for part, measured in zip(parts, projections, strict=True):
            side_by_side(dense_rows(beam.sinograms[part, rows]), measured)
        slices[:] = 0
        for _ in range(iterations):
            for step, measured in zip(steps, projections, strict=True):
                step.take(measured, residual, gradient, non_negative, slices)
        one_by_one(slices, np.moveaxis(volume[rows], 0, 1))
    return volume


def os_sart_scratch_bytes(n_angle: int, n_row: int, n_col: int, *, subsets: int = 10) -> int:
    """Upper estimate of what `os_sart_reconstruct` needs beside sinograms and volume [bytes].

    Holds for every centre; bounded however many rows there are.
    """
    n_subset = max(1, min(subsets, n_angle))
    longest = -(-n_angle // n_subset)
    lanes = lane_bytes(n_angle, n_col) + lane_bytes(longest, n_col) + 2 * lane_bytes(n_col, n_col)
    weights = 4 * n_col * (n_angle + n_subset * n_col)
    # Picked projections and numbers of any type, before they lie side by side.
    picked = 8 * longest * n_col * min(n_row, ROWS_PER_GROUP)
    computing_weights = 3 * 4 * n_col * max(n_col, longest)
    projectors = n_subset * projector_bytes(longest, n_col)
    return lanes + weights + max(picked, computing_weights) + projectors + 2**20


class _Step:
    """One subset of the projections, with the weights of its rays and of the pixels."""

    def __init__(
        self, projector: Projector, slices: NDArray[np.float32], residual: NDArray[np.float32]
    ):
        """`slices` and `residual` are working memory."""
        self._projector = projector
        slices[:] = 1
        projector.project(slices, residual)
        self._ray_weights = _one_over(residual)
        residual[:] = 1
        projector.back_project(residual, slices)
        self._pixel_weights = _one_over(slices)

    def take(
        self,
        measured: NDArray[np.float32],
        residual: NDArray[np.float32],
        gradient: NDArray[np.float32],
        non_negative: bool,
        slices: NDArray[np.float32],
    ) -> None:
        """Bring the slices nearer to the measured projections."""
        own = residual[: self._projector.n_angle]
        self._projector.project(slices, own)
        subtract_weighted(measured.reshape(-1), self._ray_weights, own.reshape(-1))
        self._projector.back_project(own, gradient)
        flat = slices.reshape(-1)
        add_weighted(gradient.reshape(-1), self._pixel_weights, non_negative, flat)


def _one_over(sums: NDArray[np.float32]) -> NDArray[np.float32]:
    """Flat; of the first lane, because all are the same; zero where the sum is next to nothing."""
    first = sums[..., 0].ravel()
    weights = np.zeros_like(first)
    np.divide(1, first, out=weights, where=first > _LEAST_SUM)
    return weights


def _subsets(beam: ParallelBeam, subsets: int) -> list[NDArray[np.intp]]:
    """Numbers of the projections in each subset, in the order in which they are used."""
    # A projection half a turn away shows the same, so directions count modulo pi.
    directions = np.arctan2(beam.sines, beam.cosines) % np.pi
    in_order = np.argsort(directions, kind="stable")
    n_subset = min(subsets, len(in_order))
    # Multiples of the golden section modulo 1 spread evenly, however many there are.
    golden = (np.arange(n_subset) * (np.sqrt(5) - 1) / 2) % 1
    sequence = np.argsort(np.argsort(golden))
    return [np.sort(in_order[first::n_subset]) for first in sequence]
