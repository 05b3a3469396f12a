"""scikit-image: iradon, which has the axis at n // 2 both on the detector and in the slice."""

from __future__ import annotations

import numpy as np
from skimage.transform import iradon

from benchmarks.peers.reconstructor import Geometry, Reconstructor, Sinograms, Volume, Worker

WHO = "scikit-image"


def _fbp(geometry: Geometry) -> Worker:
    n, column = geometry.n, round(geometry.centre)
    angles_deg = np.degrees(geometry.angles_rad)
    # Zeros on one side until the axis is column n // 2 of what is given.
    left = max(0, n - 2 * column)
    right = max(0, 2 * column - n)

    def worker(sinograms: Sinograms) -> Volume:
        padded = np.pad(sinograms, ((0, 0), (0, 0), (left, right)))
        return np.array(
            [
                iradon(padded[:, k].T, angles_deg, output_size=n, filter_name="ramp", circle=False)
                for k in range(sinograms.shape[1])
            ]
        )

    return worker


RECONSTRUCTORS = (
    Reconstructor(
        "fbp",
        WHO,
        _fbp,
        column=lambda n: n // 2,
        axis=lambda n: (n // 2, n // 2),
        largest=1024,
    ),
)
