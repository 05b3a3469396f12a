"""The ASTRA Toolbox on the CPU, with its linear (Joseph) projector."""

from __future__ import annotations

from typing import Any

import astra
import numpy as np

from benchmarks.peers.reconstructor import (
    Geometry,
    Reconstructor,
    Sinograms,
    Volume,
    Worker,
    centred,
)

WHO = "ASTRA linear"


def _worker(geometry: Geometry, method: str, iterations: int, options: dict[str, Any]) -> Worker:
    # Its CPU methods know no centre, so the detector is widened until the axis is in the middle.
    width = centred(np.zeros((1, geometry.n), np.float32), geometry.centre).shape[1]
    rays = astra.create_proj_geom("parallel", 1.0, width, geometry.angles_rad)
    pixels = astra.create_vol_geom(geometry.n, geometry.n)

    def reconstruct(sinogram: Sinograms) -> Volume:
        projector = astra.create_projector("linear", rays, pixels)
        data = astra.data2d.create("-sino", rays, centred(sinogram, geometry.centre))
        image = astra.data2d.create("-vol", pixels)
        settings = astra.astra_dict(method)
        settings.update(
            ProjectorId=projector, ProjectionDataId=data, ReconstructionDataId=image, option=options
        )
        algorithm = astra.algorithm.create(settings)
        try:
            astra.algorithm.run(algorithm, iterations)
            return astra.data2d.get(image)
        finally:
            astra.algorithm.delete(algorithm)
            astra.data2d.delete([data, image])
            astra.projector.delete(projector)

    def worker(sinograms: Sinograms) -> Volume:
        return np.array([reconstruct(sinograms[:, k]) for k in range(sinograms.shape[1])])

    return worker


def _fbp(geometry: Geometry) -> Worker:
    return _worker(geometry, "FBP", 1, {"FilterType": "ram-lak"})


def _sirt(geometry: Geometry) -> Worker:
    return _worker(geometry, "SIRT", geometry.iterations, {})


RECONSTRUCTORS = (
    Reconstructor("fbp", WHO, _fbp, largest=1024),
    Reconstructor("sirt", WHO, _sirt, largest=1024),
)
