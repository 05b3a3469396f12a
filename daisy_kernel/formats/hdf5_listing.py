"""The tree of an HDF5 file as somebody sees it who looks for a dataset."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from daisy_kernel.contracts.protocol_files import TreeNode
from daisy_kernel.formats.hdf5_damage import UNREADABLE
from daisy_kernel.formats.hdf5_tree import HDF5Tree

MOST_CHARACTERS = 200
"""Of a value that is shown."""


def hdf5_listing(
    path: str | Path, *, limit: int, data_roots: tuple[Path, ...] = ()
) -> tuple[list[TreeNode], bool]:
    """Groups and datasets, parents before children; what cannot be read says why.

    Parameters
    ----------
    path
        The file.
    limit
        How many at most.
    data_roots
        Further folders that links in the file may lead into.

    Returns
    -------
    nodes : list of TreeNode
    complete : bool
        Whether these are all.

    Raises
    ------
    FileProblem
        If the file is missing, damaged or not HDF5.
    """
    with HDF5Tree(path, data_roots=data_roots) as tree:
        nodes = list(islice(_nodes(tree), limit + 1))
    return nodes[:limit], len(nodes) <= limit


def _nodes(tree: HDF5Tree) -> Iterator[TreeNode]:
    for path, found in tree.entries():
        if isinstance(found, Exception):
            yield _broken(path, found)
            continue
        try:
            node = _node(tree, path, found)
        except UNREADABLE as error:
            node = _broken(path, error)
        yield node


def _broken(path: str, error: Exception) -> TreeNode:
    said = " ".join(str(error).split()) or type(error).__name__
    return TreeNode(path, "broken", None, "", "", "", said)


def _node(tree: HDF5Tree, path: str, found: Any) -> TreeNode:
    if isinstance(found, h5py.Group):
        return TreeNode(path, "group", None, "", "", "", "")
    if not isinstance(found, h5py.Dataset):
        return TreeNode(path, "broken", None, "", "", "", f"{path} leads nowhere.")
    is_text = found.dtype.kind in "OS"
    shape = None if found.shape is None else [int(n) for n in found.shape]
    unit = tree.attribute(path, "units") or tree.attribute(path, "unit") or ""
    value = tree.text(path) if is_text else _number(found)
    return TreeNode(
        path,
        "dataset",
        shape,
        "text" if is_text else str(found.dtype),
        unit[:MOST_CHARACTERS],
        " ".join((value or "").split())[:MOST_CHARACTERS],
        "",
    )


def _number(dataset: h5py.Dataset) -> str:
    """The value of a dataset with a single number; not of one whose bytes lie elsewhere."""
    if dataset.size != 1 or dataset.dtype.kind not in "iufb" or dataset.ndim > 4:
        return ""
    if dataset.external or dataset.is_virtual or dataset.chunks is not None:
        return ""
    value = np.asarray(dataset[()]).reshape(-1)[0]
    return f"{value:.10g}" if dataset.dtype.kind == "f" else str(value)
