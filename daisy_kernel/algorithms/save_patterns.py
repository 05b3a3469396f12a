"""Saving integrated patterns."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

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
            str, Field(description="of the radial axis, as it was integrated")
        ] = "2th_deg",
        geometry: Annotated[
            FilePlace | None,
            Field(description="PONI file with which it was integrated; kept inside"),
        ] = None,
        solid_angle: Annotated[bool, Field(description="whether it was corrected for")] = True,
        polarization: Annotated[
            float | None, Field(description="the factor that was corrected for; none if not given")
        ] = None,
        monitor: Annotated[
            str | None, Field(description="what each frame was divided by; none if not given")
        ] = None,
        title: Annotated[str, Field(description="title of the entry")] = "Integrated patterns",
    ) -> Mapping[str, Destination]:
        """Where they go: datasets I, I_errors and the axes of /entry/data."""
        corrections = {
            "solid_angle": solid_angle,
            "polarization": polarization is not None,
            "normalization": monitor is not None,
        }
        given = {
            "input_dataobj": input_dataobj,
            "axis_dataobj": axis_dataobj,
            "errors_dataobj": errors_dataobj,
            "azimuth_dataobj": azimuth_dataobj,
        }
        describe = partial(
            _describe,
            unit=unit,
            poni=None if geometry is None else Path(geometry).read_text(),
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


def _describe(file: Any, spec: Spec, **known: Any) -> None:
    describe_patterns(file, shape=spec.shape, **known)
