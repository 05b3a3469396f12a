"""Folders of the kernel, as far as the caller may look."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import cast

from daisy_kernel.configuration import read_configuration
from daisy_kernel.contracts.protocol_files import (
    MAX_ENTRIES,
    AskFolder,
    EntryKind,
    FolderEntry,
    FolderInfo,
)
from daisy_kernel.errors import FileProblem
from daisy_kernel.formats import reachable_folders, require_reach
from daisy_kernel.formats.fabio_series import SUFFIXES as FRAME_SUFFIXES
from daisy_kernel.formats.frames import HDF5_SUFFIXES
from daisy_kernel.formats.tiff_stack import SUFFIXES as TIFF_SUFFIXES

MOST_SCANNED = 200_000
"""Names that are looked at in one folder."""
_DIGITS = re.compile(r"(\d+)")


def list_folder(asked: AskFolder) -> FolderInfo:
    """What a folder holds; hidden files are left out, and links out of what may be seen.

    Raises
    ------
    FileProblem
        If it is missing, no folder, or may not be read.
    OutOfReach
        If the caller may not use it.
    """
    roots = _roots()
    folder = reached(asked.path) if asked.path is not None else roots[0]
    names, complete = _names(folder, asked.filter.casefold())
    is_free = reachable_folders() is None
    found = [entry for entry in names if is_free or not entry.is_symlink() or _may_see(entry)]
    found.sort(key=lambda entry: (not _is_folder(entry), _natural(entry.name)))
    above = [p for p in reversed(folder.parents) if is_free or _is_within(p, roots)]
    return FolderInfo(
        str(folder),
        [str(place) for place in above],
        [str(root) for root in roots],
        [_entry(entry) for entry in found[:MAX_ENTRIES]],
        len(found),
        complete,
    )


def reached(path: str) -> Path:
    """A path with its links resolved, once it is sure that the caller may use it.

    Raises
    ------
    FileProblem
        If it cannot be a path.
    OutOfReach
        If the caller may not use it.
    """
    if "\0" in path or not _is_sendable(path):
        raise FileProblem(f"{path!r} cannot be the name of a file: choose one from the list.")
    require_reach(path)
    resolved = Path(os.path.realpath(Path(path).expanduser()))
    require_reach(resolved)
    return resolved


def require_contents(folder: Path) -> None:
    """Make sure that no link in a folder of images leads to where the caller may not go.

    Raises
    ------
    OutOfReach
        If one does.
    FileProblem
        If the folder may not be read.
    """
    if reachable_folders() is None:
        return
    for entry in _names(folder, "")[0]:
        if entry.is_symlink():
            require_reach(entry.path)


def _roots() -> list[Path]:
    """Where one may begin: the working folder, then the data roots that are there."""
    folders = reachable_folders()
    if folders is None:
        folders = (Path.cwd(), *read_configuration().data_roots)
    resolved = dict.fromkeys(Path(os.path.realpath(folder)) for folder in folders)
    return [folder for folder in resolved if folder.is_dir()] or [Path.cwd()]


def _names(folder: Path, wanted: str) -> tuple[list[os.DirEntry[str]], bool]:
    """Entries whose names hold what is wanted, and whether all were looked at."""
    found: list[os.DirEntry[str]] = []
    try:
        with os.scandir(folder) as entries:
            for number, entry in enumerate(entries):
                if number == MOST_SCANNED:
                    return found, False
                is_hidden = entry.name.startswith(".") and not wanted.startswith(".")
                if wanted in entry.name.casefold() and not is_hidden and _is_sendable(entry.name):
                    found.append(entry)
    except FileNotFoundError as error:
        raise FileProblem(f"There is no folder {folder}: choose another one.") from error
    except NotADirectoryError as error:
        raise FileProblem(f"{folder} is a file, not a folder: open it as a file.") from error
    except OSError as error:
        raise FileProblem(
            f"The folder {folder} cannot be read ({error.strerror or error}): ask its owner for "
            "access."
        ) from error
    return found, True


def _is_sendable(name: str) -> bool:
    """Whether a name can travel as text; the bytes of others mean nothing to anybody else."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _may_see(entry: os.DirEntry[str]) -> bool:
    return _is_within(Path(os.path.realpath(entry.path)), reachable_folders() or ())


def _is_within(place: Path, folders: Iterable[Path]) -> bool:
    return any(place.is_relative_to(folder) for folder in folders)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _natural(name: str) -> list[tuple[int, int, str]]:
    """Names with numbers in the order of the numbers: scan_9 before scan_10."""
    parts = _DIGITS.split(name.casefold())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part]


def _entry(entry: os.DirEntry[str]) -> FolderEntry:
    try:
        status = entry.stat()
    except OSError:  # a link that leads nowhere
        return FolderEntry(entry.name, "special", None, None)
    if stat.S_ISDIR(status.st_mode):
        return FolderEntry(entry.name, "folder", None, status.st_mtime)
    if not stat.S_ISREG(status.st_mode):
        return FolderEntry(entry.name, "special", None, status.st_mtime)
    ending = Path(entry.name).suffix.lower()
    kinds = {"hdf5": HDF5_SUFFIXES, "image": (*TIFF_SUFFIXES, *FRAME_SUFFIXES)}
    kind = next((kind for kind, endings in kinds.items() if ending in endings), "other")
    return FolderEntry(entry.name, cast(EntryKind, kind), status.st_size, status.st_mtime)
