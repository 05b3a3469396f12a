"""A tomography scan, whatever file or folder it lies in."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Literal

import h5py

from daisy_kernel.contracts.reference import Reference
from daisy_kernel.contracts.scan import Scan
from daisy_kernel.contracts.scan_profile import ScanProfile
from daisy_kernel.errors import FileProblem
from daisy_kernel.formats.angles import checked_radians, evenly_spaced, read_angles
from daisy_kernel.formats.data_exchange import is_data_exchange, read_data_exchange
from daisy_kernel.formats.frame_references import FramesOfAGrid
from daisy_kernel.formats.hdf5_dataset import HDF5Dataset
from daisy_kernel.formats.hdf5_location import split_location
from daisy_kernel.formats.hdf5_storage import unwritten_chunks
from daisy_kernel.formats.hdf5_tree import HDF5Tree
from daisy_kernel.formats.nxtomo import nxtomo_entries, read_nxtomo
from daisy_kernel.formats.profiled_scan import read_profiled_scan
from daisy_kernel.formats.scan_parts import ScanParts
from daisy_kernel.formats.tiff_stack import TiffStack, is_tiff_source

MOST_KEV = 1000.0
"""An energy above it was written in eV by somebody who said keV."""


def open_scan(
    path: str | Path,
    *,
    flats: str | Path | None = None,
    darks: str | Path | None = None,
    angles: str | Path | None = None,
    profile: ScanProfile | None = None,
    data_roots: tuple[Path, ...] = (),
) -> Scan:
    """A scan with its flats, darks, angles and metadata; only metadata is read.

    Parameters
    ----------
    path
        Data Exchange or NXtomo file (``"file.nxs:/entry2"`` chooses one of several scans,
        ``"file.h5:/path"`` a dataset of projections), or TIFF images: a folder, a pattern or one
        file of many images. The content decides, not the name.
    flats, darks
        Images of the beam without the sample and without the beam, if they lie elsewhere: a file
        of the same kinds, ``"file.h5:/path/to/dataset"``, or TIFF images.
    angles
        Angles of the projections, if they lie elsewhere: ``"file.h5:/path"``, ``.npy`` or text
        with one number per line [degrees].
    profile
        Where the parts lie in an HDF5 file; default, as its format says.
    data_roots
        Folders that links in HDF5 files may lead into, besides the folder of the file.

    Returns
    -------
    scan : Scan
        Its warnings say what had to be assumed.

    Raises
    ------
    FileProblem
        If nothing is recognised, or the parts do not fit each other.
    """
    parts = _read_parts(path, profile, data_roots)
    if flats is not None:
        parts.flats = _open_frames(flats, "flats", data_roots)
    if darks is not None:
        parts.darks = _open_frames(darks, "darks", data_roots)
    if angles is not None:
        parts.angles = read_angles(angles, data_roots=data_roots)
    _check_frames(parts)
    n_angle = parts.projections.shape[0]
    if parts.angles is None:
        parts.angles = evenly_spaced(n_angle)
        parts.warnings.append(
            f"No angles are given: {n_angle} projections are taken as evenly spaced from 0 to 180 "
            "degrees, the end excluded."
        )
    _check_order(parts)
    angles_rad, doubts = checked_radians(parts.angles, n_angle)
    return Scan(
        format=parts.format,
        projections=parts.projections,
        flats=parts.flats,
        darks=parts.darks,
        angles_rad=angles_rad,
        metadata=parts.metadata,
        datasets=_datasets(parts, has_own_angles=angles is None),
        warnings=(*parts.warnings, *doubts),
    )


def _read_parts(
    path: str | Path, profile: ScanProfile | None, data_roots: tuple[Path, ...]
) -> ScanParts:
    if is_tiff_source(path):
        if profile is not None:
            raise FileProblem(
                f"{path} are TIFF images: a scan profile names datasets of an HDF5 file; leave it "
                "out."
            )
        return ScanParts("TIFF stack", str(path), TiffStack(path))
    file, inner = split_location(path)
    if file.is_dir():
        raise FileProblem(f"The folder {file} holds no TIFF images: name a file in it.")
    with HDF5Tree(file, data_roots=data_roots) as tree:
        parts = _read_hdf5(tree, inner) if profile is None else _profiled(tree, inner, profile)
        parts.warnings += _doubts(tree, parts)
    if parts.metadata.get("energy_kev", 0.0) > MOST_KEV:
        energy = parts.metadata.pop("energy_kev")
        parts.warnings.append(f"The energy is left out: {energy:g} keV looks like eV.")
    return parts


def _profiled(tree: HDF5Tree, inner: str | None, profile: ScanProfile) -> ScanParts:
    if inner is not None:
        raise FileProblem(
            f"{tree.path}:{inner} names a place in the file, and so does the scan profile: name "
            "the file only, or leave the profile out."
        )
    parts = read_profiled_scan(tree, profile)
    with suppress(FileProblem):  # a known format after all states more than a profile names
        parts.metadata = {**_read_hdf5(tree, None).metadata, **parts.metadata}
    return parts


def _datasets(parts: ScanParts, *, has_own_angles: bool) -> dict[str, str]:
    """What every part was taken from, as far as it is in the file itself."""
    found = {k: v for k, v in parts.datasets.items() if k != "angles" or has_own_angles}
    for name in ("projections", "flats", "darks"):
        part = getattr(parts, name)
        whole = part.source if isinstance(part, FramesOfAGrid) else part
        is_sorted = name != "projections" and "image_key" in found
        if isinstance(whole, HDF5Dataset):
            if is_sorted and whole.dataset == found["projections"]:
                continue  # the keys say it
            found[name] = whole.dataset
    return found


def _read_hdf5(tree: HDF5Tree, inner: str | None) -> ScanParts:
    if inner is not None and isinstance(tree.get(inner), h5py.Dataset):
        projections = HDF5Dataset(tree.path, inner, data_roots=tree.data_roots)
        return ScanParts("HDF5 dataset", f"{inner} in {tree.path}", projections)
    if inner is not None:
        if not isinstance(tree.get(inner), h5py.Group):
            tree.dataset(inner)  # says what there is
        return read_nxtomo(tree, inner.rstrip("/"))
    if is_data_exchange(tree):
        return read_data_exchange(tree)
    entries = nxtomo_entries(tree)
    if not entries:
        listed = ", ".join(tree.dataset_paths()[:12])
        raise FileProblem(
            f"{tree.path} is no scan that Daisy knows: it has {listed or 'no datasets'}. Expected "
            "Data Exchange (/exchange/data, data_white, data_dark, theta), NXtomo "
            "(/entry/instrument/detector/data, image_key, /entry/sample/rotation_angle), or name "
            f"the projections as '{tree.path.name}:/path'."
        )
    parts = read_nxtomo(tree, entries[0])
    if len(entries) > 1:
        parts.warnings.append(
            f"{tree.path.name} holds {len(entries)} scans: {entries[0]} is taken; choose another "
            f"as '{tree.path.name}:{entries[1]}'."
        )
    return parts


def _doubts(tree: HDF5Tree, parts: ScanParts) -> list[str]:
    warnings = []
    if tree.still_written:
        warnings.append(
            f"{tree.path.name} is still open for writing: only the frames written so far are "
            "seen (h5clear -s, if its writer died)."
        )
    if isinstance(parts.projections, HDF5Dataset):
        missing, total = unwritten_chunks(tree.dataset(parts.projections.dataset))
        if missing:
            warnings.append(
                f"{missing} of {total} chunks of {parts.origin} were never written: they read as "
                "fill values, not as measured counts."
            )
    return warnings


def _open_frames(
    source: str | Path, kind: Literal["flats", "darks"], data_roots: tuple[Path, ...]
) -> Reference:
    if is_tiff_source(source):
        return TiffStack(source)
    file, inner = split_location(source)
    with HDF5Tree(file, data_roots=data_roots) as tree:
        if inner is not None:
            return HDF5Dataset(file, inner, data_roots=data_roots)
        if is_data_exchange(tree) or nxtomo_entries(tree):
            parts = _read_hdf5(tree, None)
            own = parts.flats if kind == "flats" else parts.darks
            # A file of nothing but flats often stores them where projections belong.
            return own or parts.projections
        stacks = [path for path in tree.dataset_paths() if _is_stack(tree, path)]
        if len(stacks) == 1:
            return HDF5Dataset(file, stacks[0], data_roots=data_roots)
        raise FileProblem(
            f"The {kind} in {file} cannot be told: it has {len(stacks)} datasets of images "
            f"({', '.join(stacks[:6]) or 'none'}); name one as '{file.name}:/path'."
        )


def _is_stack(tree: HDF5Tree, path: str) -> bool:
    dataset = tree.dataset(path)
    return dataset.ndim == 3 and dataset.dtype.kind in "iuf"


def _check_frames(parts: ScanParts) -> None:
    projections = parts.projections
    _require_stack(projections, "projections", parts.origin)
    for kind, frames in (("flats", parts.flats), ("darks", parts.darks)):
        if frames is None:
            parts.warnings.append(f"There are no {kind}.")
            continue
        _require_stack(frames, kind, repr(frames))
        if frames.shape[1:] != projections.shape[1:]:
            raise FileProblem(
                f"The {kind} show {frames.shape[1:]} pixels (rows, columns) but the projections "
                f"{projections.shape[1:]} ({parts.origin}): expected the same; crop or bin both "
                "alike, or give other ones."
            )


def _require_stack(frames: Reference, kind: str, origin: str) -> None:
    if len(frames.shape) != 3 or 0 in frames.shape:
        raise FileProblem(
            f"The {kind} have the shape {frames.shape} ({origin}): expected at least one image, "
            "(frame, row, column); check that the scan was finished."
        )
    if frames.dtype.kind not in "iuf":
        raise FileProblem(
            f"The {kind} are of type {frames.dtype} ({origin}): expected integers or floats."
        )


def _check_order(parts: ScanParts) -> None:
    """Tell a transposed scan from one with wrong angles."""
    shape = parts.projections.shape
    n_given = parts.angles.values.size if parts.angles else shape[0]
    if n_given != shape[0] and n_given in shape[1:]:
        raise FileProblem(
            f"There are {n_given} angles but the projections have the shape {shape} "
            f"({parts.origin}): expected (angle, row, column); the axes look transposed."
        )
