"""TomoPy's gridrec, bare and with the padding without which its values are not quantitative.

Its slices have the axis half a pixel up and to the right of ours, found by comparing with stored
results of TomoPy 1.15.2.
"""

from __future__ import annotations

import numpy as np
import tomopy

from benchmarks.peers.reconstructor import Geometry, Reconstructor, Sinograms, Volume, Worker


def _gridrec(geometry: Geometry, padding: int) -> Worker:
    inside = slice(padding, padding + geometry.n)

    def worker(sinograms: Sinograms) -> Volume:
        padded = np.pad(sinograms, ((0, 0), (0, 0), (padding, padding)), mode="edge")
        volume = tomopy.recon(
            padded,
            geometry.angles_rad,
            center=geometry.centre + padding,
            algorithm="gridrec",
            filter_name="ramlak",
            ncore=1,
        )
        return np.ascontiguousarray(volume[:, inside, inside])

    return worker


def _axis(n: int) -> tuple[float, float]:
    return n / 2 - 1, n / 2


RECONSTRUCTORS = (
    Reconstructor(
        "fourier", "TomoPy gridrec", lambda geometry: _gridrec(geometry, 0), slices=2, axis=_axis
    ),
    Reconstructor(
        "fourier",
        "TomoPy gridrec, padded",
        lambda geometry: _gridrec(geometry, geometry.n // 2),
        slices=2,
        axis=_axis,
    ),
)
