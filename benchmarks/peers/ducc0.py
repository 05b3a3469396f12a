"""ducc0: reconstruction by its non-uniform FFT."""

from __future__ import annotations

import ducc0
import numpy as np

from benchmarks.peers.fourier_samples import ACCURACY, FourierSamples, slices_of_pairs
from benchmarks.peers.reconstructor import Geometry, Reconstructor, Sinograms, Volume, Worker

WHO = "ducc0 NUFFT"


def _fourier(geometry: Geometry) -> Worker:
    samples = FourierSamples(geometry)
    n = geometry.n
    plan = ducc0.nufft.plan(
        nu2u=True,
        coord=np.stack((samples.y, samples.x), axis=1),
        grid_shape=(n, n),
        epsilon=ACCURACY,
        nthreads=1,
    )

    def worker(sinograms: Sinograms) -> Volume:
        # Pair by pair: the spectra of one pair stay nearer to the processor.
        pairs = np.empty((sinograms.shape[1] // 2, n, n), np.complex64)
        for k, pair in enumerate(pairs):
            values = samples.values(sinograms[:, 2 * k : 2 * k + 2])
            plan.nu2u(points=values[0], forward=False, out=pair)
        return slices_of_pairs(pairs)

    return worker


RECONSTRUCTORS = (Reconstructor("fourier", WHO, _fourier, slices=4),)
