"""Files that say where a detector is, and some how to integrate: PONI, pyFAI's JSON, frames."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.algorithms.diffraction.integration_json import (
    IntegrationFile,
    read_integration_json,
)
from daisy_kernel.algorithms.diffraction.possible_geometry import require_possible
from daisy_kernel.configuration import read_configuration
from daisy_kernel.errors import FileProblem
from daisy_kernel.formats import open_frames, poni_keys, poni_text

_HEAD_BYTES = 1 << 16
_MOST_BYTES = 1 << 20
_STATED = {
    "distance_m": "distance {:.6g} m",
    "beam_center_y_px": "beam centre y {:.6g} px",
    "beam_center_x_px": "beam centre x {:.6g} px",
    "pixel_size_y_m": "pixel size y {:.6g} m",
    "pixel_size_x_m": "pixel size x {:.6g} m",
    "wavelength_m": "wavelength {:.6g} m",
}


def integration_file(path: str | Path) -> IntegrationFile:
    """What a file says about geometry and integration.

    Parameters
    ----------
    path
        A PONI file, the JSON of pyFAI-integrate, or frames (EIGER, NeXus, CBF, ...) whose header
        states where the detector is.

    Raises
    ------
    FileProblem
        If it is none of them, says too little, or what cannot be.
    """
    roots = read_configuration().data_roots
    file = Path(path)
    if not file.is_file():
        raise FileProblem(f"there is no PONI file {file}: give the path of one")
    state = file.stat()
    return _read(file.absolute(), roots, state.st_mtime_ns, state.st_size)


def mean_image(paths: tuple[Path, ...]) -> NDArray[np.float32]:
    """(n_row, n_col) average of all images in these files.

    Raises
    ------
    FileProblem
        If one is no image, or they differ in size.
    """
    return _mean_image(paths, read_configuration().data_roots, _states(paths))


@lru_cache(maxsize=8)
def _read(file: Path, roots: tuple[Path, ...], modified_ns: int, size: int) -> IntegrationFile:
    """Read once for all blocks of a run, and again when the file has changed."""
    with file.open("rb") as opened:
        head = opened.read(_HEAD_BYTES)
    if b"\0" in head or not head:
        return _stated_by_header(file, roots)
    if size > _MOST_BYTES:
        raise FileProblem(
            f"{file} has {size / 1e6:.0f} MB, as no geometry has: give a PONI file, or a JSON of "
            "pyFAI-integrate"
        )
    text = file.read_text(errors="replace")
    if text.lstrip().startswith("{"):
        found = read_integration_json(text, file, roots)
    elif "distance" in poni_keys(text):
        found = IntegrationFile(poni=text)
    else:
        raise FileProblem(
            f"the PONI file {file} has no line 'Distance: ...': give what pyFAI-calib2 has written."
        )
    require_possible(found.poni, file)
    return found


def _stated_by_header(file: Path, roots: tuple[Path, ...]) -> IntegrationFile:
    """A detector across the beam, where a header says that it is."""
    metadata = open_frames(file, data_roots=roots).metadata
    missing = [text.partition(" {")[0] for key, text in _STATED.items() if key not in metadata]
    if missing:
        raise FileProblem(
            f"the header of {file} lacks {', '.join(missing)}: give the geometry yourself, or a "
            "PONI file"
        )
    distance, center_y, center_x, height, width, wavelength = (metadata[key] for key in _STATED)
    numbers = np.array([distance, center_y * height, center_x * width, 0, 0, 0, height, width])
    stated = ", ".join(text.format(metadata[key]) for key, text in _STATED.items())
    return IntegrationFile(
        poni=poni_text(numbers, wavelength, source=f"as stated by {file.name}"),
        remark=f"geometry as the header of {file} states it, without tilt and not calibrated: "
        f"{stated}",
    )


@lru_cache(maxsize=4)
def _mean_image(
    paths: tuple[Path, ...], roots: tuple[Path, ...], states: tuple[tuple[int, int], ...]
) -> NDArray[np.float32]:
    total, n_image = np.zeros(()), 0
    for path in paths:
        frames = open_frames(path, data_roots=roots).frames
        images = frames.read(tuple(slice(0, n) for n in frames.shape))
        if n_image and images.shape[1:] != total.shape:
            raise FileProblem(
                f"{path} shows {images.shape[1:]} pixels but {paths[0]} {total.shape}: give images "
                "of one detector."
            )
        total = total + images.sum(axis=0, dtype=np.float64)
        n_image += len(images)
    mean = np.asarray(total / n_image, np.float32)
    mean.flags.writeable = False  # others get the same
    return mean


def _states(paths: tuple[Path, ...]) -> tuple[tuple[int, int], ...]:
    return tuple((s.st_mtime_ns, s.st_size) for s in (path.stat() for path in paths))
