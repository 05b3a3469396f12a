"""What a geometry says about a frame: where its rings lie and where the beam meets it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from daisy_kernel.algorithms.diffraction.calibrants import calibrant_lines
from daisy_kernel.algorithms.diffraction.cone import cone_of, on_detector
from daisy_kernel.algorithms.diffraction.ring_lines import ring_lines
from daisy_kernel.algorithms.fai_geometry import PowderAlgorithm
from daisy_kernel.algorithms.fai_tables import pyfai_integrator
from daisy_kernel.contracts.algorithm import Params
from daisy_kernel.contracts.declaration import Input, Output, Spec, Unit
from daisy_kernel.contracts.detector_place import DetectorPlace

Floats = NDArray[np.float64]


class TraceRings(PowderAlgorithm):
    """The rings of a calibrant, or one ring, as lines on the detector; and the direct beam."""

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """Points of lines, angles of rings, numbers of the geometry."""
        super().outputs(inputs, params)
        shape = inputs["input_dataobj"].shape[1:]
        angles, lines, place = self._traced(
            shape, params["calibrant"], params["two_theta"], params["n_ring"]
        )
        floats = np.dtype(np.float64)
        return {
            "output_dataobj": Spec(lines.shape, floats, ("point", "quantity")),
            "angles_dataobj": Spec(angles.shape, floats, ("ring",)),
            "place_dataobj": Spec((len(place),), floats, ("quantity",)),
        }

    def execute(
        self,
        *,
        input_dataobj: Annotated[
            str,
            Input("frame", "row", "col", lazy="frame"),
            Field(description="frames, of which only the size is looked at"),
        ],
        output_dataobj: Annotated[
            str,
            Output("point", "quantity"),
            Field(
                description="ring, row and column [pixel] as frames are stored; NaN ends each line"
            ),
        ],
        calibrant: Annotated[
            str, Field(description="CeO2, LaB6, Si, AgBh...: a name that pyFAI knows")
        ] = "CeO2",
        two_theta: Annotated[
            float | None,
            Unit("degree"),
            Field(gt=0, lt=180, description="one ring there instead of those of the calibrant"),
        ] = None,
        n_ring: Annotated[int, Field(ge=1, le=200, description="how many at most")] = 40,
        angles_dataobj: Annotated[
            str, Output("ring"), Field(description="two theta of each ring [degree]")
        ] = "ring_angles",
        place_dataobj: Annotated[
            str, Output("quantity"), Field(description="see `DetectorPlace`")
        ] = "detector_place",
    ) -> None:
        """See `ring_lines`."""
        shape = self.data[input_dataobj].shape[1:]
        angles, lines, place = self._traced(shape, calibrant, two_theta, n_ring)
        self.data[output_dataobj] = lines
        self.data[angles_dataobj] = np.degrees(angles)
        self.data[place_dataobj] = np.array(place)

    def _traced(
        self, shape: tuple[int, ...], calibrant: str, two_theta: float | None, n_ring: int
    ) -> tuple[Floats, Floats, DetectorPlace]:
        integrator = pyfai_integrator(self.settings().geometry, shape)
        geometry, detector = integrator.param[:6], integrator.detector
        pixel_m = (float(detector.pixel1), float(detector.pixel2))
        wavelength = np.nan if integrator.wavelength is None else 1e10 * integrator.wavelength
        if two_theta is not None:
            angles = np.radians([two_theta])
        elif np.isfinite(wavelength):
            n_row, n_col = shape
            corners = np.array([(0, 0), (0, n_col), (n_row, 0), (n_row, n_col)]) - 0.5
            farthest = cone_of(geometry, pixel_m, *corners.T)[0].max()
            angles = calibrant_lines(calibrant, wavelength)
            angles = angles[angles < farthest][:n_ring]
        else:
            raise ValueError(
                "the geometry states no wavelength, so the rings of a calibrant have no angles: "
                "add 'Wavelength: ...' in metres to the PONI file"
            )
        turned = self._turned(int(detector.orientation or 3))
        lines = ring_lines(geometry, pixel_m, angles, shape)
        lines[:, 1:] = _stored(lines[:, 1:], turned, shape)
        beam = np.stack(on_detector(geometry, pixel_m, np.zeros(1), np.zeros(1)), axis=1)
        row, col = _stored(beam, turned, shape)[0]
        cosine = np.cos(geometry[3]) * np.cos(geometry[4])
        return angles, lines, DetectorPlace(
            distance_mm=1e3 * geometry[0] / cosine,
            beam_row=float(row),
            beam_col=float(col),
            center_x=float(beam[0, 1]) + 0.5,
            center_y=float(beam[0, 0]) + 0.5,
            tilt_deg=float(np.degrees(np.arccos(cosine))),
            pixel_x_um=1e6 * pixel_m[1],
            pixel_y_um=1e6 * pixel_m[0],
            wavelength_angstrom=float(wavelength),
        )  # fmt: skip

    def _turned(self, orientation: int) -> tuple[bool, bool]:
        """Whether rows and columns of a stored frame count against those of the geometry.

        Orientations are those of EXIF, as pyFAI counts them; 3 is as Daisy stores images.
        """
        rows, columns = self.flip in ("ud", "both"), self.flip in ("lr", "both")
        return rows != (orientation in (1, 2)), columns != (orientation in (1, 4))


def _stored(points: Floats, turned: tuple[bool, bool], shape: tuple[int, ...]) -> Floats:
    """(n, 2) rows and columns of the frame as it is stored; turning undoes itself."""
    return np.stack(
        [n - 1 - points[:, i] if turned[i] else points[:, i] for i, n in enumerate(shape)], axis=1
    )
