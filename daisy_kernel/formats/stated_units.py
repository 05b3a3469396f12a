"""Units that a file states beside a dataset."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from daisy_kernel.contracts.units import NOTHING_KNOWN, Units, size_or_none
from daisy_kernel.formats.hdf5_damage import UNREADABLE
from daisy_kernel.formats.hdf5_tree import HDF5Tree
from daisy_kernel.formats.scan_parts import read_vector
from daisy_kernel.formats.units import factor

_LONGEST_UNIT = 32
"""More characters are no unit."""
_EVENNESS = 1e-3
"""Places are even if no step differs from their mean by more than this part of it."""


def stated_units(path: str | Path, dataset: str, *, data_roots: tuple[Path, ...] = ()) -> Units:
    """What an HDF5 file says of the values of a dataset, and of the places where they lie.

    Parameters
    ----------
    path
        The file.
    dataset
        Path in it; the group that holds it may be an NXdata, whose axes tell the places.
    data_roots
        Further folders that links in the file may lead into.

    Returns
    -------
    units
        Without what is not stated, not even, no length, or cannot be read.
    """
    with suppress(*UNREADABLE), HDF5Tree(path, data_roots=data_roots) as tree:
        shape = tree.dataset(dataset).shape
        unit = tree.attribute(dataset, "units") or tree.attribute(dataset, "unit") or ""
        group = dataset.rpartition("/")[0]
        names = _axes(tree.get(group or "/"))
        steps: tuple[float | None, ...] = ()
        if len(names) == len(shape):
            axes = zip(names, shape, strict=True)
            steps = tuple(_step_m(tree, f"{group}/{name}", n) for name, n in axes)
        return Units(unit if len(unit) <= _LONGEST_UNIT else "", steps)
    return NOTHING_KNOWN


def _axes(group: Any) -> list[str]:
    """Names of the axes of an NXdata."""
    if not isinstance(group, h5py.Group) or "axes" not in group.attrs:
        return []
    found = np.atleast_1d(group.attrs["axes"])
    names = [n.decode("utf-8", "replace") if isinstance(n, bytes) else str(n) for n in found]
    return names if len(names) > 1 else names[0].split(":")  # as they were written before 2014


def _step_m(tree: HDF5Tree, path: str, n: int) -> float | None:
    with suppress(*UNREADABLE):
        places, unit = tree.get(path), tree.attribute(path, "units") or ""
        if isinstance(places, h5py.Dataset) and places.shape == (n,) and n > 1:
            steps = np.diff(read_vector(tree, path)) * factor(unit, "length")
            mean = float(steps.mean())
            if np.all(np.abs(steps - mean) <= _EVENNESS * abs(mean)):
                return size_or_none(abs(mean))
    return None
