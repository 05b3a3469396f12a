"""What is in a file, as Daisy understands it; for ``daisy info``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np

from daisy_kernel.contracts.frames import DetectorFrames
from daisy_kernel.contracts.reference import Reference
from daisy_kernel.contracts.scan import Scan
from daisy_kernel.contracts.scan_profile import ScanProfile
from daisy_kernel.errors import DaisyError
from daisy_kernel.formats.data_exchange import is_data_exchange
from daisy_kernel.formats.frames import HDF5_SUFFIXES, open_frames
from daisy_kernel.formats.hdf5_frames import has_detector_frames
from daisy_kernel.formats.hdf5_location import split_location
from daisy_kernel.formats.hdf5_storage import filter_numbers
from daisy_kernel.formats.hdf5_tree import HDF5Tree
from daisy_kernel.formats.nxtomo import nxtomo_entries
from daisy_kernel.formats.provenance import has_provenance
from daisy_kernel.formats.result import open_result
from daisy_kernel.formats.scan import open_scan
from daisy_kernel.formats.tiff_stack import is_tiff_source


def describe_file(
    path: str | Path,
    *,
    profile: ScanProfile | None = None,
    data_roots: tuple[Path, ...] = (),
) -> dict[str, Any]:
    """What a file or a folder of images holds; JSON values only.

    Parameters
    ----------
    path
        As for `open_scan` or `open_frames`.
    profile
        Where the parts of a scan lie in it; default, as its format says.
    data_roots
        Further folders that links in HDF5 files may lead into.

    Returns
    -------
    description : dict
        ``file``, ``format`` and, for a scan: ``projections``, ``flats``, ``darks`` (``shape``,
        ``dtype``), ``angles`` (``count``, ``first_deg``, ``last_deg``), ``metadata``,
        ``parts`` (what was taken from which dataset), ``warnings``; for frames of a detector:
        ``frames``, ``dark``, ``flat`` (``shape``, ``dtype``), ``mask`` (number of pixels to leave
        out), ``metadata``, ``warnings``. For
        another HDF5 file: ``datasets`` (``path``, ``shape``, ``dtype``, ``chunks``, ``filters``);
        for a result also ``definition`` and ``provenance`` (whether it says how it was made).
        ``problem`` says why a scan cannot be used.

    Raises
    ------
    FileProblem
        If the file is missing, damaged, or of no format that is read.
    """
    if profile is not None and is_tiff_source(path):
        open_scan(path, profile=profile)  # says why not
    if Path(path).is_dir() and has_provenance(path):
        return {"file": str(path), **_described_folder(Path(path))}
    if is_tiff_source(path):
        frames = _detector_images(path)
        if frames is not None:
            return {"file": str(path), **_frames(frames)}
        return {"file": str(path), **_described(open_scan(path))}
    file, inner = split_location(path)
    if not file.exists() or file.is_dir() or not (h5py.is_hdf5(file) or _is_meant_as_hdf5(file)):
        return {"file": str(path), **_frames(open_frames(path, data_roots=data_roots))}
    with HDF5Tree(file, data_roots=data_roots) as tree:
        is_frames = inner is None and profile is None and has_detector_frames(tree)
        is_scan = inner is not None or is_data_exchange(tree) or bool(nxtomo_entries(tree))
        is_scan = is_scan or profile is not None
        definitions = [tree.text(f"{entry}/definition") for entry in tree.groups("/")]
        datasets = [_dataset(tree, name) for name in tree.dataset_paths()]
    description: dict[str, Any] = {"file": str(path), "size": file.stat().st_size}
    if is_scan:
        try:
            return {
                **description,
                **_described(open_scan(path, profile=profile, data_roots=data_roots)),
            }
        except DaisyError as problem:
            description["problem"] = str(problem)
    elif is_frames:
        try:
            return {**description, **_frames(open_frames(path, data_roots=data_roots))}
        except DaisyError as problem:
            description["problem"] = str(problem)
    made_by_daisy = has_provenance(file)
    return {
        **description,
        "format": "Daisy result" if made_by_daisy else "HDF5",
        "definition": next((name for name in definitions if name), None),
        "provenance": made_by_daisy,
        "datasets": datasets,
    }


def _described(scan: Scan) -> dict[str, Any]:
    angles_deg = np.rad2deg(scan.angles_rad)
    return {
        "format": scan.format,
        "projections": _array(scan.projections),
        "flats": None if scan.flats is None else _array(scan.flats),
        "darks": None if scan.darks is None else _array(scan.darks),
        "angles": {
            "count": int(angles_deg.size),
            "first_deg": float(angles_deg[0]),
            "last_deg": float(angles_deg[-1]),
        },
        "metadata": dict(scan.metadata),
        "parts": dict(scan.datasets),
        "warnings": list(scan.warnings),
    }


def _described_folder(folder: Path) -> dict[str, Any]:
    """A volume that Daisy saved as images or as OME-Zarr, with its levels."""
    levels = sorted(p.name for p in folder.iterdir() if (p / "zarr.json").is_file())
    datasets = []
    for name in levels or ["images"]:
        stored: dict[str, Any] = {"chunks": None, "filters": []}
        datasets.append({"path": name, **_array(open_result(folder, name)), **stored})
    return {
        "format": "Daisy result",
        "definition": f"OME-Zarr with {len(levels)} levels" if levels else "TIFF images",
        "provenance": True,
        "datasets": datasets,
    }


def _frames(found: DetectorFrames) -> dict[str, Any]:
    masked = None if found.mask is None else int(np.count_nonzero(found.mask))
    return {
        "format": found.format,
        "frames": _array(found.frames),
        "mask": masked,
        "dark": None if found.dark is None else _array(found.dark),
        "flat": None if found.flat is None else _array(found.flat),
        "metadata": dict(found.metadata),
        "warnings": list(found.warnings),
    }


def _detector_images(path: str | Path) -> DetectorFrames | None:
    """TIFF images that are no scan: a single one, or with the header of a detector."""
    try:
        found = open_frames(path)
    except DaisyError:
        return None
    return found if found.frames.shape[0] == 1 or found.metadata else None


def _is_meant_as_hdf5(file: Path) -> bool:
    """Whether its name or size says that a file should be HDF5, so that the error says why not."""
    return file.suffix.lower() in HDF5_SUFFIXES or file.stat().st_size == 0


def _array(reference: Reference) -> dict[str, Any]:
    return {"shape": [int(n) for n in reference.shape], "dtype": str(reference.dtype)}


def _dataset(tree: HDF5Tree, path: str) -> dict[str, Any]:
    dataset = tree.dataset(path)
    return {
        "path": path,
        "shape": None if dataset.shape is None else [int(n) for n in dataset.shape],
        "dtype": "text" if dataset.dtype.kind in "OS" else str(dataset.dtype),
        "chunks": None if dataset.chunks is None else [int(n) for n in dataset.chunks],
        "filters": filter_numbers(dataset),
    }
