"""One call for every way of finding the rotation axis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from daisy_kernel.numba_kernels.centre import LEAST_CONFIDENCE, Centre, checked_sinogram
from daisy_kernel.numba_kernels.centre_entropy import find_centre_entropy
from daisy_kernel.numba_kernels.centre_mirror import FINE_SIZE
from daisy_kernel.numba_kernels.centre_overlap import find_overlap_360
from daisy_kernel.numba_kernels.centre_pairs import find_centre_phase_correlation
from daisy_kernel.numba_kernels.centre_turns import checked_angles, half_turn
from daisy_kernel.numba_kernels.centre_vo import find_centre_vo
from daisy_kernel.numba_kernels.fourier import fourier_scratch_bytes
from daisy_kernel.numba_kernels.parallel_beam import ROWS_PER_GROUP

CentreMethod = Literal["vo", "phase-correlation", "entropy", "overlap-360"]
_Search = Callable[
    [NDArray[Any], NDArray[np.float64], tuple[float, float] | None],
    Centre,
]
_DOUBTFUL = 0.5
"""Confidence below which it is worth looking whether another column fits better."""


def find_centre(
    sinogram: NDArray[Any],
    angles_rad: ArrayLike,
    *,
    method: CentreMethod = "vo",
    search_range: tuple[float, float] | None = None,
) -> Centre:
    """Column on which the rotation axis projects, or an error where it cannot be told.

    Parameters
    ----------
    sinogram : (n_angle, n_col)
        One row of the scan; before or after `minus_log`.
    angles_rad : (n_angle,) [rad]
        In any order.
    method
        "vo": continuation of half a turn into its mirror image (`find_centre_vo`), the most robust;
        of longer scans half a turn is used. "phase-correlation": opposite projections
        (`find_centre_phase_correlation`), fastest, best where the scan has 180 degrees or more.
        "entropy": the cleanest slice (`find_centre_entropy`), also for golden angles.
        "overlap-360": half acquisition over a whole turn (`find_overlap_360`), also with the axis
        near the edge of the detector.
    search_range : [column]
        First and last column to consider; by default the middle half of the detector, for
        "overlap-360" all of it.

    Returns
    -------
    centre
        Column and confidence, from `LEAST_CONFIDENCE` to 1; an `Overlap` from "overlap-360".

    Raises
    ------
    ValueError
        If the confidence is too low, the best column is at the edge of the search range or fits
        much better outside of it, the angles do not suit the method, or the sinogram is constant,
        not finite or too small.
    """
    if method not in _METHODS:
        raise ValueError(
            f"method is {method!r}; known are {', '.join(_METHODS)}: choose one of them."
        )
    sinogram = checked_sinogram(sinogram)
    angles = checked_angles(angles_rad, len(sinogram))
    search = _METHODS[method]
    try:
        centre = search(sinogram, angles, search_range)
    except ValueError as error:
        other = _elsewhere(search, sinogram, angles, search_range)
        if other is None:
            raise
        raise ValueError(f"{error} {_hint(other)}") from error
    if centre.confidence < _DOUBTFUL:
        other = _elsewhere(search, sinogram, angles, search_range)
        if other is not None and other.confidence > 2 * centre.confidence:
            raise ValueError(
                f"Within the search range the best rotation centre is {centre.column:g}, with "
                f"confidence {centre.confidence:.2f}. {_hint(other)}"
            )
    if centre.confidence < LEAST_CONFIDENCE:
        raise ValueError(
            f"The best rotation centre is {centre.column:g}, with confidence "
            f"{centre.confidence:.2f}; at least {LEAST_CONFIDENCE} is needed to believe it: choose "
            "a row that shows the sample, another method, or give the centre."
        )
    return centre


def centre_scratch_bytes(n_angle: int, n_col: int, method: CentreMethod) -> int:
    """Upper estimate of what `find_centre` needs beside the sinogram [bytes]."""
    n_seen = n_col // max(1, round(n_col / FINE_SIZE)) + 1
    copies = 24 * n_angle * n_col
    if method == "entropy":
        candidates = 16 * n_seen * n_seen * 8
        rays = min(n_angle, 2 * n_seen)
        return copies + candidates + fourier_scratch_bytes(rays, ROWS_PER_GROUP, n_seen)
    return copies + 80 * min(n_angle, n_seen) * 2 * n_seen


def _elsewhere(
    search: _Search,
    sinogram: NDArray[np.float32],
    angles: NDArray[np.float64],
    search_range: tuple[float, float] | None,
) -> Centre | None:
    """A believable centre outside of the range that was asked for."""
    if search_range is None or not np.isfinite(search_range).all():
        return None
    try:
        other = search(sinogram, angles, None)
    except ValueError:
        return None
    inside = search_range[0] <= other.column <= search_range[1]
    return None if inside or other.confidence < LEAST_CONFIDENCE else other


def _hint(other: Centre) -> str:
    return (
        f"Outside of it, column {other.column:g} fits with confidence {other.confidence:.2f}: "
        "widen the search range."
    )


_METHODS: dict[str, _Search] = {
    "vo": lambda sinogram, angles, limits: find_centre_vo(
        half_turn(sinogram, angles), search_range=limits
    ),
    "phase-correlation": lambda sinogram, angles, limits: find_centre_phase_correlation(
        sinogram, angles, search_range=limits
    ),
    "entropy": lambda sinogram, angles, limits: find_centre_entropy(
        sinogram, angles, search_range=limits
    ),
    "overlap-360": lambda sinogram, angles, limits: find_overlap_360(
        sinogram, angles, search_range=limits
    ),
}
