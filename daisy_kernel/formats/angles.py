"""Rotation angles: read, turned into radians, and doubted."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.errors import FileProblem
from daisy_kernel.formats.hdf5_location import split_location
from daisy_kernel.formats.hdf5_tree import HDF5Tree
from daisy_kernel.formats.scan_parts import MOST_VALUES, Angles, read_vector
from daisy_kernel.formats.units import factor

MANY = 10
"""From this number of angles on, their range tells degrees from radians."""
FULL_TURN = 2 * np.pi


def read_angles(source: str | Path, *, data_roots: tuple[Path, ...] = ()) -> Angles:
    """Angles from a file of their own.

    Parameters
    ----------
    source
        ``"file.h5:/path"`` (degrees, or what its ``units`` say), ``.npy`` [degrees], or text with
        one number per line [degrees].
    data_roots
        Further folders that links in an HDF5 file may lead into.

    Raises
    ------
    FileProblem
        If the file is missing or holds no list of numbers.
    """
    path, dataset = split_location(source)
    if dataset is not None:
        with HDF5Tree(path, data_roots=data_roots) as tree:
            values = read_vector(tree, dataset).astype(np.float64)
            unit = tree.attribute(dataset, "units") or "degrees"
        return Angles(values, unit, f"{dataset} in {path}")
    if not path.is_file():
        raise FileProblem(f"There is no file of angles {path}: check the name.")
    values = _read_npy(path) if path.suffix == ".npy" else _read_text(path)
    return Angles(values, "degrees", str(path))


def read_numbers(source: str | Path, *, data_roots: tuple[Path, ...] = ()) -> NDArray[np.float64]:
    """A list of numbers from a file, in the same places as angles, without a meaning.

    Raises
    ------
    FileProblem
        If the file is missing or holds no list of numbers.
    """
    return np.asarray(read_angles(source, data_roots=data_roots).values, np.float64)


def evenly_spaced(n_angle: int) -> Angles:
    """Angles from 0 to 180 degrees without the end, for a scan that states none."""
    values = np.asarray(np.arange(n_angle) * (180.0 / n_angle), np.float64)
    return Angles(values, "degrees", "the number of projections")


def checked_radians(angles: Angles, n_angle: int) -> tuple[NDArray[np.float64], list[str]]:
    """The angles in radians, and what is odd about them.

    Parameters
    ----------
    angles
        As a file states them.
    n_angle
        Number of projections.

    Returns
    -------
    angles_rad : (n_angle,) [rad]
    warnings : list of str
        One sentence each.

    Raises
    ------
    FileProblem
        If their number is wrong, one is not finite, or the unit is unknown.
    """
    values = angles.values
    if values.size != n_angle:
        raise FileProblem(
            f"{angles.origin} has {values.size} angles, but there are {n_angle} projections: "
            "expected one angle per projection; give the right angles as a file."
        )
    bad = np.flatnonzero(~np.isfinite(values))
    if bad.size:
        raise FileProblem(
            f"{angles.origin} has {bad.size} angles that are not numbers, the first at index "
            f"{bad[0]}: correct them, or give the angles as a file."
        )
    try:
        angles_rad = values * factor(angles.unit, "angle")
    except FileProblem as problem:
        raise FileProblem(f"{angles.origin}: {problem}") from problem
    return angles_rad, _doubts(angles, values)


def _doubts(angles: Angles, values: NDArray[np.float64]) -> list[str]:
    warnings = []
    extent = float(np.ptp(values)) if values.size else 0.0
    in_degrees = factor(angles.unit, "angle") == factor("degrees", "angle")
    if in_degrees and values.size >= MANY and 0 < extent <= FULL_TURN + 1e-3:
        warnings.append(
            f"The {values.size} angles of {angles.origin} span only {extent:.4g} degrees: they "
            "look like radians."
        )
    if not in_degrees and factor(angles.unit, "angle") == 1.0 and extent > FULL_TURN + 1e-3:
        warnings.append(
            f"The angles of {angles.origin} span {extent:.4g} radians, more than a turn: they "
            "look like degrees."
        )
    steps = np.sign(np.diff(values))
    if steps.size and not (np.all(steps > 0) or np.all(steps < 0)):
        usual = 1.0 if np.sum(steps > 0) >= np.sum(steps < 0) else -1.0
        first = int(np.flatnonzero(steps != usual)[0])
        warnings.append(
            f"The angles of {angles.origin} do not go one way: after index {first} comes "
            f"{values[first + 1]:.6g} after {values[first]:.6g} {angles.unit}."
        )
    return warnings


def _read_npy(path: Path) -> NDArray[np.float64]:
    try:
        values = np.load(path, allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise FileProblem(
            f"{path} is not a .npy file of plain numbers ({error}): save a float array."
        ) from error
    if values.ndim != 1 or values.dtype.kind not in "iuf":
        raise FileProblem(
            f"{path} holds an array of shape {values.shape} and type {values.dtype}: expected a "
            "list of numbers [degrees]."
        )
    return np.asarray(values, np.float64)


def _read_text(path: Path) -> NDArray[np.float64]:
    if path.stat().st_size > 32 * MOST_VALUES:
        raise FileProblem(f"{path} is too large for a list of angles: check the name.")
    numbers: list[float] = []
    for n, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1):
        words = [word for word in re.split(r"[\s,;]+", line.split("#")[0]) if word]
        if not words:
            continue
        try:
            (number,) = (float(word) for word in words)
        except ValueError as error:
            if not numbers and n == 1:
                continue  # a heading
            raise FileProblem(
                f"Line {n} of {path} is {line.strip()[:60]!r}: expected one angle [degrees] per "
                "line."
            ) from error
        numbers.append(number)
    if not numbers:
        raise FileProblem(f"{path} holds no angles: expected one number [degrees] per line.")
    return np.asarray(numbers, np.float64)
