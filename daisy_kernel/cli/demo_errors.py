"""How far a reconstruction is from the truth."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

WITHIN = 0.95
"""Share of the radius of the circle that every angle sees; its rim is not judged."""
_EDGE = 7
"""Voxels whose square of this width [pixel] has one value in the truth count as flat."""


@dataclass(frozen=True)
class Errors:
    """Root mean squares of reconstruction minus truth."""

    raw: float
    """Over everything within the circle [per pixel]."""
    flat: float
    """Over what is inside the sample and away from its edges [per pixel]."""
    bias: float
    """Mean difference over the same [per pixel]."""
    attenuation: float
    """Of the bulk of the sample [per pixel]."""
    flat_share: float
    """Share of the circle that is flat."""
    within: float = WITHIN

    def as_json(self) -> dict[str, Any]:
        """Everything, and the errors relative to the sample's value."""
        return {
            **asdict(self),
            "raw_relative": self.raw / self.attenuation,
            "flat_relative": self.flat / self.attenuation,
        }


def measure(
    volume: NDArray[np.float32], truth: NDArray[np.float32], *, attenuation: float
) -> Errors:
    """Compare a reconstruction with the truth.

    Parameters
    ----------
    volume, truth : (n_slice, n, n) [per pixel]
    attenuation
        Of the bulk of the sample [per pixel].
    """
    circle = np.broadcast_to(inner_circle(truth.shape[1]), truth.shape)
    flat = circle & is_flat(truth)
    difference = np.subtract(volume, truth, dtype=np.float64)
    return Errors(
        raw=_root_mean_square(difference[circle]),
        flat=_root_mean_square(difference[flat]),
        bias=float(difference[flat].mean()) if flat.any() else 0.0,
        attenuation=attenuation,
        flat_share=float(flat.sum() / circle.sum()),
    )


def inner_circle(n: int) -> NDArray[np.bool_]:
    """(n, n) pixels whose centre is within 0.95 of the circle around the rotation axis."""
    from_axis = np.arange(n) - (n - 1) / 2
    return np.hypot(*np.meshgrid(from_axis, from_axis)) <= WITHIN * n / 2


def is_flat(truth: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Voxels inside the sample around which its slice has one value."""
    width = (1, _EDGE, _EDGE)
    highest = ndimage.maximum_filter(truth, width)
    lowest = ndimage.minimum_filter(truth, width)
    flat: NDArray[np.bool_] = (highest == lowest) & (truth > 0)
    return flat


def _root_mean_square(values: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(values**2))) if values.size else 0.0
