"""algotom: back-projection by numba, and the stripe methods of their author."""

from __future__ import annotations

import numba
import numpy as np
from algotom.prep.removal import remove_stripe_based_sorting
from algotom.rec.reconstruction import fbp_reconstruction
from numpy.typing import NDArray

from benchmarks.peers.reconstructor import Geometry, Reconstructor, Sinograms, Volume, Worker

WHO = "algotom"


def _fbp(geometry: Geometry) -> Worker:
    n_angle = len(geometry.angles_rad)
    # It divides by n - 1, as if the last angle were 180 degrees.
    weight = np.float32((n_angle - 1) / n_angle)

    def worker(sinograms: Sinograms) -> Volume:
        numba.set_num_threads(1)  # its loop over angles is parallel
        slices = [
            fbp_reconstruction(
                sinograms[:, k],
                geometry.centre,
                angles=geometry.angles_rad,
                ratio=None,
                filter_name=None,
                apply_log=False,
                gpu=False,
                ncore=1,
            )
            for k in range(sinograms.shape[1])
        ]
        return weight * np.array(slices, np.float32)

    return worker


RECONSTRUCTORS = (Reconstructor("fbp", WHO, _fbp),)


def remove_stripes(sinograms: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Vo's sorting method, slice by slice."""
    clean = np.empty_like(sinograms)
    for k in range(sinograms.shape[1]):
        clean[:, k] = remove_stripe_based_sorting(sinograms[:, k], size=size)
    return clean
