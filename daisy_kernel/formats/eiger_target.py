"""Frames written as an EIGER does: a master and files of frames, bitshuffled and LZ4-compressed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from daisy_kernel.errors import FileProblem
from daisy_kernel.formats.atomic import atomic_file, require_absent
from daisy_kernel.formats.eiger import is_master_name

_QUANTITIES = {
    "wavelength_m": ("beam/incident_wavelength", 1e10, "angstrom"),
    "distance_m": ("detector/detector_distance", 1.0, "m"),
    "pixel_size_x_m": ("detector/x_pixel_size", 1.0, "m"),
    "pixel_size_y_m": ("detector/y_pixel_size", 1.0, "m"),
    "beam_center_x_px": ("detector/beam_center_x", 1.0, "pixel"),
    "beam_center_y_px": ("detector/beam_center_y", 1.0, "pixel"),
    "count_time_s": ("detector/count_time", 1.0, "s"),
    "saturation_value": ("detector/saturation_value", 1.0, ""),
}


def write_eiger(
    master: str | Path,
    blocks: Iterable[NDArray[Any]],
    *,
    frames_per_file: int = 1000,
    mask: NDArray[np.uint8] | None = None,
    metadata: dict[str, Any] | None = None,
    overwrite: bool = False,
) -> Path:
    """A master file with files of frames beside it; the master comes last.

    Parameters
    ----------
    master
        ``NAME_master.h5``; the others become ``NAME_data_000001.h5`` and so on.
    blocks
        (n_frame, n_row, n_col) each [counts], unsigned integers; as they come, a block at a time.
    frames_per_file
        Frames in each file but the last.
    mask : (n_row, n_col)
        1 for a pixel to leave out.
    metadata
        Keys as in `DetectorFrames`.
    overwrite
        Whether files that are there may be replaced.

    Returns
    -------
    master : Path

    Raises
    ------
    FileProblem
        If the name is no master's, there is no frame, or the frames differ in shape or type.
    OutputExists
        If a file is there.
    """
    path = Path(master).absolute()
    if not is_master_name(path):
        raise FileProblem(f"{path.name} is no name of a master: call it {path.stem}_master.h5.")
    require_absent(path, overwrite=overwrite)
    names: list[str] = []
    n_frame = 0
    first: NDArray[Any] | None = None
    for frames in _in_files(blocks, frames_per_file):
        first = frames[0] if first is None else first
        for k, frame in enumerate(frames, n_frame):
            if (frame.shape, frame.dtype) != (first.shape, first.dtype):
                raise FileProblem(
                    f"Frame {k} is {frame.shape} {frame.dtype}, but the first is {first.shape} "
                    f"{first.dtype}: give frames of one kind."
                )
        name = f"{path.stem.removesuffix('_master')}_data_{len(names) + 1:06}{path.suffix}"
        _write_data(path.with_name(name), frames, n_frame, overwrite=overwrite)
        names.append(name)
        n_frame += len(frames)
    if first is None:
        raise FileProblem(f"There are no frames for {path}: give at least one.")
    with atomic_file(path, overwrite=overwrite) as temporary, h5py.File(temporary, "w") as file:
        _write_master(file, names, n_frame, first, mask, metadata or {})
    return path


def _in_files(blocks: Iterable[NDArray[Any]], frames_per_file: int) -> Iterator[list[NDArray[Any]]]:
    frames: list[NDArray[Any]] = []
    for block in blocks:
        for frame in block:
            frames.append(frame)
            if len(frames) == frames_per_file:
                yield frames
                frames = []
    if frames:
        yield frames


def _write_data(path: Path, frames: list[NDArray[Any]], n_before: int, *, overwrite: bool) -> None:
    import hdf5plugin

    with atomic_file(path, overwrite=overwrite) as temporary, h5py.File(temporary, "w") as file:
        data = file.create_dataset(
            "entry/data/data", (len(frames), *frames[0].shape), frames[0].dtype,
            chunks=(1, *frames[0].shape), **hdf5plugin.Bitshuffle(cname="lz4"),
        )  # fmt: skip
        for k, frame in enumerate(frames):
            data[k] = frame
        data.attrs["image_nr_low"] = n_before + 1
        data.attrs["image_nr_high"] = n_before + len(frames)


def _write_master(
    file: h5py.File,
    names: list[str],
    n_frame: int,
    first: NDArray[Any],
    mask: NDArray[np.uint8] | None,
    metadata: dict[str, Any],
) -> None:
    entry = file.create_group("entry")
    instrument = entry.create_group("instrument")
    for group, kind in (
        (entry, "NXentry"),
        (instrument, "NXinstrument"),
        (instrument.create_group("detector"), "NXdetector"),
        (instrument.create_group("beam"), "NXbeam"),
        (entry.create_group("data"), "NXdata"),
    ):
        group.attrs["NX_class"] = kind
    entry["definition"] = "NXmx"
    for number, name in enumerate(names, 1):
        entry[f"data/data_{number:06}"] = h5py.ExternalLink(name, "/entry/data/data")
    detector = instrument["detector"]
    detector["description"] = metadata.get("detector", "simulated")
    detector["bit_depth_image"] = 8 * first.dtype.itemsize
    detector["detectorSpecific/nimages"] = n_frame
    detector["detectorSpecific/ntrigger"] = 1
    if mask is not None:
        detector.create_dataset("pixel_mask", data=mask.astype(np.uint32), compression="gzip")
    for key, (place, scale, unit) in _QUANTITIES.items():
        if key in metadata:
            instrument[place] = scale * metadata[key]
            if unit:
                instrument[place].attrs["units"] = unit
