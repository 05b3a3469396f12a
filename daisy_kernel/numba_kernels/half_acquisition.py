"""Scans over a whole turn whose axis lies near the edge of the detector."""

from __future__ import annotations

from math import floor
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from daisy_kernel.numba_kernels.image_stack import image_stack
from daisy_kernel.numba_kernels.result_memory import results


def stitch_turn(
    sinograms: NDArray[Any], angles_rad: ArrayLike, centre: float, *, n_out: int | None = None
) -> NDArray[np.float32]:
    """Sinograms over half a turn that see the sample on both sides of the rotation axis.

    Parameters
    ----------
    sinograms : (n_angle, n_row, n_col) [1]
        Line integrals (or transmissions) over a whole turn; any real type.
    angles_rad : (n_angle,) [rad]
        In steady steps, increasing or decreasing.
    centre : [column]
        On which the rotation axis projects; pixel centres are on integers.
    n_out : [columns]
        Width of the result, odd; default 2 n_col - 1, which is enough for every centre.
        2 max(centre, n_col - 1 - centre) + 1 is enough for this one.

    Returns
    -------
    sinograms : (n_angle // 2, n_row, n_out) [as given]
        The angles are the first n_angle // 2 of those given, the axis is on `stitched_centre`.
        Columns that nobody saw continue those beside them.

    Raises
    ------
    ValueError
        If the angles are not steady over a turn, `n_out` is even, or the centre is not on the
        detector.

    Notes
    -----
    Half a turn later the column u sees what 2 centre - u saw, mirrored. Where both see the same,
    they are blended with weights that go linearly from one to the other, so that no edge appears.
    The second half is interpolated where 2 centre is no integer (cubic, Catmull and Rom), and where
    no projection is exactly half a turn later (linear between two).
    """
    sinograms = image_stack("sinograms", sinograms, ("n_angle", "n_row", "n_col"))
    n_angle, n_row, n_col = sinograms.shape
    width = stitched_columns(n_col, n_out)
    column = stitched_centre(centre, n_col, n_out=n_out)
    partner, share = _half_a_turn_later(np.asarray(angles_rad, np.float64), n_angle)
    stitched = results.empty(n_angle // 2, n_row, width)
    _stitch(sinograms, partner, share, float(centre), round(centre - column), stitched)
    return stitched


def stitched_columns(n_col: int, n_out: int | None = None) -> int:
    """Number of columns that `stitch_turn` gives.

    Raises
    ------
    ValueError
        If `n_out` is even or not positive.
    """
    if n_out is None:
        return 2 * n_col - 1
    if n_out < 1 or n_out % 2 == 0:
        raise ValueError(
            f"The stitched sinogram shall have {n_out} columns; the number must be odd and "
            "positive, because the axis lies in the middle: add one."
        )
    return n_out


def stitched_centre(centre: float, n_col: int, *, n_out: int | None = None) -> float:
    """Column of the rotation axis after `stitch_turn`; within 1/2 of the middle.

    Parameters
    ----------
    centre : [column]
        Before.
    n_col
        Columns before.
    n_out
        Columns after; default 2 n_col - 1.

    Raises
    ------
    ValueError
        If the centre is not on the detector or `n_out` is not odd.
    """
    if not 0 <= centre <= n_col - 1:
        raise ValueError(
            f"The rotation centre {centre:g} is not on the detector, whose columns are 0 to "
            f"{n_col - 1}: give the column (from 0) on which the rotation axis projects."
        )
    middle = (stitched_columns(n_col, n_out) - 1) // 2
    return middle + centre - floor(centre + 0.5)


def _half_a_turn_later(
    angles: NDArray[np.float64], n_angle: int
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Projection before pi later than each of the first half, and the share of the one after it."""
    if angles.shape != (n_angle,) or n_angle < 2 or not np.isfinite(angles).all():
        raise ValueError(
            f"There are {n_angle} projections but the angles have shape {angles.shape} or are not "
            "finite: give one angle per projection, for at least two."
        )
    travelled = np.abs(angles - angles[0])
    steps = np.diff(travelled)
    step = float(np.median(steps))
    span = float(np.degrees(travelled[-1] + step))
    steady = steps.min() > 0 and steps.max() < 2 * step
    if not steady or abs(span - 360) > max(1.0, 3 * np.degrees(step)):
        raise ValueError(
            f"Stitching needs projections in steady steps over 360 degrees, but these span "
            f"{span:.1f}{'' if steady else ' in uneven steps'}: check the angles."
        )
    place = np.interp(travelled[: n_angle // 2] + np.pi, travelled, np.arange(n_angle))
    nearest = np.rint(place)
    place = np.where(np.abs(place - nearest) < 0.01, nearest, place)
    before = np.minimum(place.astype(np.intp), n_angle - 2)
    return before, (place - before).astype(np.float32)


@njit(nogil=True, cache=True)
def _stitch(sinograms, partner, share, centre, offset, out):
    """Column j of the result is column j + offset of the detector."""
    n_half, n_row, n_out = out.shape
    n_col = sinograms.shape[2]
    # What both see lies between these columns.
    low, high = max(0.0, 2 * centre - (n_col - 1)), min(n_col - 1.0, 2 * centre)
    sees_left = centre > (n_col - 1) / 2  # the first half looks to the left of the axis
    line = np.empty(n_col, np.float32)
    for angle in range(n_half):
        for row in range(n_row):
            before, after = sinograms[partner[angle], row], sinograms[partner[angle] + 1, row]
            for col in range(n_col):
                line[col] = before[col]
                if share[angle] > 0:
                    line[col] += share[angle] * (np.float32(after[col]) - line[col])
            first, last = n_out, -1
            for j in range(n_out):
                column = j + offset
                mirror = 2 * centre - column
                direct_known = 0 <= column <= n_col - 1
                mirror_known = 0 <= mirror <= n_col - 1
                if not (direct_known or mirror_known):
                    continue
                first, last = min(first, j), max(last, j)
                weight = 1.0 if direct_known else 0.0
                if direct_known and mirror_known and high > low:
                    weight = (column - low) / (high - low)
                    if sees_left:
                        weight = 1 - weight
                value = np.float32(0)
                if weight > 0:
                    value += np.float32(weight) * np.float32(sinograms[angle, row, column])
                if weight < 1:
                    value += np.float32(1 - weight) * _cubic(line, mirror)
                out[angle, row, j] = value
            for j in range(first):
                out[angle, row, j] = out[angle, row, first]
            for j in range(last + 1, n_out):
                out[angle, row, j] = out[angle, row, last]


@njit(nogil=True, cache=True)
def _cubic(line, place):
    """Value between columns, through the values at them."""
    n = len(line)
    col = int(place)
    t = np.float32(place - col)
    here = line[col]
    if t == 0:
        return here
    after = line[min(col + 1, n - 1)]
    # At the ends the line goes on as it is.
    before = line[col - 1] if col > 0 else 2 * here - after
    beyond = line[col + 2] if col + 2 < n else 2 * after - here
    half = np.float32(0.5)
    cubic = half * (np.float32(3) * (here - after) + beyond - before)
    square = before - np.float32(2.5) * here + np.float32(2) * after - half * beyond
    slope = half * (after - before)
    return here + t * (slope + t * (square + t * cubic))
