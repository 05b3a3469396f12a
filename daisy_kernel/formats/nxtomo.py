"""Scans in NeXus files of definition NXtomo, as written at Diamond, the ESRF and others."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.errors import FileProblem
from daisy_kernel.formats.hdf5_dataset import HDF5Dataset
from daisy_kernel.formats.hdf5_tree import HDF5Tree
from daisy_kernel.formats.scan_parts import (
    Angles,
    ScanParts,
    first_present,
    read_metadata,
    read_vector,
)

PROJECTION, FLAT, DARK = 0, 1, 2
"""Values of image_key; 3 is an invalid frame."""
ALIGNMENT = -1
"""Value of ESRF's image_key_control for a frame taken to check the alignment."""


def nxtomo_entries(tree: HDF5Tree) -> list[str]:
    """Paths of the groups that hold a scan: NXtomo by definition, or with an image_key."""
    top = tree.groups("/")
    entries = [path for path in top if _is_scan(tree, path)]
    # Diamond: /entry1 is a summary for everyone, /entry1/tomo_entry is the NXtomo.
    nested = [inner for path in top for inner in tree.groups(path)]
    return entries or [path for path in nested if _is_scan(tree, path)]


def read_nxtomo(tree: HDF5Tree, entry: str) -> ScanParts:
    """The parts of a scan in an NXtomo entry.

    Parameters
    ----------
    tree
        The file.
    entry
        Path of the entry.

    Raises
    ------
    FileProblem
        If there are no frames or angles, or their numbers do not agree.
    """
    data = _data_path(tree, entry)
    if data is None:
        raise FileProblem(
            f"{entry} in {tree.path} is NXtomo but has no instrument/detector/data: it has "
            f"{', '.join(tree.dataset_paths(entry)[:12]) or 'no datasets'}."
        )
    frames = HDF5Dataset(tree.path, data, data_roots=tree.data_roots)
    n_frame = frames.shape[0] if frames.shape else 0
    parts = ScanParts(format="NXtomo", origin=f"{data} in {tree.path}", projections=frames)
    key_path = _key_path(tree, entry)
    keys = None
    if key_path is None:
        parts.warnings.append(
            f"{entry} has no image_key: all {n_frame} frames are taken as projections."
        )
    else:
        keys = sort_frames(tree, parts, data, key_path)
    angle_path = first_present(
        tree, [f"{entry}/sample/rotation_angle", f"{entry}/data/rotation_angle"]
    )
    if angle_path is not None:
        parts.datasets["angles"] = angle_path
        parts.angles = angles_of_projections(tree, angle_path, keys, n_frame)
    parts.metadata, unusable = _metadata(tree, entry, frames.shape[-1] if frames.shape else 0)
    parts.warnings += unusable
    return parts


def sort_frames(tree: HDF5Tree, parts: ScanParts, data: str, key_path: str) -> NDArray[Any]:
    """Tell projections, flats and darks of one dataset apart.

    Parameters
    ----------
    tree
        The file.
    parts
        Its projections, flats and darks are set.
    data
        Path of the frames.
    key_path
        Path of what each frame is.

    Returns
    -------
    keys : (n_frame,)
        Alignment frames are marked as such.

    Raises
    ------
    FileProblem
        If there is not one key per frame.
    """
    keys = _keys(tree, key_path, parts.projections.shape[0] if parts.projections.shape else 0)
    chosen = {kind: np.flatnonzero(keys == kind) for kind in (PROJECTION, FLAT, DARK)}
    parts.projections, parts.flats, parts.darks = (
        HDF5Dataset(tree.path, data, chosen[kind], data_roots=tree.data_roots)
        for kind in (PROJECTION, FLAT, DARK)
    )
    parts.flats = parts.flats if chosen[FLAT].size else None
    parts.darks = parts.darks if chosen[DARK].size else None
    parts.datasets["image_key"] = key_path
    return keys


def angles_of_projections(
    tree: HDF5Tree, path: str, keys: NDArray[Any] | None, n_frame: int
) -> Angles:
    """The angles of the projections among all frames.

    Raises
    ------
    FileProblem
        If there are neither as many as frames nor as many as projections.
    """
    values = read_vector(tree, path).astype(np.float64)
    n_projection = n_frame if keys is None else int(np.sum(keys == PROJECTION))
    if keys is not None and values.size == n_frame:
        values = values[keys == PROJECTION]
    elif values.size != n_projection:
        raise FileProblem(
            f"{path} in {tree.path} has {values.size} angles for {n_frame} frames "
            f"({n_projection} projections): expected one per frame; give the angles as a file."
        )
    unit = tree.attribute(path, "units") or "degrees"
    return Angles(values, unit, f"{path} in {tree.path}")


def _is_scan(tree: HDF5Tree, entry: str) -> bool:
    if tree.text(f"{entry}/definition") == "NXtomo":
        return True
    return _key_path(tree, entry) is not None and _data_path(tree, entry) is not None


def _detectors(tree: HDF5Tree, entry: str) -> list[str]:
    """Groups that may be the detector, the standard name first."""
    instrument = f"{entry}/instrument"
    names = sorted(tree.children(instrument), key=lambda name: name != "detector")
    return [f"{instrument}/{name}" for name in names]


def _data_path(tree: HDF5Tree, entry: str) -> str | None:
    detectors = [f"{detector}/data" for detector in _detectors(tree, entry)]
    return first_present(tree, [*detectors, f"{entry}/data/data"])


def _key_path(tree: HDF5Tree, entry: str) -> str | None:
    detectors = [f"{detector}/image_key" for detector in _detectors(tree, entry)]
    return first_present(tree, [*detectors, f"{entry}/data/image_key"])


def _keys(tree: HDF5Tree, path: str, n_frame: int) -> NDArray[Any]:
    """What each frame is, alignment frames marked as such."""
    keys = read_vector(tree, path).astype(np.int64)
    if keys.size != n_frame:
        raise FileProblem(
            f"{path} in {tree.path} has {keys.size} keys for {n_frame} frames: expected one per "
            "frame; the scan was cut off, or the file is damaged."
        )
    control = f"{path}_control"
    if tree.get(control) is not None:
        marks = read_vector(tree, control)
        if marks.size == keys.size:
            keys[marks == ALIGNMENT] = ALIGNMENT
    return keys


def _metadata(tree: HDF5Tree, entry: str, n_col: int) -> tuple[dict[str, Any], list[str]]:
    detectors = _detectors(tree, entry)
    metadata, warnings = read_metadata(
        tree,
        {
            "pixel_size_m": ([f"{d}/x_pixel_size" for d in detectors], "length", "m"),
            "distance_m": ([f"{d}/distance" for d in detectors], "length", "m"),
            # Not instrument/source/energy: that is the energy of the storage ring.
            "energy_kev": (
                [
                    f"{entry}/beam/incident_energy",
                    f"{entry}/instrument/beam/incident_energy",
                    f"{entry}/instrument/monochromator/energy",
                ],
                "energy",
                "keV",
            ),
        },
    )
    sample = tree.text(f"{entry}/sample/name")
    if sample:
        metadata["sample"] = sample
    axis = first_present(tree, [f"{d}/x_rotation_axis_pixel_position" for d in detectors])
    if axis is not None:
        column, warning = _axis_column(float(read_vector(tree, axis)[0]), n_col, axis)
        warnings.append(warning)
        if column is not None:
            metadata["rotation_axis_column"] = column
    return metadata, warnings


def _axis_column(position: float, n_col: int, path: str) -> tuple[float | None, str]:
    """The rotation axis as a column index, from a position whose origin nobody has fixed.

    Some writers count from the left edge, others (ESRF) from the middle of the detector. A scan
    has its axis near the middle, so the reading that puts it there is taken, or none.
    """
    middle = (n_col - 1) / 2
    if abs(position - middle) < n_col / 4:
        return position, f"{path} is {position:g}: taken as a column counted from the left edge."
    if abs(position) < n_col / 4:
        return middle + position, (
            f"{path} is {position:g}: taken as pixels from the middle of the detector, so column "
            f"{middle + position:g}."
        )
    return None, (
        f"{path} is {position:g} for {n_col} columns: left out, since it may count from the left "
        "edge or from the middle."
    )
