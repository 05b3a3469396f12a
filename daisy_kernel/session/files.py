"""What a file holds before anybody loads it: its meaning, its tree, and a look at its data."""

from __future__ import annotations

import math
import stat
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from daisy_kernel.configuration import read_configuration
from daisy_kernel.contracts.protocol_fields import Named, Nothing
from daisy_kernel.contracts.protocol_files import (
    MAX_NODES,
    AskFile,
    AskPreview,
    FileInfo,
    Preview,
    ProfileInfo,
    ProfileList,
    SaveProfile,
)
from daisy_kernel.contracts.protocol_objects import ShowPlane
from daisy_kernel.contracts.reference import Reference
from daisy_kernel.contracts.transport import Buffers
from daisy_kernel.datastore import DataStore, sliceable
from daisy_kernel.errors import FileProblem, OutOfBudget
from daisy_kernel.formats import FramesOfAGrid, ProfileFolder, describe_file, open_hdf5_dataset
from daisy_kernel.formats.hdf5_listing import hdf5_listing
from daisy_kernel.session.folders import reached, require_contents
from daisy_kernel.session.objects import as_buffer
from daisy_kernel.session.opening import interesting_parts
from daisy_kernel.session.planes import Planes

MOST_BYTES = 1 << 29
"""What may be read for a preview [bytes]: a person waits for it."""


def describe_a_file(asked: AskFile) -> FileInfo:
    """What Daisy understands of a file or folder of images, and its tree.

    Raises
    ------
    FileProblem
        If it is missing, no file, damaged, or of no format that is read.
    UnknownName
        If there is no such profile.
    OutOfReach
        If the caller may not use it.
    """
    file, status = _regular(asked.path)
    roots = read_configuration().data_roots
    given = asked.profile
    profile = _profiles().find(given) if isinstance(given, str) else given
    description = describe_file(file, profile=profile, data_roots=roots)
    is_folder = stat.S_ISDIR(status.st_mode)
    nodes, complete = (
        hdf5_listing(file, limit=MAX_NODES, data_roots=roots)
        if not is_folder and h5py.is_hdf5(file)
        else ([], True)
    )
    size = None if is_folder else status.st_size
    return FileInfo(str(file), size, status.st_mtime, description, nodes, complete)


def preview(asked: AskPreview) -> tuple[Preview, Buffers]:
    """One image of a dataset, or a curve if it has one dimension.

    Raises
    ------
    FileProblem
        If there is no such dataset, or it holds no numbers.
    OutOfBudget
        If too much would have to be read for it.
    OutOfReach
        If the caller may not use the file.
    """
    file, _ = _regular(asked.path)
    source = _source(file, asked.dataset)
    shape, dtype = source.shape, source.dtype
    if dtype.kind not in "iufcb" or 0 in shape:
        what = "no values" if 0 in shape else f"values of type {dtype}"
        raise FileProblem(f"{asked.dataset or file} holds {what}: there is nothing to show.")
    if len(shape) < 2:
        return _curve(source, asked.max_size)
    frames = source if len(shape) == 3 else FramesOfAGrid(source)
    index = frames.shape[0] // 2 if asked.index is None else asked.index
    _require_cheap(frames, asked)
    store = DataStore()
    store.put("preview", frames)
    picture, buffers = Planes(store).image(
        ShowPlane("preview", index=index, max_size=asked.max_size, bits=8)
    )
    return Preview(shape, str(dtype), frames.shape[0], picture, 1), buffers


class Profiles:
    """Operations on scan profiles."""

    def all(self, _: Nothing) -> ProfileList:
        """Every profile, the facility's first."""
        return ProfileList(_profiles().all())

    def save(self, asked: SaveProfile) -> ProfileInfo:
        """Keep a profile under a name."""
        return _profiles().save(asked.name, asked.profile, overwrite=asked.overwrite)

    def delete(self, asked: Named) -> Nothing:
        """Forget a saved profile."""
        _profiles().delete(asked.name)
        return Nothing()


def _profiles() -> ProfileFolder:
    configuration = read_configuration()
    return ProfileFolder(configuration.profile_directory, configuration.profiles)


def _regular(path: str) -> tuple[Path, Any]:
    """A file or folder that can be opened without waiting for somebody at its other end."""
    file = reached(path)
    try:
        status = file.stat()
    except OSError as error:
        raise FileProblem(
            f"{file} cannot be opened ({error.strerror or error}): choose another file."
        ) from error
    if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
        raise FileProblem(
            f"{file} is a pipe or device, not a file: choose a file or a folder of images."
        )
    if stat.S_ISDIR(status.st_mode):
        require_contents(file)
    return file, status


def _source(file: Path, dataset: str | None) -> Reference:
    if dataset is not None:
        return open_hdf5_dataset(file, dataset, data_roots=read_configuration().data_roots)
    return sliceable(next(iter(interesting_parts(str(file)).values())).value)


def _curve(source: Reference, most_points: int) -> tuple[Preview, Buffers]:
    shape = source.shape
    nbytes = math.prod(shape) * source.dtype.itemsize
    if nbytes > MOST_BYTES:
        raise OutOfBudget(
            f"A curve of {shape[0]} values would read {nbytes} bytes, more than {MOST_BYTES}: "
            "open the dataset in a viewer."
        )
    step = max(1, -(-math.prod(shape) // most_points))
    values = source.read(tuple(slice(0, n) for n in shape)).reshape(-1)[::step]
    drawn = np.abs(values) if np.iscomplexobj(values) else values
    buffer = as_buffer(np.ascontiguousarray(drawn, "<f4"))
    return Preview(shape, str(source.dtype), 0, None, step), (buffer,)


def _require_cheap(frames: Reference, asked: AskPreview) -> None:
    """One image may cost all images: where chunks reach across them, say."""
    is_dear = 0 in frames.dear_axes()
    read = frames.shape if is_dear else frames.shape[1:]
    nbytes = math.prod(read) * frames.dtype.itemsize
    if nbytes > MOST_BYTES:
        raise OutOfBudget(
            f"One image of {asked.dataset or asked.path} would read up to {nbytes} bytes, more "
            f"than {MOST_BYTES} for a preview: open it in a viewer."
        )
