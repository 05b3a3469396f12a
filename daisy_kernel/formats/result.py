"""The numbers of a result, whatever kind of output it is."""

from __future__ import annotations

from pathlib import Path

from daisy_kernel.contracts.reference import Reference
from daisy_kernel.formats.hdf5_location import open_hdf5_dataset
from daisy_kernel.formats.tiff_stack import TiffStack
from daisy_kernel.formats.zarr_array import ZarrArray


def open_result(path: str | Path, dataset: str) -> Reference:
    """A dataset of something that Daisy wrote.

    Parameters
    ----------
    path
        HDF5 file, folder of TIFF images or OME-Zarr folder.
    dataset
        Path in it; images have none.

    Raises
    ------
    FileProblem
        If it cannot be read.
    MissingLibrary
        If a library is needed that is not installed.
    """
    if not Path(path).is_dir():
        return open_hdf5_dataset(path, dataset)
    return ZarrArray(path, dataset) if (Path(path) / "zarr.json").exists() else TiffStack(path)
