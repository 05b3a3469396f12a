"""The frames of the powder demo as an EIGER writes them, and their geometry."""

from __future__ import annotations

from pathlib import Path

import h5py

from daisy_kernel.formats import atomic_file, poni_text, write_eiger
from daisy_kernel.simulate import PowderStack

_CREATOR = "simulated by daisy demo"
_FRAMES = 20
"""Made at once, and in one file."""


def write_stack(
    stack: PowderStack, master: Path, geometry: Path, *, overwrite: bool = False
) -> None:
    """Write simulated frames: master, files of frames, PONI file.

    Parameters
    ----------
    stack
        Its frames are made in blocks.
    master
        ``NAME_master.h5``
    geometry
        The PONI file.
    overwrite
        Whether files may be replaced.

    Raises
    ------
    OutputExists, DiskFull, FileProblem
        If a file cannot be had.
    """
    blocks = (
        stack.frames(slice(start, start + _FRAMES)) for start in range(0, stack.n_frame, _FRAMES)
    )
    metadata = {
        "detector": _CREATOR,
        "pixel_size_x_m": stack.pixel_size_m,
        "pixel_size_y_m": stack.pixel_size_m,
    }
    with atomic_file(geometry, overwrite=overwrite) as temporary:
        temporary.write_text(poni_text(stack.geometry, stack.wavelength_m, source="simulated"))
    write_eiger(
        master,
        blocks,
        frames_per_file=_FRAMES,
        mask=stack.mask,
        metadata=metadata,
        overwrite=overwrite,
    )


def is_demo_stack(master: Path) -> bool:
    """Whether a master is that of an earlier demo, and so may be replaced."""
    if not master.is_file() or not h5py.is_hdf5(master):
        return False
    with h5py.File(master, "r") as file:
        description = file.get("entry/instrument/detector/description")
        return isinstance(description, h5py.Dataset) and description[()] == _CREATOR.encode()
