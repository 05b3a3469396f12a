"""Saving a volume for other programs: TIFF images and OME-Zarr."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Annotated

from pydantic import Field

from daisy_kernel.contracts.algorithm import Algorithm, Params
from daisy_kernel.contracts.declaration import Init, Input, Spec, Unit
from daisy_kernel.contracts.destination import Destination
from daisy_kernel.formats import TIFF_TYPES, TiffTarget, ZarrTarget, import_zarr

VoxelSize = Annotated[float | None, Unit("m"), Field(gt=0, description="edge of a voxel")]
Title = Annotated[str, Field(description="what is shown")]


class SaveTiffStack(Algorithm):
    """The volume as a folder of TIFF images, one per slice; nothing if no folder is given."""

    persistence = "save"
    outputfile_name: Annotated[Path | None, Init("folder to write; default, none")] = None

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """None; refuses what no image holds."""
        if params["outputfile_name"] is not None:
            spec = _volume(inputs)
            if spec.dtype.name not in TIFF_TYPES:
                raise ValueError(
                    f"images of {spec.dtype} cannot be saved, only "
                    f"{', '.join(TIFF_TYPES)}: convert first"
                )
        return {}

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input()],
        voxel_size: VoxelSize = None,
        title: Title = "Reconstructed volume",
    ) -> Destination | None:
        """Where the volume goes: NAME/NAME_00000.tif ..., with NAME/daisy.json."""
        if self.outputfile_name is None:
            return None
        target = partial(TiffTarget, voxel_size_m=voxel_size, description=title)
        return Destination(Path(self.outputfile_name).absolute(), "images", target=target)


class SaveZarr(Algorithm):
    """The volume as OME-Zarr with coarser levels; nothing if no folder is given."""

    persistence = "save"
    outputfile_name: Annotated[Path | None, Init("folder to write; default, none")] = None

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """None; refuses what is no volume."""
        if params["outputfile_name"] is not None:
            _volume(inputs)
        return {}

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input()],
        voxel_size: VoxelSize = None,
        title: Title = "Reconstructed volume",
    ) -> Destination | None:
        """Where the volume goes: array 0 is the whole one, 1, 2, ... are half as fine each."""
        if self.outputfile_name is None:
            return None
        import_zarr()  # its lack is to be known before anything is computed
        target = partial(ZarrTarget, voxel_size_m=voxel_size, title=title)
        return Destination(Path(self.outputfile_name).absolute(), "0", target=target)


def _volume(inputs: Mapping[str, Spec]) -> Spec:
    spec = inputs["input_dataobj"]
    if len(spec.shape) != 3 or 0 in spec.shape:
        raise ValueError(f"an object of shape {spec.shape} is no volume: give one with three axes")
    return spec
