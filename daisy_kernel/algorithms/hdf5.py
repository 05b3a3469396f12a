"""Loading and saving single datasets of HDF5 files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from daisy_kernel.contracts.algorithm import Algorithm
from daisy_kernel.contracts.declaration import Init, Input, Output
from daisy_kernel.contracts.destination import Destination
from daisy_kernel.datastore import DataObject
from daisy_kernel.formats import open_hdf5_dataset, stated_units


class LoadHDF5(Algorithm):
    """A dataset of an HDF5 file as a data object; nothing is read until somebody needs it."""

    persistence = "load"
    inputfile_name: Annotated[Path, Init("HDF5 file to read")]

    def execute(
        self,
        *,
        input_path: Annotated[str, Field(description="path of the dataset in the file")],
        output_dataobj: Annotated[str, Output()],
    ) -> None:
        """Register the dataset under `output_dataobj`."""
        found = open_hdf5_dataset(self.inputfile_name, input_path)
        units = stated_units(self.inputfile_name, input_path)
        self.data[output_dataobj] = DataObject(found, None, units)


class SaveHDF5(Algorithm):
    """A data object as a dataset of an HDF5 file; saves of a run into one file are one commit."""

    persistence = "save"
    outputfile_name: Annotated[Path, Init("HDF5 file to write")]

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input()],
        output_path: Annotated[str, Field(description="path of the dataset in the file")],
    ) -> Destination:
        """Where `input_dataobj` goes."""
        return Destination(Path(self.outputfile_name).absolute(), output_path)
