"""The space of an unfinished HDF5 file: all of it is taken before anything is computed."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import h5py

from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.errors import FileProblem
from daisy_kernel.formats.atomic import FULL, flush_to_disk, no_room, unwritable
from daisy_kernel.formats.contiguous import contiguous_layout, create_contiguous, reserve
from daisy_kernel.formats.hdf5_damage import UNREADABLE
from daisy_kernel.formats.hyperslab import Layout

HEADROOM_BYTES = 16 << 20
"""Kept free beside the datasets: for the tree of the file and, at the end, its provenance."""
ALIGNMENT_BYTES = 4096
"""Datasets start at a page, so that blocks of two datasets never share one."""
MARK = "daisy_allocated"
"""Root attribute of an unfinished file: names of the datasets, written when all are there."""

Describe = Callable[[h5py.File], None]


def make_datasets(
    part: Path, path: Path, datasets: Mapping[str, Spec], describe: Describe | None
) -> dict[str, Layout]:
    """Make a file with contiguous datasets and take all their space.

    Parameters
    ----------
    part
        The file to make; one that is there is replaced.
    path
        Its name at the end, for what is said of errors.
    datasets
        Path in the file -> shape and type.
    describe
        Adds what surrounds the datasets.

    Returns
    -------
    layouts
        Where each dataset lies.

    Raises
    ------
    DiskFull
        If the datasets do not fit; nothing is left behind.
    FileProblem
        If the folder may not be written to.
    """
    try:
        return _make(part, path, datasets, describe)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def find_datasets(part: Path, datasets: Mapping[str, Spec]) -> dict[str, Layout] | None:
    """Where the datasets of a killed run lie; None if these are not all there."""
    try:
        with h5py.File(part, "r", locking=False) as file:
            if json.loads(file.attrs[MARK]) != sorted(datasets):
                return None
            found = {name: contiguous_layout(file[name]) for name in datasets}
    except UNREADABLE:  # absent, cut off, damaged, or of something else
        return None
    layouts: dict[str, Layout] = {}
    size = part.stat().st_size
    for name, spec in datasets.items():
        layout = found[name]
        if layout is None or (layout.shape, layout.dtype) != (spec.shape, spec.dtype):
            return None
        if layout.offset + spec.nbytes > size:
            return None
        layouts[name] = layout
    return layouts


def reopen_datasets(part: Path, datasets: Iterable[str]) -> None:
    """Make a copy of a finished file an unfinished one, so that `find_datasets` finds its blocks.

    Parameters
    ----------
    part
        The copy; if not all of it can be read as HDF5 any more, it is removed.
    datasets
        What was allocated in it.
    """
    try:
        with h5py.File(part, "r+", locking=False) as file:
            _look_at("/", file)
            file.visititems(_look_at)  # what is damaged there would be damaged in the mended file
            _drop_provenance(file)
            file.attrs[MARK] = json.dumps(sorted(datasets))
    except UNREADABLE:
        part.unlink()


def _make(
    part: Path, path: Path, datasets: Mapping[str, Spec], describe: Describe | None
) -> dict[str, Layout]:
    layouts: dict[str, Layout] = {}
    needed = sum(spec.nbytes + ALIGNMENT_BYTES for spec in datasets.values()) + HEADROOM_BYTES
    part.unlink(missing_ok=True)
    if needed > (available := _free(path)):
        raise no_room(path, needed, available)
    try:
        with h5py.File(part, "w", locking=False) as file:
            file.attrs.create("creator", "Daisy", dtype=h5py.string_dtype())
        # All space is taken before HDF5 makes the datasets: from here on it cannot run out.
        descriptor = os.open(part, os.O_RDWR)
        try:
            reserve(descriptor, needed)
        finally:
            os.close(descriptor)
        with h5py.File(
            part,
            "r+",
            locking=False,
            alignment_threshold=ALIGNMENT_BYTES,
            alignment_interval=ALIGNMENT_BYTES,
        ) as file:
            for name, spec in datasets.items():
                layouts[name] = create_contiguous(file, name, spec)
            if describe is not None:
                describe(file)
            file.attrs[MARK] = json.dumps(sorted(datasets))
        flush_to_disk(part)
    except FileProblem:
        raise
    except OSError as error:
        if error.errno in FULL:
            raise no_room(path, needed, _free(path)) from error
        raise unwritable(path, error) from error
    return layouts


def _look_at(_: str, found: h5py.Group | h5py.Dataset) -> None:
    dict(found.attrs)


def _drop_provenance(file: h5py.File) -> None:
    # It is written anew at the end, where what is damaged, be it a name, would stay beside it.
    entry = file.get("entry")
    for name in list(entry) if isinstance(entry, h5py.Group) else ():
        held = entry[name]
        if isinstance(held, h5py.Group) and ("program" in held or "document" in held):
            del entry[name]


def _free(path: Path) -> int:
    return shutil.disk_usage(path.parent).free
