"""Daisy itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers import integrator
from benchmarks.peers.integrator import Experiment, Frames, Integrator, Patterns
from benchmarks.peers.reconstructor import Geometry, Reconstructor, Worker
from benchmarks.records import OURS
from daisy_kernel.algorithms.fai_tables import PowderSettings, powder_tables
from daisy_kernel.numba_kernels import (
    ROWS_PER_GROUP,
    InvalidPixels,
    fbp_reconstruct,
    fourier_reconstruct,
    integrate_frames,
    line_integrals,
    remove_stripes_sorting,
    sirt_reconstruct,
)

WHO = OURS
_FRAMES = 16
"""That the kernel integrates at once."""


def _fourier(geometry: Geometry) -> Worker:
    return lambda sinograms: fourier_reconstruct(
        sinograms, geometry.angles_rad, geometry.centre, filter_name="ramp"
    )


def _fbp(geometry: Geometry) -> Worker:
    return lambda sinograms: fbp_reconstruct(
        sinograms, geometry.angles_rad, geometry.centre, filter_name="ramp"
    )


def _sirt(geometry: Geometry) -> Worker:
    return lambda sinograms: sirt_reconstruct(
        sinograms, geometry.angles_rad, geometry.centre, iterations=geometry.iterations
    )


RECONSTRUCTORS = (
    Reconstructor("fourier", WHO, _fourier, slices=ROWS_PER_GROUP),
    Reconstructor("fbp", WHO, _fbp, slices=ROWS_PER_GROUP),
    Reconstructor("sirt", WHO, _sirt, slices=ROWS_PER_GROUP, largest=1024),
)


NORMALISE = {WHO: line_integrals}


def remove_stripes(sinograms: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Vo's sorting method."""
    return remove_stripes_sorting(sinograms, size=size)


def _integrator(splitting: integrator.Splitting) -> Integrator:
    def prepare(experiment: Experiment, threads: int) -> integrator.Worker:
        settings = PowderSettings(
            geometry=experiment.poni,
            unit=integrator.UNIT,
            n_radial=experiment.n_bin,
            n_azimuthal=0,
            radial_range=None,
            azimuth_range_deg=None,
            splitting=splitting,
            solid_angle=True,
            polarization=experiment.polarization,
            flip="none",
        )
        invalid = InvalidPixels(dummy=experiment.sentinel)
        table = powder_tables(
            settings, experiment.mask.shape, mask=experiment.mask, flat=None, dark=None,
            invalid=invalid,
        ).table  # fmt: skip

        def patterns(frames: Frames) -> Patterns:
            return integrate_frames(frames, table, invalid=invalid)[0]

        if threads == 1:
            return patterns
        pool = ThreadPoolExecutor(threads)

        def worker(frames: Frames) -> Patterns:
            starts = range(0, len(frames), _FRAMES)
            blocks = [frames[k : k + _FRAMES] for k in starts]
            return np.concatenate(list(pool.map(patterns, blocks)))

        return worker

    return Integrator(splitting, WHO, prepare, frames=_FRAMES)


INTEGRATORS = tuple(_integrator(splitting) for splitting in integrator.SPLITTINGS)
