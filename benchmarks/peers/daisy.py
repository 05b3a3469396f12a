"""Daisy itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.reconstructor import Geometry, Reconstructor, Worker
from benchmarks.records import OURS
from daisy_kernel.numba_kernels import (
    ROWS_PER_GROUP,
    fbp_reconstruct,
    fourier_reconstruct,
    line_integrals,
    remove_stripes_sorting,
    sirt_reconstruct,
)

WHO = OURS


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
