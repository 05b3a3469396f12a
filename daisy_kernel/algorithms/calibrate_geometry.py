"""The geometry of a detector from the rings of a calibrant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from daisy_kernel.algorithms.diffraction.calibrants import calibrant_lines
from daisy_kernel.algorithms.diffraction.calibration import Calibration, calibrate
from daisy_kernel.algorithms.diffraction.flips import Flip, flipped
from daisy_kernel.contracts.algorithm import Algorithm, Params
from daisy_kernel.contracts.declaration import Input, Output, Spec, Unit

_MOST_RINGS = 30


class CalibrateGeometry(Algorithm):
    """Distance, centre and tilt of the detector, refined on the rings of a calibrant."""

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """Six numbers, four numbers for each ring, and the ones that people look at."""
        calibrant_lines(params["calibrant"], params["wavelength"])  # fails early for an unknown one
        number = Spec((), np.dtype(np.float64), ())
        floats = np.dtype(np.float64)
        return {
            "output_dataobj": Spec((8,), floats, ("parameter",)),
            "rings_dataobj": Spec((_MOST_RINGS, 4), floats, ("ring", "quantity")),
            "distance_dataobj": number,
            "center_x_dataobj": number,
            "center_y_dataobj": number,
            "tilt_dataobj": number,
            "residual_dataobj": number,
        }

    def scratch_bytes(self, inputs: Mapping[str, Spec], params: Params) -> int:
        """Angles, distances to the nearest ring, and what is fitted around the rings."""
        n_row, n_col = inputs["input_dataobj"].shape
        return 200 * n_row * n_col

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("row", "col")],
        output_dataobj: Annotated[
            str,
            Output("parameter"),
            Field(
                description="distance, poni1, poni2 [m], rot1, rot2, rot3 [rad], height and width "
                "of a pixel [m], as in a PONI file"
            ),
        ],
        wavelength: Annotated[float, Unit("angstrom"), Field(gt=0)],
        distance: Annotated[float, Unit("mm"), Field(gt=0, description="roughly; along the beam")],
        center_x: Annotated[
            float, Unit("pixel"), Field(description="column of the direct beam, roughly")
        ],
        center_y: Annotated[
            float, Unit("pixel"), Field(description="row of the direct beam, roughly")
        ],
        pixel_x: Annotated[float, Unit("um"), Field(gt=0, description="width of a pixel")],
        pixel_y: Annotated[
            float | None, Unit("um"), Field(gt=0, description="its height; as wide if not given")
        ] = None,
        calibrant: Annotated[
            str, Field(description="CeO2, LaB6, Si, AgBh...: a name that pyFAI knows")
        ] = "CeO2",
        mask_dataobj: Annotated[
            str | None, Input("row", "col"), Field(description="1 excludes a pixel")
        ] = None,
        flip: Annotated[
            Flip, Field(description="turn the image over first: ud upside down, lr left to right")
        ] = "none",
        center_within: Annotated[
            float, Unit("pixel"), Field(ge=0, description="how wrong the centre may be")
        ] = 15.0,
        distance_within: Annotated[
            float, Unit("mm"), Field(ge=0, description="how wrong the distance may be")
        ] = 10.0,
        refines_tilt: Annotated[
            bool, Field(description="whether the detector may be tilted against the beam")
        ] = True,
        rings_dataobj: Annotated[
            str,
            Output("ring", "quantity"),
            Field(
                description="for each ring two theta, mean and rms residual [degree] and number "
                "of places; NaN where there is no ring"
            ),
        ] = "calibration_rings",
        distance_dataobj: Annotated[
            str, Output(), Field(description="along the beam [mm]")
        ] = "distance",
        center_x_dataobj: Annotated[
            str, Output(), Field(description="column of the direct beam, as Fit2D counts [pixel]")
        ] = "center_x",
        center_y_dataobj: Annotated[
            str, Output(), Field(description="row of the direct beam, as Fit2D counts [pixel]")
        ] = "center_y",
        tilt_dataobj: Annotated[str, Output(), Field(description="[degree]")] = "tilt",
        residual_dataobj: Annotated[
            str, Output(), Field(description="rms of two theta over all places [degree]")
        ] = "residual",
    ) -> None:
        """See `calibrate`; the wavelength is taken as it is given."""
        image = self.data[input_dataobj]
        good = np.isfinite(image) & (image >= 0)
        if mask_dataobj is not None:
            good &= self.data[mask_dataobj] == 0
        image, good = flipped(image, flip), flipped(good, flip)
        pixel_m = (1e-6 * (pixel_x if pixel_y is None else pixel_y), 1e-6 * pixel_x)
        start = _geometry(pixel_m)
        start.setFit2D(distance, center_x, center_y)
        found = calibrate(
            np.where(good, image, 0).astype(np.float32),
            good,
            calibrant_lines(calibrant, wavelength),
            start.param[:6],
            pixel_m,
            center_within=center_within,
            distance_within=distance_within / distance,
            refines_tilt=refines_tilt,
        )
        self._log(found)
        rings = np.full((_MOST_RINGS, 4), np.nan)
        rings[: len(found.rings)] = found.rings[:_MOST_RINGS]
        refined = _geometry(pixel_m, found.geometry).getFit2D()
        self.data[output_dataobj] = np.array([*found.geometry, *pixel_m])
        self.data[rings_dataobj] = rings
        self.data[distance_dataobj] = float(refined["directDist"])
        self.data[center_x_dataobj] = float(refined["centerX"])
        self.data[center_y_dataobj] = float(refined["centerY"])
        self.data[tilt_dataobj] = float(refined["tilt"])
        self.data[residual_dataobj] = found.rms_deg

    def _log(self, found: Calibration) -> None:
        for two_theta, mean, rms, count in found.rings:
            if count:
                self.LogInfo(
                    f"ring at {two_theta:.4f} degrees: {mean:+.4f} on average, {rms:.4f} rms in "
                    f"{count:.0f} places"
                )


def _geometry(pixel_m: tuple[float, float], numbers: tuple[float, ...] = ()) -> Any:
    from pyFAI.detectors import Detector  # late: it takes a second to import
    from pyFAI.geometry import Geometry

    return Geometry(*numbers, detector=Detector(*pixel_m))
