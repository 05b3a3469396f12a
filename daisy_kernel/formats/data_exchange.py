"""Scans in Data Exchange files, as written at the Advanced Photon Source."""

from __future__ import annotations

import numpy as np

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

PROJECTIONS = "/exchange/data"
FLATS = "/exchange/data_white"
DARKS = "/exchange/data_dark"
THETA = "/exchange/theta"
ROTATION = "/process/acquisition/rotation"
_INSTRUMENT = "/measurement/instrument"


def is_data_exchange(tree: HDF5Tree) -> bool:
    """Whether a file has the projections of a Data Exchange file."""
    return tree.get(PROJECTIONS) is not None


def read_data_exchange(tree: HDF5Tree) -> ScanParts:
    """The parts of a scan in a Data Exchange file.

    Raises
    ------
    FileProblem
        If a part cannot be read, or is stored in another order than theta, y, x.
    """
    order = tree.attribute(PROJECTIONS, "axes")
    if order is not None and order.replace(" ", "") != "theta:y:x" and ":" in order:
        raise FileProblem(
            f"{PROJECTIONS} in {tree.path} is stored as {order}: expected theta:y:x; transpose it."
        )
    parts = ScanParts(
        format="Data Exchange",
        origin=f"{PROJECTIONS} in {tree.path}",
        projections=HDF5Dataset(tree.path, PROJECTIONS, data_roots=tree.data_roots),
        flats=_frames(tree, FLATS),
        darks=_frames(tree, DARKS),
    )
    parts.angles = _angles(tree, parts.projections.shape[0] if parts.projections.shape else 0)
    if tree.get(THETA) is not None:
        parts.datasets["angles"] = THETA
    elif parts.angles is not None:
        parts.warnings.append(
            f"There is no {THETA}; angles are taken from {ROTATION}, as planned for the scan."
        )
    parts.metadata, unusable = read_metadata(
        tree,
        {
            "pixel_size_m": (
                [
                    f"{_INSTRUMENT}/detection_system/objective/resolution",
                    f"{_INSTRUMENT}/detector/actual_pixel_size_x",
                ],
                "length",
                # The standard says SI, but files with bare microns are common: better none.
                None,
            ),
            "distance_m": (
                [
                    f"{_INSTRUMENT}/detector_motor_stack/setup/z",
                    f"{_INSTRUMENT}/camera_motor_stack/setup/camera_distance",
                    f"{_INSTRUMENT}/detector_motor_stack/detector_z",
                    f"{_INSTRUMENT}/detector/distance",
                ],
                "length",
                None,
            ),
            "energy_kev": ([f"{_INSTRUMENT}/monochromator/energy"], "energy", "keV"),
        },
    )
    parts.warnings += unusable
    sample = tree.text("/measurement/sample/name")
    if sample:
        parts.metadata["sample"] = sample
    return parts


def _frames(tree: HDF5Tree, path: str) -> HDF5Dataset | None:
    if tree.get(path) is None:
        return None
    frames = HDF5Dataset(tree.path, path, data_roots=tree.data_roots)
    return frames if frames.shape and frames.shape[0] else None


def _angles(tree: HDF5Tree, n_angle: int) -> Angles | None:
    if tree.get(THETA) is not None:
        unit = tree.attribute(THETA, "units") or "degrees"
        values = read_vector(tree, THETA).astype(np.float64)
        return Angles(values, unit, f"{THETA} in {tree.path}")
    names = ("rotation_start", "rotation_step", "num_angles")
    paths = [f"{ROTATION}/{name}" for name in names]
    if any(first_present(tree, [path]) is None for path in paths):
        return None
    start, step, count = (float(read_vector(tree, path)[0]) for path in paths)
    unit = tree.attribute(paths[0], "units") or "degrees"
    values = np.asarray(start + step * np.arange(int(count)), np.float64)
    return Angles(values, unit, f"{ROTATION} in {tree.path}")
