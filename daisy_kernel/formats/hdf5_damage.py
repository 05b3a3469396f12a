"""What may be wrong with an HDF5 file that is read, in words."""

from __future__ import annotations

import re
from pathlib import Path

import h5py

from daisy_kernel.errors import FileProblem

DAMAGE = (RuntimeError, TypeError, ValueError, KeyError)
"""What h5py raises of damaged metadata; of an OSError, readers say what it concerns."""
UNREADABLE = (FileProblem, OSError, *DAMAGE)
"""What reading something in a damaged file may raise."""


def opened(path: Path) -> tuple[h5py.File, bool]:
    """The file, for reading and without a lock, and whether a writer still has it open.

    Raises
    ------
    FileProblem
        If it is missing, empty, truncated, locked by a dead writer, damaged or not HDF5.
    """
    if not path.exists():
        raise FileProblem(f"There is no file {path}: check the name, or the disk that holds it.")
    if path.is_dir():
        raise FileProblem(f"{path} is a folder, not an HDF5 file: name a file in it.")
    try:
        return h5py.File(path, "r", locking=False), False
    except PermissionError as error:
        raise FileProblem(f"{path} may not be read by you: ask its owner for access.") from error
    except OSError as error:
        # Somebody in this process holds it with locks; two ways at once are not possible.
        if "locking flag values" in str(error):
            return h5py.File(path, "r"), False
        if "already open for write" not in str(error):
            raise unreadable(path, error) from error
    try:
        return h5py.File(path, "r", locking=False, swmr=True), True
    except OSError as error:
        raise FileProblem(
            f"{path} is still open for writing, or its writer died: wait until it is closed, or "
            f"run 'h5clear -s {path.name}' on a copy."
        ) from error


def unreadable(path: Path, error: Exception) -> FileProblem:
    """What is wrong with a file whose reading raised one of `UNREADABLE`."""
    message = str(error).strip("'\"")  # a KeyError quotes its message
    size = path.stat().st_size
    if size == 0:
        return FileProblem(f"{path} is empty (0 bytes): copy it again.")
    cut = re.search(r"truncated file: eof = (\d+).*stored_eof = (\d+)", message)
    if cut:
        return FileProblem(
            f"{path} is truncated at {cut[1]} of {cut[2]} bytes: copy it again, or if its writer "
            "died, run 'h5clear --increment' on a copy."
        )
    if not h5py.is_hdf5(path):
        return FileProblem(f"{path} is not an HDF5 file ({size} bytes): check the name.")
    reason = re.sub(r"^(?:Unable to|Can't|Link).*?\((.*)\)$", r"\1", message)
    return FileProblem(f"{path} is a damaged HDF5 file ({reason}): copy it again.")
