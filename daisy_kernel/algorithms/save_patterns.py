"""Saving integrated patterns."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from daisy_kernel.algorithms.diffraction.integration_json import IntegrationFile
from daisy_kernel.algorithms.fai_files import integration_file
from daisy_kernel.contracts.algorithm import Algorithm
from daisy_kernel.contracts.declaration import FilePlace, Init, Input, Spec
from daisy_kernel.contracts.destination import Destination
from daisy_kernel.formats import describe_patterns

_PLACES = {
    "input_dataobj": "I",
    "errors_dataobj": "I_errors",
    "axis_dataobj": "radial_axis",
    "azimuth_dataobj": "azimuthal_axis",
}


class SavePatterns(Algorithm):
    """Patterns as NeXus (NXazint1d or NXazint2d): plottable, with corrections and provenance."""

    persistence = "save"
    outputfile_name: Annotated[Path, Init("HDF5 file to write")]

    def execute(
        self,
        *,
        input_dataobj: Annotated[
            str, Input(), Field(description="(frame, radial) or (frame, azimuth, radial)")
        ],
        axis_dataobj: Annotated[str, Input("radial_axis")],
        errors_dataobj: Annotated[
            str | None, Input(), Field(description="standard deviations of the patterns")
        ] = None,
        azimuth_dataobj: Annotated[str | None, Input("azimuthal_axis")] = None,
        unit: Annotated[
            str | None,
            Field(
                description="of the radial axis, as it was integrated; "
                "if not given, as the geometry file says"
            ),
        ] = None,
        geometry: Annotated[
            FilePlace | None,
            Field(
                description="poni_file with which it was integrated; the geometry is kept inside"
            ),
        ] = None,
        solid_angle: Annotated[
            bool | None, Field(description="whether it was corrected for, if it was said")
        ] = None,
        polarization: Annotated[
            float | None, Field(description="the factor that was corrected for, if it was said")
        ] = None,
        monitor: Annotated[
            str | None, Field(description="what each frame was divided by; none if not given")
        ] = None,
        title: Annotated[str, Field(description="title of the entry")] = "Integrated patterns",
    ) -> Mapping[str, Destination]:
        """Where they go: datasets I, I_errors and the axes of /entry/data."""
        told = IntegrationFile("") if geometry is None else integration_file(geometry)
        if told.monitor_name and monitor is None:
            raise ValueError(
                f"{geometry} divides by {told.monitor_name!r} of each frame's header: give these "
                "numbers as monitor"
            )
        corrections = {
            "solid_angle": _said(solid_angle, told.solid_angle, True),
            "polarization": _said(polarization, told.polarization_factor, None) is not None,
            "normalization": monitor is not None or told.normalization_factor != 1,
        }
        given = {
            "input_dataobj": input_dataobj,
            "axis_dataobj": axis_dataobj,
            "errors_dataobj": errors_dataobj,
            "azimuth_dataobj": azimuth_dataobj,
        }
        describe = partial(
            _describe,
            unit=_said(unit, told.unit, "2th_deg"),
            poni=told.poni or None,
            corrections=corrections,
            title=title,
        )
        path = Path(self.outputfile_name).absolute()
        return {
            parameter: Destination(
                path,
                f"/entry/data/{_PLACES[parameter]}",
                describe if parameter == "input_dataobj" else None,
                process="reduction",
            )
            for parameter, name in given.items()
            if name is not None
        }


def _said(given: Any, told: Any, default: Any) -> Any:
    """As the integration chose: what the user said, else the file, else the default."""
    stated = told if given is None else given
    return default if stated is None else stated


def _describe(file: Any, spec: Spec, **known: Any) -> None:
    describe_patterns(file, shape=spec.shape, **known)
