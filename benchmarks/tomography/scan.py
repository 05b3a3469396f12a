"""Slices whose truth is known, and how far a reconstruction is from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter, minimum_filter

from benchmarks.peers.reconstructor import Geometry, Reconstructor, middle
from daisy_kernel.simulate import Phantom, shepp_logan

ANGLES = {512: 721, 1024: 1501, 2048: 1801}
"""As in the measurements that the project began with."""
OFF_CENTRE = 3
"""Columns that the axis is off the middle, as in any real scan; whole ones, which every library
can be told without interpolating."""
WITHIN = 0.95
"""Share of the inscribed circle that is judged."""
_EDGE = 5
"""Pixels whose square of this width has one value in the truth count as flat."""


@dataclass(frozen=True)
class Slice:
    """One slice of the head of Shepp and Logan, without noise."""

    geometry: Geometry
    sinogram: NDArray[np.float32]
    """(n_angle, n), averaged over the width of each detector pixel."""
    truth: NDArray[np.float32]
    """(n, n), averaged over each pixel."""

    def stack(self, n_slice: int) -> NDArray[np.float32]:
        """(n_angle, n_slice, n): slice k is `strength(k, n_slice)` times the first."""
        strengths = [strength(k, n_slice) for k in range(n_slice)]
        return self.sinogram[:, np.newaxis] * np.array(strengths, np.float32)[:, np.newaxis]


@dataclass(frozen=True)
class Errors:
    """Root mean squares of reconstruction minus truth; the skull of the phantom has the value 1."""

    raw: float
    flat: float
    """Away from edges."""
    scaled: float
    """After the factor that suits the reconstruction best."""
    correlation: float


def n_angle_for(n: int) -> int:
    """Projections of a scan with n columns."""
    return ANGLES.get(n, round(1.45 * n) | 1)


def strength(k: int, n_slice: int) -> float:
    """Slices differ, so that one that leaks into its neighbour shows."""
    return 1 - 0.5 * k / n_slice


def slice_for(reconstructor: Reconstructor, n: int) -> Slice:
    """What a library can take, and what it should give: all differ by half pixels at most."""
    return _slice(n, reconstructor.column(n) + OFF_CENTRE, reconstructor.axis(n))


@lru_cache(maxsize=4)
def _slice(n: int, centre: float, axis: tuple[float, float]) -> Slice:
    head = shepp_logan()
    n_angle = n_angle_for(n)
    angles: NDArray[np.float64] = np.arange(n_angle, dtype=np.float64) * (np.pi / n_angle)
    sinogram = head.line_integrals(angles, 1, n, centre)[:, 0]
    truth = _moved(head, axis[1] - middle(n), axis[0] - middle(n), n).volume(1, n)[0]
    return Slice(Geometry(n, angles, centre), sinogram, truth)


def _moved(phantom: Phantom, x: float, y: float, n: int) -> Phantom:
    """The phantom some pixels further on."""
    half = n / 2
    return Phantom(
        tuple(
            replace(e, centre=(e.centre[0] + x / half, e.centre[1] + y / half, e.centre[2]))
            for e in phantom.ellipsoids
        )
    )


def errors_of(volume: NDArray[np.float32], truth: NDArray[np.float32]) -> Errors:
    """The worst of the first and the last slice of `Slice.stack`.

    Raises
    ------
    ValueError
        If the shape is not that of slices like the truth, or a pixel is not finite.
    """
    n_slice = len(volume)
    if volume.shape[1:] != truth.shape or not np.isfinite(volume).all():
        raise ValueError(
            f"The reconstruction has shape {volume.shape} and the truth {truth.shape}; slices must "
            "be alike and finite: mend the adapter of this library."
        )
    found = [
        _errors(volume[k].astype(np.float64) / strength(k, n_slice), truth)
        for k in {0, n_slice - 1}
    ]
    return max(found, key=lambda errors: errors.raw)


def _errors(image: NDArray[np.float64], truth: NDArray[np.float32]) -> Errors:
    n = len(truth)
    from_axis = np.arange(n) - middle(n)
    circle = np.hypot(*np.meshgrid(from_axis, from_axis)) < WITHIN * n / 2
    flat = circle & (maximum_filter(truth, _EDGE) - minimum_filter(truth, _EDGE) < 1e-6)
    difference = image - truth
    seen, known = image[circle], truth[circle].astype(np.float64)
    factor = (seen @ known) / (seen @ seen)
    return Errors(
        raw=_root_mean_square(difference[circle]),
        flat=_root_mean_square(difference[flat]),
        scaled=_root_mean_square(factor * seen - known),
        correlation=float(np.corrcoef(seen, known)[0, 1]),
    )


def _root_mean_square(values: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(values**2))) if values.size else 0.0
