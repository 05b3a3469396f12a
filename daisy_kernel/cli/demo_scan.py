"""The scan of the demo as a Data Exchange file."""

from __future__ import annotations

from pathlib import Path

import h5py

from daisy_kernel.formats import atomic_file
from daisy_kernel.simulate import TomographyScan

_CREATOR = "daisy demo"
_FRAMES = 64
"""Made and written at once."""


def write_scan(scan: TomographyScan, path: Path, *, overwrite: bool = False) -> None:
    """Write a simulated scan as Data Exchange, angles in degrees.

    Parameters
    ----------
    scan
        Its frames are made in blocks.
    path
        The file to make.
    overwrite
        Whether it may replace a file.

    Raises
    ------
    OutputExists, DiskFull, FileProblem
        If the file cannot be had.
    """
    with atomic_file(path, overwrite=overwrite) as temporary, h5py.File(temporary, "w") as file:
        file.attrs["creator"] = _CREATOR
        file["implements"] = "exchange:measurement"
        first = scan.projections(slice(0, 1))
        projections = file.create_dataset(
            "exchange/data", (scan.n_angle, scan.n_row, scan.n_col), first.dtype
        )
        projections.attrs["axes"] = "theta:y:x"
        for start in range(0, scan.n_angle, _FRAMES):
            frames = slice(start, min(start + _FRAMES, scan.n_angle))
            projections[frames] = scan.projections(frames)
        file["exchange/data_white"] = scan.flats()
        file["exchange/data_dark"] = scan.darks()
        for name in ("data", "data_white", "data_dark"):
            file[f"exchange/{name}"].attrs["units"] = "counts"
        file["exchange/theta"] = scan.angles_deg
        file["exchange/theta"].attrs["units"] = "degrees"
        file["measurement/sample/name"] = "porous rock (simulated)"
        instrument = file.create_group("measurement/instrument")
        instrument["monochromator/energy"] = scan.energy_kev
        instrument["monochromator/energy"].attrs["units"] = "keV"
        resolution = "detection_system/objective/resolution"
        instrument[resolution] = scan.pixel_size_m
        instrument[resolution].attrs["units"] = "m"


def is_demo_scan(path: Path) -> bool:
    """Whether a file is the scan of an earlier demo, and so may be replaced."""
    if not path.is_file() or not h5py.is_hdf5(path):
        return False
    with h5py.File(path, "r") as file:
        return bool(file.attrs.get("creator", "") == _CREATOR)
