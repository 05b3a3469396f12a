"""Flat-field correction with a beam that changes its profile during the scan."""

from __future__ import annotations

from math import log, sqrt
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from daisy_kernel.numba_kernels.flat_field import BeamImages, DeadPixels
from daisy_kernel.numba_kernels.image_stack import dense_rows, image_stack
from daisy_kernel.numba_kernels.result_memory import results

_STRIP = 16
"""Pixels averaged across the direction of a difference, because noise is not what varies."""
_ROUNDS = 30
_SETTLED = 1e-5
_WIDEST = 5.0
"""Weights [standard deviations among the flats] end here: a sample may look like the beam."""
_DIMMEST = 0.05
"""Least share of the mean beam that is left."""
_ROUND_BELOW = 0.05


def dynamic_flat_field(
    projections: NDArray[Any],
    flats: NDArray[Any],
    darks: NDArray[Any] | None,
    eigen_flats: NDArray[np.float32],
    *,
    dead_pixels: DeadPixels = "median",
) -> NDArray[np.float32]:
    """Transmission of the sample, each projection with the beam of its own moment.

    Parameters
    ----------
    projections : (n_angle, n_row, n_col) [counts]
        Each is treated alone.
    flats : (n_flat, n_row, n_col) [counts]
    darks : (n_dark, n_row, n_col) [counts] or None
    eigen_flats : (n_component, n_row, n_col) [counts]
        As `eigen_flats` finds them in the same flats; those that are all zero do not count.
    dead_pixels
        See `flat_field`.

    Returns
    -------
    transmission : (n_angle, n_row, n_col) [1]
        To the last bit that of `flat_field` where no component counts.

    Raises
    ------
    ValueError
        Where `flat_field` would, and if the eigen flats do not fit or are not finite.

    Notes
    -----
    T = (I - D) / (F - D + sum of w_k U_k). As in the article that `eigen_flats` names, the weights
    w of a projection are those that give T the least total variation. Here the differences are
    between neighbouring strips, 1 x 16 pixels along columns and 16 x 1 along rows, which keeps
    fine bands of the beam and averages noise; each is the difference of ln T times T, so that the
    beam's brightness does not matter; and the sum of their absolute values is made least by
    reweighted least squares. Weights are kept within 5 standard deviations of those of the flats,
    and the beam above a twentieth of its mean.
    """
    projections = image_stack("projections", projections, ("n_angle", "n_row", "n_col"))
    means = BeamImages(flats, darks, dead_pixels, projections.shape[1:])
    shapes = image_stack("eigen_flats", eigen_flats, ("n_component", "n_row", "n_col"))
    if shapes.shape[1:] != means.beam.shape or not np.isfinite(shapes).all():
        raise ValueError(
            f"eigen_flats have shape {shapes.shape} and {np.count_nonzero(~np.isfinite(shapes))} "
            f"values that are not finite; expected {means.beam.shape} pixels as in the flats: find "
            "them anew in these flats."
        )
    shapes = np.ascontiguousarray(shapes[shapes.any(axis=(1, 2))], np.float32)
    corrected = results.empty(*projections.shape)
    if not len(shapes):
        means.correct(projections, (1 / means.beam).astype(np.float32), None, corrected)
        return corrected
    no_dark = np.zeros_like(means.dark)
    known = _strips(np.concatenate([means.beam[np.newaxis], shapes]), no_dark, means.dead)
    gain = np.empty(means.beam.shape, np.float32)
    n_row, n_col = means.beam.shape
    for angle in range(len(projections)):
        one = slice(angle, angle + 1)
        seen = _strips(dense_rows(projections[one]), means.dark, means.dead)[0]
        weights = np.zeros(len(shapes))
        _least_variation(seen, known[0], known[1:], n_row, n_col, weights)
        _gain_at(means.beam, shapes, weights, gain)
        means.correct(projections[one], gain, None, corrected[one])
    return corrected


def dynamic_flat_field_scratch_bytes(n_row: int, n_col: int, n_component: int) -> int:
    """Upper estimate of what `dynamic_flat_field` needs beside its arrays [bytes]."""
    n_strip = _strip_count(n_row, n_col)
    images = n_row * n_col * (8 * 5 + 4 * 2 * (n_component + 1))
    return images + 8 * n_strip * (2 * n_component + 8) + 2**20


def _strip_count(n_row: int, n_col: int) -> int:
    return -(-n_col // _STRIP) * n_row + -(-n_row // _STRIP) * n_col


def _strips(
    frames: NDArray[Any], dark: NDArray[np.float32], dead: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Sums of the live pixels above the dark: (n_frame, n_strip).

    Column after column of wide strips from top to bottom, then row after row of high ones from
    left to right.
    """
    sums = np.zeros((len(frames), _strip_count(*dead.shape)))
    _add_strips(frames, dark, dead, sums)
    return sums


@njit(nogil=True, cache=True)
def _add_strips(frames, dark, dead, out):
    n_frame, n_row, n_col = frames.shape
    first_high = -(-n_col // _STRIP) * n_row
    for frame in range(n_frame):
        for row in range(n_row):
            high = first_high + row // _STRIP * n_col
            for col in range(n_col):
                if not dead[row, col]:
                    value = frames[frame, row, col] - np.float64(dark[row, col])
                    out[frame, col // _STRIP * n_row + row] += value
                    out[frame, high + col] += value


@njit(nogil=True, cache=True)
def _least_variation(seen, mean, shapes, n_row, n_col, weights):
    """Gauss and Newton's method on reweighted squares; all arrays by strips, `weights` as well.

    A strip that is dark, dead or not finite takes no part.
    """
    n_component, n_strip = shapes.shape
    n_wide = -(-n_col // _STRIP) * n_row
    logs, transmission = np.empty(n_strip), np.empty(n_strip)
    slopes = np.empty((n_component, n_strip))
    matrix, right = np.empty((n_component, n_component)), np.empty(n_component)
    step, slope = np.empty(n_component), np.empty(n_component)
    least = 0.0
    for turn in range(_ROUNDS):
        for i in range(n_strip):
            beam = mean[i]
            for k in range(n_component):
                beam += weights[k] * shapes[k, i]
            # Not by division: where something is NaN the comparison must fail.
            if beam > 0 and seen[i] > 0 and seen[i] < np.inf:
                transmission[i] = seen[i] / beam
                logs[i] = log(transmission[i])
                for k in range(n_component):
                    slopes[k, i] = shapes[k, i] / beam
            else:
                transmission[i] = 0
        matrix[:], right[:] = 0, 0
        total, n = 0.0, 0
        for i in range(n_strip - 1):
            place, length = (i, n_row) if i < n_wide else (i - n_wide, n_col)
            through = min(transmission[i], transmission[i + 1])
            if (place + 1) % length == 0 or through == 0:
                continue
            residual = through * (logs[i + 1] - logs[i])
            total += abs(residual)
            n += 1
            if turn > 0:
                share = 1 / max(abs(residual), least)
                for k in range(n_component):
                    slope[k] = through * (slopes[k, i + 1] - slopes[k, i])
                    right[k] += share * slope[k] * residual
                    for j in range(k + 1):
                        matrix[k, j] += share * slope[k] * slope[j]
        if total == 0:
            return
        # Below a small part of the mean residual, squares instead of absolute values.
        least = _ROUND_BELOW * total / n
        if turn > 0:
            _solve(matrix, right, step)
            furthest = 0.0
            for k in range(n_component):
                before = weights[k]
                weights[k] = min(max(before + step[k], -_WIDEST), _WIDEST)
                furthest = max(furthest, abs(weights[k] - before))
            if furthest < _SETTLED:
                return


@njit(nogil=True, cache=True)
def _solve(matrix, right, out):
    """By Cholesky's method, of the lower half; what cannot be told apart stays zero."""
    n = len(right)
    for k in range(n):
        least = 1e-9 * matrix[k, k]
        for j in range(k + 1):
            for i in range(j):
                matrix[k, j] -= matrix[k, i] * matrix[j, i]
            if j < k:
                matrix[k, j] = matrix[k, j] / matrix[j, j] if matrix[j, j] > 0 else 0.0
        matrix[k, k] = sqrt(matrix[k, k]) if matrix[k, k] > least else 0.0
    for k in range(n):
        out[k] = right[k]
        for i in range(k):
            out[k] -= matrix[k, i] * out[i]
        out[k] = out[k] / matrix[k, k] if matrix[k, k] > 0 else 0.0
    for k in range(n - 1, -1, -1):
        for i in range(k + 1, n):
            out[k] -= matrix[i, k] * out[i]
        out[k] = out[k] / matrix[k, k] if matrix[k, k] > 0 else 0.0


@njit(nogil=True, cache=True)
def _gain_at(beam, shapes, weights, out):
    n_component, n_row, n_col = shapes.shape
    for row in range(n_row):
        for col in range(n_col):
            value = beam[row, col]
            for k in range(n_component):
                value += weights[k] * shapes[k, row, col]
            out[row, col] = 1 / max(value, _DIMMEST * beam[row, col])
