"""Datasets named in one text with their file: ``"scan.h5:/entry/data"``."""

from __future__ import annotations

from pathlib import Path

from daisy_kernel.errors import FileProblem
from daisy_kernel.formats.hdf5_dataset import HDF5Dataset
from daisy_kernel.formats.hdf5_tree import HDF5Tree


def open_hdf5_dataset(
    path: str | Path, dataset: str | None = None, *, data_roots: tuple[Path, ...] = ()
) -> HDF5Dataset:
    """The numbers at a path in an HDF5 file, without reading them.

    Parameters
    ----------
    path
        The file, or ``"file.h5:/path/in/the/file"``.
    dataset
        Path in the file; may be left out if `path` names it.
    data_roots
        Further folders that links in the file may lead into.

    Raises
    ------
    FileProblem
        If the file is missing, empty, truncated or not HDF5, or has no such dataset; the error
        lists what there is.
    """
    file, named = split_location(path)
    wanted = dataset or named
    if wanted is None:
        raise FileProblem(
            f"No dataset of {file} was named: add it, as in '{Path(file).name}:/entry/data'. "
            f"There are: {', '.join(dataset_paths(file)[:12]) or 'none'}."
        )
    return HDF5Dataset(file, wanted, data_roots=data_roots)


def dataset_paths(path: str | Path) -> list[str]:
    """Paths of all datasets in an HDF5 file, sorted; datasets behind links included.

    Raises
    ------
    FileProblem
        If the file cannot be read.
    """
    with HDF5Tree(path) as tree:
        return tree.dataset_paths()


def split_location(location: str | Path) -> tuple[Path, str | None]:
    """``"file.h5:/path"`` as file and path in the file; the path is None where there is none."""
    file, colon, inner = str(location).rpartition(":/")
    # A drive letter (C:/scan.h5), a URL (file:///scan.h5) and a file that is so named are files.
    if colon and len(file) > 1 and not Path(location).exists() and not inner.startswith("/"):
        return Path(file), "/" + inner
    return Path(location), None
