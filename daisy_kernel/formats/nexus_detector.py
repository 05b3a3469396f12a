"""What a NeXus file (NXmx, NXsas, EIGER) says about its detector and beam."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.reference import Reference
from daisy_kernel.errors import FileProblem
from daisy_kernel.formats.frame_references import FramesOfAGrid
from daisy_kernel.formats.hdf5_dataset import HDF5Dataset
from daisy_kernel.formats.hdf5_tree import HDF5Tree
from daisy_kernel.formats.scan_parts import first_present, read_metadata, read_vector
from daisy_kernel.formats.units import factor

KEV_M = 1.2398419843320026e-9
"""Planck's constant times the speed of light (exact in SI): wavelength of 1 keV [m]."""


def detector_groups(tree: HDF5Tree) -> list[str]:
    """Paths of the detectors in a file, as ``/entry/instrument/detector``."""
    found = []
    for entry in _groups(tree, ""):
        for name in _groups(tree, f"{entry}/instrument"):
            kind = tree.attribute(name, "NX_class")
            if kind == "NXdetector" or (kind is None and name.endswith("/detector")):
                found.append(name)
    return found


def detector_metadata(tree: HDF5Tree, detector: str) -> tuple[dict[str, Any], list[str]]:
    """What is stated about detector and beam, and a sentence for each value that is left out.

    Parameters
    ----------
    tree
        The file.
    detector
        Path of its NXdetector.

    Returns
    -------
    metadata : dict
        Keys as in `DetectorFrames`.
    warnings : list of str
    """
    entry = detector.rsplit("/instrument/", 1)[0]
    beams = [
        *_of_class(tree, f"{entry}/instrument", "NXbeam", "beam"),
        *_of_class(tree, f"{entry}/sample", "NXbeam", "beam"),
        f"{entry}/instrument/source",
    ]
    crystals = _of_class(tree, f"{entry}/instrument", "NXmonochromator", "monochromator")
    metadata, warnings = read_metadata(
        tree,
        {
            "wavelength_m": (
                [
                    *(f"{b}/incident_wavelength" for b in beams),
                    *(f"{c}/wavelength" for c in crystals),
                ],
                "length", "angstrom",
            ),
            "distance_m": (
                [f"{detector}/detector_distance", f"{detector}/distance"], "length", None,
            ),
            "pixel_size_x_m": ([f"{detector}/x_pixel_size"], "length", None),
            "pixel_size_y_m": ([f"{detector}/y_pixel_size"], "length", None),
            "energy_kev": (
                [
                    *(f"{b}/incident_energy" for b in beams),
                    *(f"{c}/energy" for c in crystals),
                ],
                "energy", "ev",
            ),
        },
    )  # fmt: skip
    energy_kev = metadata.pop("energy_kev", None)
    if energy_kev is not None and "wavelength_m" not in metadata:
        metadata["wavelength_m"] = KEV_M / energy_kev
    for axis in "xy":
        path = f"{detector}/beam_center_{axis}"
        center = _number(tree, path)
        unit = (tree.attribute(path, "units") or "pixel").lower().rstrip("s")
        pixel_m = metadata.get(f"pixel_size_{axis}_m")
        if center is not None and unit == "pixel":
            metadata[f"beam_center_{axis}_px"] = center
        elif center is not None and pixel_m:
            metadata[f"beam_center_{axis}_px"] = center * factor(unit, "length") / pixel_m
    for name, path in (
        ("count_time_s", f"{detector}/count_time"),
        ("saturation_value", f"{detector}/saturation_value"),
        ("underload_value", f"{detector}/underload_value"),
    ):
        value = _number(tree, path)
        if value is not None:
            metadata[name] = value
    model = tree.text(f"{detector}/description") or tree.text(f"{detector}/type")
    if model:
        metadata["detector"] = model
    return metadata, warnings


def detector_mask(
    tree: HDF5Tree, detector: str, frame_shape: tuple[int, ...]
) -> tuple[NDArray[np.uint8] | None, list[str]]:
    """The pixels to leave out: (n_row, n_col), 1 for each that has any bit of `pixel_mask` set.

    Parameters
    ----------
    tree
        The file.
    detector
        Path of its NXdetector.
    frame_shape
        (n_row, n_col) of the frames.

    Returns
    -------
    mask : (n_row, n_col) or None
        None where the file has none that fits; NXmx: bit 0 gap, 1 dead, 2 and 3 under- and
        over-responding, 4 noisy, ...
    warnings : list of str
    """
    path = _present(tree, [f"{detector}/pixel_mask", f"{detector}/detectorSpecific/pixel_mask"])
    if path is None:
        return None, []
    reference = HDF5Dataset(tree.path, path, data_roots=tree.data_roots)
    shape = reference.shape
    if shape[-2:] != frame_shape or any(n != 1 for n in shape[:-2]):
        return None, [
            f"The mask {path} is left out: it has the shape {shape}, but the frames {frame_shape}."
        ]
    bits = reference.read((slice(None),) * len(shape)).reshape(frame_shape)
    return (bits != 0).astype(np.uint8), []


def detector_correction(
    tree: HDF5Tree, detector: str, names: tuple[str, ...], frame_shape: tuple[int, ...]
) -> Reference | None:
    """A dark or flat of the detector, unless the file says that it was applied already.

    Parameters
    ----------
    tree
        The file.
    detector
        Path of its NXdetector.
    names
        What it may be called.
    frame_shape
        (n_row, n_col) of the frames.
    """
    groups = (detector, f"{detector}/detectorSpecific")
    path = _present(tree, [f"{group}/{name}" for group in groups for name in names])
    if path is None:
        return None
    name = path.rpartition("/")[2]
    if any(_number(tree, f"{detector}/{name}{end}") for end in ("_applied", "_correction_applied")):
        return None
    reference = HDF5Dataset(tree.path, path, data_roots=tree.data_roots)
    if reference.shape[-2:] != frame_shape or len(reference.shape) > 3:
        return None
    return FramesOfAGrid(reference)


def _groups(tree: HDF5Tree, path: str) -> list[str]:
    try:
        return [f"{path}/{name}" for name in tree.children(path or "/")]
    except FileProblem:  # a link that leads nowhere
        return []


def _of_class(tree: HDF5Tree, parent: str, kind: str, usual: str) -> list[str]:
    """The group of the usual name, then all of this NeXus class; some may not be there."""
    found = [f"{parent}/{usual}"]
    for path in _groups(tree, parent):
        try:
            if tree.attribute(path, "NX_class") == kind:
                found.append(path)
        except FileProblem:  # a link that leads nowhere
            continue
    return found


def _present(tree: HDF5Tree, paths: list[str]) -> str | None:
    """As `first_present`; a link that leads nowhere counts as absent."""
    try:
        return first_present(tree, paths)
    except FileProblem:
        return None


def _number(tree: HDF5Tree, path: str) -> float | None:
    """A single finite number, or None where there is none."""
    if _present(tree, [path]) is None:
        return None
    try:
        text = tree.text(path)
        values = np.unique(read_vector(tree, path) if text is None else np.array([float(text)]))
    except (FileProblem, ValueError):
        return None
    return float(values[0]) if values.size == 1 and np.isfinite(values[0]) else None
