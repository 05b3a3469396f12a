"""Tables of shares are looked at before they are trusted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.numba_kernels import Matrix

ATTEMPTS = 5
_LEAST_SHARE = -1e-3
_MOST_SHARED = 1 + 1e-4

Made = TypeVar("Made")


def with_sound_shares(
    make: Callable[[], tuple[Made, Matrix]],
    near_beam: Callable[[Made], NDArray[np.intp]],
    n_pixel: int,
) -> tuple[Made, Matrix]:
    """A table in which every pixel is shared by bins as one pixel, once it is.

    Parameters
    ----------
    make
        Makes the table, and what else is to be handed on.
    near_beam
        Of what was made, the pixels whose outline may surround the direct beam.
    n_pixel
        Of a frame.

    Returns
    -------
    made
        As `make` returned it.
    matrix
        Without pixels near the beam whose shares are not sound.

    Raises
    ------
    ValueError
        If the shares of other pixels are not sound `ATTEMPTS` times.

    Notes
    -----
    Shares are sound if they are numbers, none is below -0.001 and those of a pixel add up to no
    more than 1.0001; less than 1 is right for pixels at the ends of the range. pyFAI 2026.9 keeps
    to -5e-5 (rounding, on a detector of a million pixels) and 1 + 6e-8 but for maps with full
    splitting. There the outline of the pixel that the beam goes through makes no sense in radius
    and azimuth: in a third of the geometries it got shares such as 1.1 and -0.8, or NaN, the same
    each time. That pixel, which a beam stop hides, is then left out.
    """
    for _ in range(ATTEMPTS):
        made, matrix = make()
        unsound = unsound_pixels(matrix, n_pixel)
        if len(unsound) == 0:
            return made, matrix
        if np.all(np.isin(unsound, near_beam(made))):
            return made, without(matrix, unsound)
    raise ValueError(
        f"pyFAI shares {len(unsound)} of {n_pixel} pixels between bins as no pixel can be, "
        f"{ATTEMPTS} times: choose another splitting"
    )


def unsound_pixels(matrix: Matrix, n_pixel: int) -> NDArray[np.intp]:
    """The pixels that get a share which is negative or no number, or more than they have."""
    weights, pixels, _ = matrix
    is_odd = ~(weights >= _LEAST_SHARE)  # NaN is not
    sums = np.bincount(pixels, weights, n_pixel)
    is_unsound = ~(sums <= _MOST_SHARED)
    is_unsound[pixels[is_odd]] = True
    return np.flatnonzero(is_unsound)


def without(matrix: Matrix, left_out: NDArray[np.intp]) -> Matrix:
    """A table in which no bin has a share of these pixels."""
    weights, pixels, first_of_bin = matrix
    kept = ~np.isin(pixels, left_out)
    before = np.concatenate([[0], np.cumsum(kept)])
    return weights[kept], pixels[kept], before[first_of_bin].astype(first_of_bin.dtype)
