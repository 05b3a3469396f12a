"""Frames of an area detector, whatever files they lie in."""

from __future__ import annotations

from glob import glob
from pathlib import Path
from typing import Any

import h5py

from daisy_kernel.contracts.frames import DetectorFrames
from daisy_kernel.contracts.reference import Reference
from daisy_kernel.errors import FileProblem
from daisy_kernel.formats.eiger import is_master_name
from daisy_kernel.formats.fabio_series import SUFFIXES as FABIO_SUFFIXES
from daisy_kernel.formats.fabio_series import FabioSeries
from daisy_kernel.formats.file_series import natural_order, require_one_series
from daisy_kernel.formats.frame_references import FramesInARow
from daisy_kernel.formats.hdf5_frames import read_hdf5_frames
from daisy_kernel.formats.hdf5_location import split_location
from daisy_kernel.formats.hdf5_tree import HDF5Tree
from daisy_kernel.formats.image_header import header_metadata
from daisy_kernel.formats.tiff_stack import SUFFIXES as TIFF_SUFFIXES
from daisy_kernel.formats.tiff_stack import TiffStack, is_tiff_source

HDF5_SUFFIXES = (".h5", ".hdf5", ".hdf", ".nxs", ".nx5", ".cxi")
_NOT_FRAMES = {
    b"\x93NUMPY": "a NumPy array",
    b"PK\x03\x04": "a zip archive (or .npz)",
    b"\x80\x02": "a pickle",
    b"\x80\x03": "a pickle",
    b"\x80\x04": "a pickle",
    b"\x80\x05": "a pickle",
}


def open_frames(path: str | Path, *, data_roots: tuple[Path, ...] = ()) -> DetectorFrames:
    """Frames with mask, corrections and metadata that their files hold; no frame is read.

    Parameters
    ----------
    path
        EIGER master, NeXus (NXmx, NXsas) or other HDF5 file (``"file.h5:/path"`` chooses the
        dataset; more than three dimensions are taken frame by frame), TIFF, CBF, EDF, MarCCD,
        mar345 or another image that fabio reads; or a series of such files: a folder or a pattern,
        in the order of the numbers in their names. The content decides, not the name.
    data_roots
        Folders that links in HDF5 files may lead into, besides the folder of the file.

    Returns
    -------
    frames : DetectorFrames
        Its warnings say what had to be assumed, what is missing, and which geometry the file
        claims.

    Raises
    ------
    FileProblem
        If nothing is recognised, the choice is ambiguous, or the files do not fit each other.
    """
    files, inner = _files(path)
    if len(files) > 1:
        found = _series(files, inner, data_roots)
    elif h5py.is_hdf5(files[0]):
        with HDF5Tree(files[0], data_roots=data_roots) as tree:
            found = read_hdf5_frames(tree, inner)
    else:
        found = _images(files)
    frames = found.frames
    if 0 in frames.shape:
        raise FileProblem(
            f"{path} has the shape {frames.shape}: expected at least one frame (frame, row, "
            "column); check that the measurement was started."
        )
    if frames.dtype.kind not in "iuf":
        raise FileProblem(f"{path} is of type {frames.dtype}: expected integers or floats.")
    claim = _claim(found.metadata)
    return found if claim is None else _with_warning(found, claim)


def _files(path: str | Path) -> tuple[list[Path], str | None]:
    """The files that are meant, in order, and the dataset in them."""
    file, inner = split_location(path)
    if file.is_dir():
        known = (*TIFF_SUFFIXES, *FABIO_SUFFIXES, *HDF5_SUFFIXES)
        files = [p for p in file.iterdir() if p.name.lower().endswith(known)]
        if not files:
            raise FileProblem(
                f"The folder {file} holds no images that Daisy knows ({', '.join(known[:8])}, "
                "...): name a file in it."
            )
        files = _masters_alone(files)
        require_one_series(files)
    elif file.exists():
        files = [file]
    else:
        # pathlib cannot expand an absolute pattern.
        files = _masters_alone([Path(name) for name in glob(str(file))])  # noqa: PTH207
        if not files:
            raise FileProblem(
                f"There is no file {file}: check the name, or the disk that holds it."
            )
    return sorted((p.absolute() for p in files), key=natural_order), inner


def _masters_alone(files: list[Path]) -> list[Path]:
    """A master stands for the files of frames beside it."""
    return [p for p in files if is_master_name(p)] or files


def _series(files: list[Path], inner: str | None, data_roots: tuple[Path, ...]) -> DetectorFrames:
    if not h5py.is_hdf5(files[0]):
        return _images(files)
    found = []
    for file in files:
        with HDF5Tree(file, data_roots=data_roots) as tree:
            found.append(read_hdf5_frames(tree, inner))
    first = found[0]
    return DetectorFrames(
        format=first.format,
        frames=FramesInARow([part.frames for part in found]),
        mask=first.mask,
        dark=first.dark,
        flat=first.flat,
        metadata=first.metadata,
        warnings=tuple(dict.fromkeys(text for part in found for text in part.warnings)),
    )


def _images(files: list[Path]) -> DetectorFrames:
    with files[0].open("rb") as file:
        start = file.read(8)
    for magic, kind in _NOT_FRAMES.items():
        if start.startswith(magic):
            raise FileProblem(
                f"{files[0]} is {kind}, which may hold programs as well as numbers and is not "
                "read: save the frames as HDF5 or TIFF."
            )
    if is_tiff_source(files[0]):
        stack = TiffStack(files if len(files) > 1 else files[0])
        return _described("TIFF", stack, header_metadata(stack.header()))
    series = FabioSeries(files)
    return _described(series.format, series, header_metadata(series.header))


def _described(name: str, frames: Reference, metadata: dict[str, Any]) -> DetectorFrames:
    if frames.dtype.kind == "i" and "saturation_value" in metadata:
        # PILATUS: -1 between its modules, -2 for a pixel that is known to be bad.
        metadata = {**metadata, "underload_value": 0.0}
    return DetectorFrames(format=name, frames=frames, metadata=metadata)


def _claim(metadata: dict[str, Any]) -> str | None:
    """The geometry of a header as a sentence that does not believe it."""
    units = {
        "distance_m": (1e3, "distance {:.6g} mm"),
        "wavelength_m": (1e10, "wavelength {:.6g} angstrom"),
        "beam_center_x_px": (1.0, "beam centre x {:.6g} px"),
        "beam_center_y_px": (1.0, "beam centre y {:.6g} px"),
    }
    stated = [text.format(scale * metadata[name]) for name, (scale, text) in units.items()
              if name in metadata]  # fmt: skip
    if not stated:
        return None
    return (
        f"The file states a geometry ({', '.join(stated)}). It is shown but not used unless asked "
        "for: headers are often not calibrated and count pixels in their own way; calibrate, and "
        "give a PONI file."
    )


def _with_warning(found: DetectorFrames, warning: str) -> DetectorFrames:
    return DetectorFrames(
        found.format, found.frames, found.mask, found.dark, found.flat, found.metadata,
        (*found.warnings, warning),
    )  # fmt: skip
