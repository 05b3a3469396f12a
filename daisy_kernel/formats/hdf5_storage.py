"""Whether the numbers of an HDF5 dataset can be trusted to be there, and to be numbers."""

from __future__ import annotations

import os
from math import prod
from pathlib import Path

import h5py

from daisy_kernel.errors import FileProblem, MissingLibrary
from daisy_kernel.formats.hdf5_tree import HDF5Tree

Bounds = tuple[tuple[int, int], ...]
"""First and last index of a block, per dimension."""
MOST_NESTED = 4
"""Virtual datasets made of virtual datasets made of ..."""


def check_storage(
    tree: HDF5Tree, dataset: h5py.Dataset, *, bounds: Bounds | None = None, depth: int = MOST_NESTED
) -> list[Path]:
    """Make sure that reading a dataset gives its numbers or fails.

    HDF5 itself gives fill values, without a word, for parts of a virtual dataset that are lost.

    Parameters
    ----------
    tree
        The file that the dataset was found in.
    dataset
        What is to be read.
    bounds
        The part that is to be read; only the virtual parts that touch it are checked.
    depth
        How often a part may be virtual itself.

    Returns
    -------
    parts : list of Path
        Other files that hold the numbers.

    Raises
    ------
    FileProblem
        If the dataset holds no numbers, keeps them in raw files outside HDF5, was never written,
        or a part of it is lost.
    MissingLibrary
        If it is compressed in a way that nothing installed can undo.
    """
    name = describe(dataset)
    if dataset.dtype.kind not in "biufc" or dataset.shape is None:
        raise FileProblem(
            f"{name} holds {_kind(dataset)}, not an array of numbers: choose another dataset."
        )
    if dataset.external:
        raise FileProblem(
            f"{name} keeps its numbers in the file {dataset.external[0][0]} outside HDF5, which "
            "is not read for safety: copy them in with 'h5repack -l CONTI'."
        )
    if dataset.is_virtual:
        return _check_parts(tree, dataset, bounds, depth)
    _require_filters(dataset)
    if dataset.id.get_storage_size() == 0 and prod(dataset.shape) > 0 and dataset.nbytes > 64:
        raise FileProblem(
            f"{name} was made but never written: its {dataset.shape} numbers would all be fill "
            "values; wait until the scan is finished, or copy the file again."
        )
    return []


def unwritten_chunks(dataset: h5py.Dataset) -> tuple[int, int]:
    """Number of chunks that were never written, and of all chunks."""
    if dataset.chunks is None or dataset.is_virtual:
        return 0, 0
    total = prod(-(-n // c) for n, c in zip(dataset.shape, dataset.chunks, strict=True))
    return total - dataset.id.get_num_chunks(), total


def filter_numbers(dataset: h5py.Dataset) -> list[int]:
    """Registered numbers of the filters that chunks pass through."""
    properties = dataset.id.get_create_plist()
    return [properties.get_filter(i)[0] for i in range(properties.get_nfilters())]


def describe(dataset: h5py.Dataset) -> str:
    """Path and file of a dataset, for errors."""
    return f"{dataset.name} in {os.fsdecode(dataset.file.filename)}"


def _kind(dataset: h5py.Dataset) -> str:
    if dataset.shape is None:
        return "nothing"
    if h5py.check_string_dtype(dataset.dtype):
        return "text"
    return f"elements of type {dataset.dtype}"


def _require_filters(dataset: h5py.Dataset) -> None:
    missing = [n for n in filter_numbers(dataset) if not h5py.h5z.filter_avail(n)]
    if not missing:
        return
    try:
        import hdf5plugin  # noqa: F401 (registers its filters: bitshuffle, LZ4, Zstd, Blosc, ...)
    except ImportError as error:
        raise MissingLibrary(
            f"{describe(dataset)} is compressed with HDF5 filter {missing[0]}, which is not "
            "built in: pip install hdf5plugin."
        ) from error
    if not all(h5py.h5z.filter_avail(n) for n in missing):
        raise MissingLibrary(
            f"{describe(dataset)} is compressed with HDF5 filter {missing[0]}, which hdf5plugin "
            "does not bring either: write the file with another compression (h5repack)."
        )


def _check_parts(
    tree: HDF5Tree, dataset: h5py.Dataset, bounds: Bounds | None, depth: int
) -> list[Path]:
    if depth == 0:
        raise FileProblem(
            f"{describe(dataset)} is virtual over more than {MOST_NESTED} levels: consolidate it "
            "with h5repack."
        )
    files: dict[Path, None] = {}
    for source in dataset.virtual_sources():
        target = _bounds(source.vspace)
        if bounds is not None and target is not None and not _touch(bounds, target):
            continue
        files.update(dict.fromkeys(_check_part(tree, dataset, source, depth)))
    return list(files)


def _check_part(
    tree: HDF5Tree, dataset: h5py.Dataset, source: h5py._hl.vds.VDSmap, depth: int
) -> list[Path]:
    name = f"The virtual dataset {dataset.name}"
    holder = Path(os.fsdecode(dataset.file.filename))
    if "%b" in source.file_name.replace("%%", "") + source.dset_name.replace("%%", ""):
        raise FileProblem(
            f"{name} in {holder} names its parts by the pattern {source.file_name}, so that a "
            "lost one cannot be told from none: consolidate it with h5repack."
        )
    part_tree, files = tree, []
    if source.file_name != ".":
        file_name = source.file_name.replace("%%", "%")
        part_tree = tree.part(file_name, beside=holder, reason=name)
        files = [part_tree.path]
    part_path = "/" + source.dset_name.replace("%%", "%").lstrip("/")
    part = part_tree.get(part_path)
    if not isinstance(part, h5py.Dataset):
        raise FileProblem(
            f"{name} in {holder} needs the part {part_path} in {part_tree.path}, which is not "
            "there: copy that file again."
        )
    needed = _bounds(source.src_space)
    if needed is not None and any(
        last >= n for (_, last), n in zip(needed, part.shape, strict=True)
    ):
        raise FileProblem(
            f"{name} in {holder} needs indices up to {tuple(last for _, last in needed)} of its "
            f"part {part_path} in {part_tree.path}, which has only the shape {part.shape}: copy "
            "that file again, or wait until it is finished."
        )
    return files + check_storage(part_tree, part, depth=depth - 1)


def _bounds(space: h5py.h5s.SpaceID) -> Bounds | None:
    """First and last selected index per dimension; None where all or unlimited."""
    try:
        first, last = space.get_select_bounds()
    except (ValueError, RuntimeError):  # what h5py raises for "all" and for "unlimited"
        return None
    return tuple(zip(first, last, strict=True))


def _touch(one: Bounds, other: Bounds) -> bool:
    return all(a <= d and c <= b for (a, b), (c, d) in zip(one, other, strict=True))
