"""Datasets of an HDF5 file that lie in one stretch, so that their place can be known."""

from __future__ import annotations

import os

import h5py

from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.errors import FileProblem
from daisy_kernel.formats.hyperslab import Layout


def create_contiguous(file: h5py.File, name: str, spec: Spec) -> Layout:
    """Make a dataset whose space is allocated now and never filled.

    Parameters
    ----------
    file
        Opened for writing.
    name
        Path of the dataset; groups on the way are made.
    spec
        Its shape and type.

    Raises
    ------
    FileProblem
        If HDF5 does not store this type byte by byte as it is in memory.
    """
    if spec.dtype.kind not in "biufc":
        raise FileProblem(
            f"{name} is of type {spec.dtype}, which cannot be written in blocks: store numbers."
        )
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_layout(h5py.h5d.CONTIGUOUS)
    properties.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    properties.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    folder, _, leaf = name.strip("/").rpartition("/")
    group = file.require_group(folder) if folder else file
    scalar = spec.shape == ()
    space = h5py.h5s.create(h5py.h5s.SCALAR) if scalar else h5py.h5s.create_simple(spec.shape)
    stored = h5py.h5t.py_create(spec.dtype, logical=True)
    h5py.h5d.create(group.id, leaf.encode(), stored, space, properties)
    layout = contiguous_layout(file[name])
    if layout is None or layout.dtype != spec.dtype:
        raise FileProblem(
            f"{name} of type {spec.dtype} cannot be laid out in HDF5 as it is in memory: use "
            "another type."
        )
    return layout


def contiguous_layout(dataset: h5py.Dataset) -> Layout | None:
    """Where the numbers of a dataset lie, or None if they are in pieces or not allocated."""
    if dataset.id.get_create_plist().get_layout() != h5py.h5d.CONTIGUOUS:
        return None
    offset = dataset.id.get_offset()
    if offset is None and dataset.size:
        return None
    return Layout(offset or 0, dataset.shape, dataset.dtype)


def reserve(descriptor: int, n_bytes: int) -> None:
    """Take space on the disk for the first bytes of a file.

    Systems other than Linux cannot; there, a look at the free space has to do.

    Raises
    ------
    OSError
        If there is not enough.
    """
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, n_bytes)
