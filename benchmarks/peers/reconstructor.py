"""What a benchmark asks of a library that reconstructs slices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SIRT_ITERATIONS = 10

Sinograms = NDArray[np.float32]
"""(n_angle, n_slice, n): line integrals in pixel units."""
Volume = NDArray[np.float32]
"""(n_slice, n, n), as ``volume[slice, y, x]``."""
Worker = Callable[[Sinograms], Volume]


@dataclass(frozen=True)
class Geometry:
    """Of one scan: a point projects on column (x - a) cos - (y - a) sin + centre."""

    n: int
    """Columns of the detector, and pixels along each side of a slice."""
    angles_rad: NDArray[np.float64]
    centre: float
    iterations: int = SIRT_ITERATIONS
    """Of an iterative method."""


def middle(n: int) -> float:
    """Where pixel centres on integers have their middle."""
    return (n - 1) / 2


def middle_pixel(n: int) -> tuple[float, float]:
    """(y, x) of the rotation axis in Daisy's slices."""
    return middle(n), middle(n)


@dataclass(frozen=True)
class Reconstructor:
    """One way to make slices, in Daisy's conventions but for the place of the axis."""

    case: str
    """fourier, fbp or sirt: only like is compared with like."""
    who: str
    prepare: Callable[[Geometry], Worker]
    """Whatever depends on the geometry alone may be done here, which no clock watches. A worker is
    used by one thread at a time."""
    slices: int = 1
    """How many it likes to do at once."""
    column: Callable[[int], float] = middle
    """Where the axis of a scan must project that is not off centre; n -> column. What is off by
    whole pixels everybody can do."""
    axis: Callable[[int], tuple[float, float]] = middle_pixel
    """Where the axis is in its slices; n -> (y, x)."""
    largest: int = 1 << 30
    """Wider detectors would take it minutes."""


def centred(sinogram: NDArray[np.float32], centre: float) -> NDArray[np.float32]:
    """A sinogram with columns of zeros on one side, so that the axis lies in its middle.

    Parameters
    ----------
    sinogram : (n_angle, n)
    centre
        A multiple of one half; nothing is interpolated.
    """
    surplus = round(2 * (centre - middle(sinogram.shape[1])))
    return np.pad(sinogram, ((0, 0), (max(0, -surplus), max(0, surplus))))
