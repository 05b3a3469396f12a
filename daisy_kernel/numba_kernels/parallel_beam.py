"""What a reconstruction of parallel-beam projections is given, checked in one place."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from daisy_kernel.numba_kernels.image_stack import image_stack
from daisy_kernel.numba_kernels.spectrum import Padding, padded_length

ROWS_PER_GROUP = 16
"""Rows that are reconstructed together at full speed.

Blocks that start at multiples of this are fastest; the bits of a slice do not depend on it.
"""

FEWEST_TOGETHER = 4
"""Fewer rows are faster one by one; sixteen take as long as four."""


class ParallelBeam:
    """Sinograms with their geometry.

    Attributes
    ----------
    sinograms : (n_angle, n_row, n_col)
    angles : (n_angle,) [rad]
    cosines, sines : (n_angle,)
    centres : (n_row,) [column]
    """

    def __init__(
        self,
        sinograms: NDArray[Any],
        angles_rad: ArrayLike,
        centre: ArrayLike,
        padding: Padding,
    ):
        self.sinograms = image_stack("sinograms", sinograms, ("n_angle", "n_row", "n_col"))
        n_angle, n_row, n_col = self.sinograms.shape
        self.angles = _angles(angles_rad, n_angle)
        self.cosines, self.sines = np.cos(self.angles), np.sin(self.angles)
        self.centres = _centres(centre, n_row, n_col)
        if padding not in get_args(Padding):
            raise ValueError(
                f"padding is {padding!r}; known are {', '.join(get_args(Padding))}: choose one."
            )
        self.padding = padding

    def groups(self, together: int) -> Iterator[tuple[slice, int]]:
        """Rows to reconstruct together, and the padded length they share.

        Either one row or FEWEST_TOGETHER and more, at most `together`.
        """
        start = 0
        n_col = self.sinograms.shape[2]
        lengths = [padded_length(n_col, centre) for centre in self.centres]
        for n_sample, same in groupby(lengths):
            stop = start + len(list(same))
            while start < stop:
                n_row = min(together, stop - start)
                if n_row < FEWEST_TOGETHER:
                    n_row = 1
                yield slice(start, start + n_row), n_sample
                start += n_row


def _angles(angles_rad: ArrayLike, n_angle: int) -> NDArray[np.float64]:
    angles = np.asarray(angles_rad, np.float64)
    if angles.shape != (n_angle,):
        raise ValueError(
            f"There are {n_angle} projections but the angles have shape {angles.shape}: give one "
            "angle per projection, without those of flats and darks."
        )
    bad = np.flatnonzero(~np.isfinite(angles))
    if bad.size:
        raise ValueError(
            f"{bad.size} of {n_angle} angles are not finite, the first at index {bad[0]}; every "
            "projection needs its angle: mend the angles or drop these projections."
        )
    return angles


def _centres(centre: ArrayLike, n_row: int, n_col: int) -> NDArray[np.float64]:
    centres = np.asarray(centre, np.float64)
    if centres.shape not in ((), (n_row,)):
        raise ValueError(
            f"centre has shape {centres.shape} but there are {n_row} rows: give one number, or one "
            "per row."
        )
    outside = centres[~((centres >= 0) & (centres <= n_col - 1))]
    if outside.size:
        raise ValueError(
            f"The rotation centre {outside.flat[0]:g} is not on the detector, whose columns are 0 "
            f"to {n_col - 1}: give the column (from 0) on which the rotation axis projects."
        )
    return np.broadcast_to(centres, (n_row,))
