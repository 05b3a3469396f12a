"""Azimuthal integration through pyFAI, configured as in Fig. 4 of the paper."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from daisy_kernel.contracts.algorithm import Algorithm, Params
from daisy_kernel.contracts.declaration import Init, Input, Output, Spec, Unit
from daisy_kernel.errors import MissingLibrary

_ONE_AT_A_TIME = threading.Lock()
"""pyFAI runs OpenMP itself, and aborts where two threads build their tables at once."""


class AlgFAIIntegrate(Algorithm):
    """Powder patterns: intensity against 2 theta, one per detector frame."""

    along = ("frame",)

    wavelength: Annotated[float, Init("wavelength"), Unit("angstrom"), Field(gt=0)]
    directDist: Annotated[float, Init("sample to detector along the beam"), Unit("mm"), Field(gt=0)]
    centerX: Annotated[float, Init("column of the direct beam"), Unit("pixel")]
    centerY: Annotated[float, Init("row of the direct beam"), Unit("pixel")]
    pixelX: Annotated[float, Init("width of a pixel"), Unit("um"), Field(gt=0)]
    pixelY: Annotated[float, Init("height of a pixel"), Unit("um"), Field(gt=0)]
    PlanRotation: Annotated[float, Init("plane of the tilt, as Fit2D"), Unit("degree")] = 0.0
    tilt: Annotated[float, Init("tilt of the detector, as Fit2D"), Unit("degree")] = 0.0
    azimin: Annotated[float, Init("azimuth from"), Unit("degree")] = -180.0
    azimax: Annotated[float, Init("azimuth to"), Unit("degree")] = 180.0
    radmin: Annotated[float | None, Init("2 theta from"), Unit("degree")] = None
    radmax: Annotated[float | None, Init("2 theta to"), Unit("degree")] = None
    ntth: Annotated[int, Init("number of 2 theta bins"), Field(gt=0)] = 1000

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """One pattern of `ntth` bins per frame, and the positions of the bins."""
        n_frame = inputs["input_dataobj"].shape[0]
        patterns = Spec((n_frame, self.ntth), np.dtype(np.float32), ("frame", "radial_axis"))
        return {"output_dataobj": patterns}

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("frame", "row", "col")],
        output_dataobj: Annotated[str, Output("frame", "radial_axis")],
        mask_dataobj: Annotated[str | None, Input("row", "col")] = None,
    ) -> None:
        """Integrate every frame with pyFAI; 1 in the mask excludes a pixel."""
        frames = self.data[input_dataobj]
        # Copies: pyFAI wants to be able to write into what it is given.
        mask = None if mask_dataobj is None else self.data[mask_dataobj].copy()
        radial = None if self.radmin is None or self.radmax is None else (self.radmin, self.radmax)
        patterns = np.empty((frames.shape[0], self.ntth), np.float32)
        with _ONE_AT_A_TIME:
            integrator = _integrator(self._geometry(), frames.shape[1:])
            for frame, pattern in zip(frames, patterns, strict=True):
                result = integrator.integrate1d(
                    frame.copy(),
                    self.ntth,
                    unit="2th_deg",
                    radial_range=radial,
                    azimuth_range=(self.azimin, self.azimax),
                    mask=mask,
                )
                pattern[:] = result.intensity
        self.data[output_dataobj] = patterns

    def _geometry(self) -> tuple[float, ...]:
        return (
            *(self.wavelength, self.directDist, self.centerX, self.centerY),
            *(self.tilt, self.PlanRotation, self.pixelX, self.pixelY),
        )


@lru_cache(maxsize=4)
def _integrator(geometry: tuple[float, ...], shape: tuple[int, ...]) -> Any:
    """The integrator of pyFAI, kept because its tables take longer than a frame."""
    try:
        from pyFAI.detectors import Detector  # late: it takes a second to import
        from pyFAI.integrator.azimuthal import AzimuthalIntegrator
    except ImportError as error:
        raise MissingLibrary("pyFAI is not installed: pip install pyFAI.") from error
    wavelength_angstrom, distance_mm, x, y, tilt, rotation, pixel_x_um, pixel_y_um = geometry
    detector = Detector(pixel_y_um * 1e-6, pixel_x_um * 1e-6, max_shape=shape)
    integrator = AzimuthalIntegrator(detector=detector, wavelength=wavelength_angstrom * 1e-10)
    integrator.setFit2D(distance_mm, x, y, tilt, rotation, pixelX=pixel_x_um, pixelY=pixel_y_um)
    return integrator
