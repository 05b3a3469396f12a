"""Saving a reconstructed volume."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from daisy_kernel.contracts.algorithm import Algorithm
from daisy_kernel.contracts.declaration import Init, Input, Spec, Unit
from daisy_kernel.contracts.destination import Destination
from daisy_kernel.formats import describe_volume


class SaveVolume(Algorithm):
    """The volume as NeXus (NXtomoproc): a plottable NXdata, and how it was made."""

    persistence = "save"
    outputfile_name: Annotated[Path, Init("HDF5 file to write")]

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("slice", "y", "x")],
        voxel_size: Annotated[
            float | None, Unit("m"), Field(description="edge of a voxel; the axes are given in it")
        ] = None,
        energy: Annotated[float | None, Unit("keV"), Field(description="photon energy")] = None,
        title: Annotated[str, Field(description="title of the entry")] = "Reconstructed volume",
    ) -> Destination:
        """Where the volume goes: dataset /entry/data/data."""

        def describe(file: Any, spec: Spec) -> None:
            n_slice, n_y, n_x = spec.shape
            describe_volume(
                file,
                shape=(n_slice, n_y, n_x),
                voxel_size_m=voxel_size,
                unit="1/pixel" if spec.dtype.kind == "f" else "",  # codes have none
                title=title,
                metadata={} if energy is None else {"energy_kev": energy},
            )

        path = Path(self.outputfile_name).absolute()
        return Destination(path, "/entry/data/data", describe, process="reconstruction")
