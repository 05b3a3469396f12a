"""What a reader finds in a file of one format, before anything is checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.reference import Reference
from daisy_kernel.errors import FileProblem
from daisy_kernel.formats.hdf5_dataset import HDF5Dataset
from daisy_kernel.formats.hdf5_tree import HDF5Tree
from daisy_kernel.formats.units import Quantity, factor

MOST_VALUES = 10_000_000
"""Longest list of angles or keys that is read."""


@dataclass
class Angles:
    """Rotation angles as a file states them."""

    values: NDArray[np.float64]
    """(n_angle,) [unit]"""
    unit: str
    """"degrees", "rad", ..."""
    origin: str
    """Where they come from, for errors."""


@dataclass
class ScanParts:
    """A scan in pieces."""

    format: str
    origin: str
    """File and group, for errors."""
    projections: Reference
    flats: Reference | None = None
    darks: Reference | None = None
    angles: Angles | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    datasets: dict[str, str] = field(default_factory=dict)
    """What was taken from where in the file: 'angles', 'image_key' -> its dataset."""
    warnings: list[str] = field(default_factory=list)


def read_vector(tree: HDF5Tree, path: str) -> NDArray[Any]:
    """All numbers of a short dataset, as one line.

    Raises
    ------
    FileProblem
        If it is no list of numbers, or too long for one.
    """
    dataset = HDF5Dataset(tree.path, path, data_roots=tree.data_roots)
    n = int(np.prod(dataset.shape))
    if n > MOST_VALUES:
        raise FileProblem(
            f"{path} in {tree.path} has the shape {dataset.shape}: expected a list of at most "
            f"{MOST_VALUES} numbers; check the file."
        )
    return dataset.read((slice(None),) * len(dataset.shape)).ravel()


def first_present(tree: HDF5Tree, paths: list[str]) -> str | None:
    """The first of some paths that exists in a file."""
    return next((path for path in paths if tree.get(path) is not None), None)


def read_quantity(
    tree: HDF5Tree, paths: list[str], quantity: Quantity, *, default_unit: str | None
) -> float | None:
    """A positive number with a unit from the first path that has one, in m, keV or rad.

    Parameters
    ----------
    tree
        The file.
    paths
        Where it may be.
    quantity
        What is measured.
    default_unit
        Unit where the file names none; None means that such a number says nothing.

    Raises
    ------
    FileProblem
        If it is no positive number, or has an unknown unit.
    """
    path = first_present(tree, paths)
    if path is None:
        return None
    unit = tree.attribute(path, "units") or tree.attribute(path, "unit") or default_unit
    if unit is None:
        return None
    text = tree.text(path)
    try:
        values = np.unique(read_vector(tree, path) if text is None else np.array([float(text)]))
    except ValueError:
        values = np.empty(0)
    if values.size != 1 or not np.isfinite(values[0]) or values[0] <= 0:
        raise FileProblem(
            f"{path} in {tree.path} is {text or values.tolist()[:4]} {unit}: expected one positive "
            "number; correct the file or give the value as a parameter."
        )
    return float(values[0]) * factor(unit, quantity)


def read_metadata(
    tree: HDF5Tree, wanted: dict[str, tuple[list[str], Quantity, str | None]]
) -> tuple[dict[str, Any], list[str]]:
    """The quantities that a file states, and a warning for each that cannot be used.

    Parameters
    ----------
    tree
        The file.
    wanted
        Name -> (where it may be, what it measures, unit where the file names none).
    """
    metadata: dict[str, Any] = {}
    warnings = []
    for name, (paths, quantity, default_unit) in wanted.items():
        try:
            value = read_quantity(tree, paths, quantity, default_unit=default_unit)
        except FileProblem as problem:
            warnings.append(f"{name} is left out: {problem}")
            continue
        if value is not None:
            metadata[name] = value
    return metadata, warnings
