"""Reconstruction by filtered back-projection: plain, robust, the yardstick for the others."""

from __future__ import annotations

from math import ceil, sqrt
from typing import Any

import numpy as np
import scipy.fft
from numba import njit
from numpy.typing import ArrayLike, NDArray

from daisy_kernel.numba_kernels.filters import FilterName
from daisy_kernel.numba_kernels.parallel_beam import ROWS_PER_GROUP, ParallelBeam
from daisy_kernel.numba_kernels.spectrum import (
    ANGLES_AT_ONCE,
    Padding,
    axis_response,
    filter_spectra,
    longest_padded_length,
    projection_spectra,
    spectra_bytes,
)

_LANES = ROWS_PER_GROUP
_ANGLES_PER_VISIT = 4


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
    rows share every position; a group with fewer rows takes as long as a full one.
    """
    beam = ParallelBeam(sinograms, angles_rad, centre, padding)
    n_angle, n_row, n_col = beam.sinograms.shape
    filtered = np.zeros((ANGLES_AT_ONCE, 2 * _reach(n_col), _LANES), np.float32)
    slices = np.empty((n_col, n_col, _LANES), np.float32)
    volume = np.empty((n_row, n_col, n_col), np.float32)
    # The axis comes to lie between samples as it lies between pixels, so that the projection
    # along x, or along y, is not interpolated at all.
    half_pixel = 0.5 * (1 - n_col % 2)
    for rows, n_sample in beam.groups(_LANES):
        centres = beam.centres[rows] - half_pixel
        response = axis_response(filter_name, n_sample, n_angle, centres)
        slices[:] = 0
        for start in range(0, n_angle, ANGLES_AT_ONCE):
            angles = slice(start, start + ANGLES_AT_ONCE)
            spectra = projection_spectra(beam.sinograms[angles, rows], n_sample, padding)
            filter_spectra(spectra, response, spectra)
            # The forward norm leaves out 1 / n_sample, which the response brings.
            projections = scipy.fft.irfft(spectra, n_sample, axis=2, norm="forward")
            _around_axis(projections, filtered)
            _back_project(filtered, beam.cosines[angles], beam.sines[angles], slices)
        volume[rows] = np.moveaxis(slices, 2, 0)[: rows.stop - rows.start]
    return volume


def fbp_scratch_bytes(n_angle: int, n_row: int, n_col: int) -> int:
    """Upper estimate of what `fbp_reconstruct` needs beside sinograms and volume [bytes].

    Holds for every centre; bounded however many rows there are.
    """
    n_sample = longest_padded_length(n_col)
    n_lane = min(_LANES, n_row)
    slices = n_col**2 * _LANES * 4
    filtered = ANGLES_AT_ONCE * 2 * _reach(n_col) * _LANES * 4
    projections = ANGLES_AT_ONCE * n_lane * n_sample * 4
    return slices + filtered + projections + spectra_bytes(n_angle, n_lane, n_sample) + 2**20


def _reach(n_col: int) -> int:
    """Samples on each side of the axis that the corners of a slice ask for."""
    return ceil(n_col / sqrt(2)) + 2


@njit(nogil=True, cache=True)
def _around_axis(projections, out):
    """Periodic projections with the axis at sample 0 or 1/2, cut out around it, rows innermost.

    projections (n_angle, n_row, n_sample), out (ANGLES_AT_ONCE, 2 reach, lanes); what is left over
    in `out` becomes zero.
    """
    n_angle, n_row, n_sample = projections.shape
    out[:] = 0
    reach = out.shape[1] // 2
    for angle in range(min(n_angle, len(out))):
        for row in range(n_row):
            for position in range(2 * reach):
                source = (position - reach) % n_sample
                out[angle, position, row] = projections[angle, row, source]


@njit(nogil=True, cache=True)
def _back_project(projections, cosines, sines, out):
    """Add projections (n_angle, 2 reach, lanes) to slices (n_col, n_col, lanes)."""
    n_col = len(out)
    axis = (n_col - 1) / 2
    middle = projections.shape[1] // 2 + axis % 1
    position = np.empty(_ANGLES_PER_VISIT)
    step = np.empty(_ANGLES_PER_VISIT)
    for y in range(n_col):
        for first in range(0, len(cosines), _ANGLES_PER_VISIT):
            # Beyond the last angle the projections are zero.
            for i in range(_ANGLES_PER_VISIT):
                angle = first + i
                known = angle < len(cosines)
                step[i] = cosines[angle] if known else 0.0
                sine = sines[angle] if known else 0.0
                position[i] = middle - axis * step[i] - (y - axis) * sine
            _add_four(projections[first : first + _ANGLES_PER_VISIT], position, step, out[y])


@njit(nogil=True, cache=True)
def _add_four(projections, position, step, out):
    """Add four projections to one line of pixels: one visit of each pixel instead of four.

    Measured 3 times faster than one projection at a time, because the compiler then has enough
    work between two looks at `out`.
    """
    one, two, three, four = projections[0], projections[1], projections[2], projections[3]
    n_lane = _LANES  # a constant, so that the compiler knows how many vectors a pixel has
    for x in range(len(out)):
        i, u = _split(position[0] + x * step[0])
        j, v = _split(position[1] + x * step[1])
        k, w = _split(position[2] + x * step[2])
        m, z = _split(position[3] + x * step[3])
        for lane in range(n_lane):
            out[x, lane] += (
                (one[i, lane] + u * (one[i + 1, lane] - one[i, lane]))
                + (two[j, lane] + v * (two[j + 1, lane] - two[j, lane]))
            ) + (
                (three[k, lane] + w * (three[k + 1, lane] - three[k, lane]))
                + (four[m, lane] + z * (four[m + 1, lane] - four[m, lane]))
            )


@njit(nogil=True, cache=True)
def _split(position):
    """Sample before a position and the way from there to the next."""
    sample = int(position)
    return sample, np.float32(position - sample)
