"""finufft: reconstruction by its non-uniform FFT."""

from __future__ import annotations

import finufft

from benchmarks.peers.fourier_samples import ACCURACY, FourierSamples, slices_of_pairs
from benchmarks.peers.reconstructor import Geometry, Reconstructor, Sinograms, Volume, Worker

WHO = "finufft"
_PAIRS = 2


def _fourier(geometry: Geometry) -> Worker:
    samples = FourierSamples(geometry)
    plan = finufft.Plan(
        1,
        (geometry.n, geometry.n),
        n_trans=_PAIRS,
        eps=ACCURACY,
        isign=1,
        dtype="complex64",
        nthreads=1,
    )
    plan.setpts(samples.y, samples.x)

    def worker(sinograms: Sinograms) -> Volume:
        return slices_of_pairs(plan.execute(samples.values(sinograms)))

    return worker


RECONSTRUCTORS = (Reconstructor("fourier", WHO, _fourier, slices=2 * _PAIRS),)
