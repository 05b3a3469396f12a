"""Reconstruction by filtered back-projection: plain, robust, the yardstick for the others."""

from __future__ import annotations

from math import ceil, sqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from daisy_kernel.numba_kernels.back_projection import back_project_slice, back_project_slices
from daisy_kernel.numba_kernels.filters import FilterName
from daisy_kernel.numba_kernels.parallel_beam import FEWEST_TOGETHER, ParallelBeam
from daisy_kernel.numba_kernels.projection_pairs import (
    ANGLES_AT_ONCE,
    ProjectionPairs,
    pairs_scratch_bytes,
    round_up,
)
from daisy_kernel.numba_kernels.result_memory import results
from daisy_kernel.numba_kernels.scratch import scratch
from daisy_kernel.numba_kernels.simd import LANES
from daisy_kernel.numba_kernels.slices_out import write_slices
from daisy_kernel.numba_kernels.spectrum import Padding, axis_response, longest_padded_length


def fbp_reconstruct(
    sinograms: NDArray[Any],
    angles_rad: ArrayLike,
    centre: ArrayLike,
    *,
    filter_name: FilterName = "shepp",
    padding: Padding = "edge",
) -> NDArray[np.float32]:
    """Slices of the sample from its line integrals, by filtered back-projection.

    Parameters
    ----------
    sinograms : (n_angle, n_row, n_col) [1]
        Line integrals of the attenuation, as `minus_log` gives them; any real type.
    angles_rad : (n_angle,) [rad]
        In any order. Every projection counts pi / n_angle, which is right where the angles are
        spread evenly over half a turn or a whole number of half turns.
    centre : scalar or (n_row,) [column]
        Column on which the rotation axis projects; pixel centres lie on integers.
    filter_name
        See `reconstruction_filter`.
    padding
        What stands beyond the detector: the "edge" value of each row, right where the sample
        sticks out of the field of view, or "zero".

    Returns
    -------
    volume : (n_row, n_col, n_col) [per pixel]
        ``volume[slice, y, x]`` with the rotation axis at a = (n_col - 1) / 2 in x and y; a point
        projects on the column (x - a) cos(angle) - (y - a) sin(angle) + centre. Nothing is masked;
        outside the inscribed circle some projections miss the pixel and what stands there is a
        guess. The bits of a slice do not depend on the other rows of the call, and a NaN stays in
        its slice.

    Raises
    ------
    ValueError
        If the shapes do not fit, an angle is not finite, a centre lies outside the detector or a
        name is not known.

    Notes
    -----
    Kak and Slaney, *Principles of Computerized Tomographic Imaging*, 1988, section 3.3: each
    projection is filtered in Fourier space, where it is also shifted so that all rows have the
    axis at the same place, and smeared back over the slice with linear interpolation. Sixteen
    rows share every position.
    """
    beam = ParallelBeam(sinograms, angles_rad, centre, padding)
    n_angle, n_row, n_col = beam.sinograms.shape
    volume = results.empty(n_row, n_col, n_col)
    # The axis comes to lie between samples as it lies between pixels, so that the projection
    # along x, or along y, is not interpolated at all.
    half_pixel = 0.5 * (1 - n_col % 2)
    for rows, n_sample in beam.groups(LANES):
        centres = beam.centres[rows] - half_pixel
        response = axis_response(filter_name, n_sample, n_angle, centres)
        pairs = ProjectionPairs(beam.sinograms[:, rows], response, padding)
        slices = _back_projected(beam, pairs)
        write_slices(slices, pairs.n_slice, volume[rows])
    scratch.trim()
    return volume


def fbp_scratch_bytes(n_angle: int, n_row: int, n_col: int) -> int:
    """Upper estimate of what `fbp_reconstruct` needs beside sinograms and volume [bytes].

    Holds for every centre; bounded however many rows there are.
    """
    n_sample = longest_padded_length(n_col)
    n_slice = LANES if n_row >= FEWEST_TOGETHER else 1
    slices = n_col * (n_col + LANES) * n_slice
    filtered = ANGLES_AT_ONCE * (2 * _reach(n_col) + LANES) * n_slice
    cut = 2 * (2 * _reach(n_col) + LANES) * LANES
    return 4 * (slices + filtered + cut) + pairs_scratch_bytes(n_slice, n_col, n_sample) + 2**20


def _back_projected(beam: ParallelBeam, pairs: ProjectionPairs) -> NDArray[np.float32]:
    """Slices, flat: (n_col, n_col rounded up to whole vectors, n_slice)."""
    n_angle, _, n_col = beam.sinograms.shape
    slices = scratch.floats("slices", n_col * round_up(n_col, LANES) * pairs.n_slice)
    slices[:] = 0
    reach = _reach(n_col)
    n_float = pairs.filtered_floats(reach)
    # Sixteen pixels look at up to two vectors of samples from the first one on.
    filtered = scratch.floats("filtered", ANGLES_AT_ONCE * n_float + 2 * LANES)
    middle = reach + 0.5 * (1 - n_col % 2)
    add_to = back_project_slice if pairs.n_slice == 1 else back_project_slices
    for start in range(0, n_angle, ANGLES_AT_ONCE):
        angles = np.arange(start, min(start + ANGLES_AT_ONCE, n_angle))
        pairs.filtered(angles, reach, filtered)
        add_to(
            filtered,
            n_float // pairs.n_slice,
            len(angles),
            beam.cosines[angles],
            beam.sines[angles],
            middle,
            n_col,
            slices,
        )
    return slices


def _reach(n_col: int) -> int:
    """Samples on each side of the axis that the corners of a slice ask for.

    Pixels are treated in whole vectors, so that some lie beyond the right edge.
    """
    return ceil(sqrt((n_col / 2) ** 2 + (n_col / 2 + LANES) ** 2)) + 2
