"""Scans in HDF5 files of any layout, read as a profile says."""

from __future__ import annotations

from collections.abc import Callable

from daisy_kernel.contracts.reference import Reference
from daisy_kernel.contracts.scan_profile import ScanProfile
from daisy_kernel.errors import FileProblem
from daisy_kernel.formats.frame_references import FramesOfAGrid
from daisy_kernel.formats.hdf5_dataset import HDF5Dataset
from daisy_kernel.formats.hdf5_tree import HDF5Tree
from daisy_kernel.formats.nxtomo import angles_of_projections, sort_frames
from daisy_kernel.formats.scan_parts import ScanParts, read_quantity
from daisy_kernel.formats.units import Quantity

FORMAT = "HDF5 by profile"


def read_profiled_scan(tree: HDF5Tree, profile: ScanProfile) -> ScanParts:
    """The parts of a scan where a profile says they are.

    Parameters
    ----------
    tree
        The file.
    profile
        Its datasets by what they mean.

    Raises
    ------
    FileProblem
        If one of them is not in the file, or cannot be what it is said to be.
    """
    frames = _dataset(tree, profile.projections)
    n_frame = frames.shape[0] if frames.shape else 0
    parts = ScanParts(FORMAT, f"{profile.projections} in {tree.path}", frames)
    keys = None
    if profile.image_key is not None:
        _dataset(tree, profile.image_key)
        keys = sort_frames(tree, parts, profile.projections, profile.image_key)
    if profile.flats is not None:
        parts.flats = _images(tree, profile.flats)
    if profile.darks is not None:
        parts.darks = _images(tree, profile.darks)
    if profile.angles is not None:
        _dataset(tree, profile.angles)
        parts.datasets["angles"] = profile.angles
        parts.angles = angles_of_projections(tree, profile.angles, keys, n_frame)
        parts.angles.unit = profile.angle_unit or parts.angles.unit
    _state(parts, "energy_kev", profile.energy, _reader(tree, "energy", "keV"))
    _state(parts, "pixel_size_m", profile.pixel_size, _reader(tree, "length", None))
    return parts


def _dataset(tree: HDF5Tree, path: str) -> HDF5Dataset:
    tree.dataset(path)  # says what there is, if it is not
    return HDF5Dataset(tree.path, path, data_roots=tree.data_roots)


def _images(tree: HDF5Tree, path: str) -> Reference:
    """Several images, or one: beamlines often keep the mean of their flats."""
    found = _dataset(tree, path)
    return FramesOfAGrid(found) if len(found.shape) == 2 else found


def _reader(
    tree: HDF5Tree, quantity: Quantity, default_unit: str | None
) -> Callable[[str], float | None]:
    def read(path: str) -> float | None:
        tree.dataset(path)
        return read_quantity(tree, [path], quantity, default_unit=default_unit)

    return read


def _state(
    parts: ScanParts, name: str, given: str | float | None, read: Callable[[str], float | None]
) -> None:
    """Set a quantity, or warn why it is left out."""
    if given is None:
        return
    try:
        value = read(given) if isinstance(given, str) else float(given)
    except FileProblem as problem:
        parts.warnings.append(f"{name} is left out: {problem}")
        return
    if value is None:
        parts.warnings.append(
            f"{name} is left out: {given} names no unit; add the attribute 'units' to it, or give "
            "the profile a number."
        )
    else:
        parts.metadata[name] = value
