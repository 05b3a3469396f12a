"""Slices of one detector row for several candidates of the rotation centre."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from daisy_kernel.numba_kernels.centre import binned_columns, checked_sinogram
from daisy_kernel.numba_kernels.centre_mirror import to_binned
from daisy_kernel.numba_kernels.centre_turns import checked_angles, one_per_direction
from daisy_kernel.numba_kernels.fourier import fourier_reconstruct
from daisy_kernel.numba_kernels.half_acquisition import stitch_turn, stitched_centre
from daisy_kernel.numba_kernels.parallel_beam import ROWS_PER_GROUP

_BINS = 256
"""Of the histogram."""
_ANGLES_PER_COLUMN = 1.5
"""More projections would take time and show nothing more."""
Filter = Literal["ramp", "shepp", "cosine", "hann", "hamming", "parzen"]


def try_centres(
    sinogram: NDArray[Any],
    angles_rad: ArrayLike,
    columns: ArrayLike,
    *,
    binning: int = 1,
    stitched: bool = False,
    filter_name: Filter = "hann",
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """What the slice looks like for every candidate, and how clean it is.

    Parameters
    ----------
    sinogram : (n_angle, n_col)
        One row of the scan, line integrals.
    angles_rad : (n_angle,) [rad]
        In any order, spread evenly over half a turn or any number of half turns.
    columns : (n,) [column]
        Candidates.
    binning
        Columns that are averaged before: the slices are smaller by this factor.
    stitched
        Whether a whole turn with the axis near the edge of the detector is stitched into a wide
        half turn first; see `stitch_turn`.
    filter_name
        As of `fourier_reconstruct`.

    Returns
    -------
    slices : (n, n_out, n_out) [1 / pixel of the detector]
        The axis in the middle; ``n_out`` is the number of columns, or of stitched columns, over
        the binning.
    entropies : (n,) [bit]
        Of the grey values where all projections see the slice, in one histogram for all; lowest
        where nothing is smeared, or NaN where the slice is not finite. To be compared within one
        call only.

    Raises
    ------
    ValueError
        If the sinogram says nothing (as `find_centre_vo`), a candidate is not on the detector, or
        the binning leaves fewer than 8 columns.
    """
    sinogram = checked_sinogram(sinogram)
    n_angle, n_col = sinogram.shape
    angles = checked_angles(angles_rad, n_angle)
    tried = np.atleast_1d(np.asarray(columns, np.float64))
    if not tried.size or not ((tried >= 0) & (tried <= n_col - 1)).all():
        raise ValueError(
            f"The candidates are {tried.tolist()}; each must lie on the detector, whose columns "
            f"are 0 to {n_col - 1}: give some that do."
        )
    if binning < 1 or n_col // binning < 8:
        raise ValueError(
            f"{n_col} columns cannot be binned by {binning}: at least 8 must be left of them."
        )
    width = _stitched_width(tried, n_col) if stitched else None
    if width is None:
        order = one_per_direction(angles)
        sinogram, angles = sinogram[order], angles[order]
    n_out = (n_col if width is None else width) // binning
    slices = np.empty((len(tried), n_out, n_out), np.float32)
    images = tried_slices(sinogram, angles, tried, binning, width=width, filter_name=filter_name)
    for kept, image in zip(slices, images, strict=True):
        # A pixel that is wider by the binning attenuates more; what is shown shall not.
        np.divide(image, np.float32(binning), out=kept)
    seen = tried if width is None else np.full(len(tried), (width - 1) / 2)
    return slices, slice_entropies(slices, seen, n_out, binning)


def _stitched_width(columns: NDArray[np.float64], n_col: int) -> int:
    """Odd, and enough for every candidate."""
    return 2 * int(np.ceil(max(columns.max(), n_col - 1 - columns.min()))) + 1


def tried_slices(
    sinogram: NDArray[np.float32],
    angles: NDArray[np.float64],
    columns: NDArray[np.float64],
    factor: int,
    *,
    width: int | None = None,
    filter_name: Filter = "hann",
) -> Iterator[NDArray[np.float32]]:
    """Slices on binned columns, one per candidate; those of a group share one reconstruction.

    Parameters
    ----------
    sinogram : (n_angle, n_col)
    angles : (n_angle,) [rad]
    columns : (n,) [column]
    factor
        Columns of a binned one.
    width
        Columns of the stitched sinograms; None: they are not stitched.
    filter_name
        As of `fourier_reconstruct`.
    """
    n_binned = (sinogram.shape[1] if width is None else width) // factor
    n_angle = len(angles) if width is None else len(angles) // 2
    most = int(_ANGLES_PER_COLUMN * n_binned)
    chosen = np.arange(n_angle)
    if n_angle > most:
        chosen = np.linspace(0, n_angle, most, endpoint=False).astype(int)
    if width is None:
        same = binned_columns(sinogram[chosen], factor)
    for start in range(0, len(columns), ROWS_PER_GROUP):
        group = columns[start : start + ROWS_PER_GROUP]
        if width is None:
            rows, centres = (
                np.broadcast_to(same[:, None], (len(chosen), len(group), n_binned)),
                group,
            )
        else:
            rows = np.stack(
                [
                    binned_columns(
                        stitch_turn(sinogram[:, None], angles, c, n_out=width)[chosen, 0], factor
                    )
                    for c in group
                ],
                axis=1,
            )
            n_col = sinogram.shape[1]
            centres = np.array([stitched_centre(c, n_col, n_out=width) for c in group])
        yield from fourier_reconstruct(
            rows, angles[chosen], to_binned(centres, factor), filter_name=filter_name
        )


def slice_entropies(
    slices: Iterable[NDArray[np.float32]],
    columns: NDArray[np.float64],
    n_col: int,
    factor: int,
) -> NDArray[np.float64]:
    """Entropy of the grey values of every slice [bit], in the histogram of the first one.

    Parameters
    ----------
    slices : (n_col, n_col) each
        May be made as they are asked for.
    columns : (n,) [column]
        Where the axis was taken to be: how far the slice is seen from everywhere.
    n_col
        Binned columns.
    factor
        Columns of a binned one.
    """
    middle = float(np.mean(to_binned(columns, factor)))
    radius = 0.95 * min(middle + 0.5, n_col - 0.5 - middle)
    offset = np.arange(n_col) - (n_col - 1) / 2
    inside = np.hypot(offset[:, None], offset) <= radius
    values = []
    limits: tuple[float, float] | None = None
    for image in slices:
        seen = image[inside]
        if limits is None:
            middle_value, width = float(seen.mean()), float(seen.std())
            limits = middle_value - 5 * width, middle_value + 5 * width
        counts, _ = np.histogram(np.clip(seen, *limits), bins=_BINS, range=limits)
        share = counts[counts > 0] / seen.size
        values.append(float(-(share * np.log2(share)).sum()))
    return np.array(values)
