"""Detector images in the many formats that fabio reads: CBF, EDF, MarCCD, mar345, ..."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.errors import FileProblem
from daisy_kernel.formats.file_series import file_status, series_identity
from daisy_kernel.formats.hyperslab import block_of

SUFFIXES = (
    ".cbf", ".edf", ".mccd", ".mar3450", ".mar2300", ".mar2560", ".mar1200", ".img", ".esperanto",
    ".gfrm", ".sfrm", ".osc", ".spe", ".stl", ".mrc", ".ge1", ".ge2", ".ge3", ".ge4", ".ge5",
)  # fmt: skip
"""Which files of a folder are images; a file that is named may end in anything."""
REFUSED = ("NumpyImage", "XsdImage", "Hdf5Image", "EigerImage", "LimaImage", "SparseImage")
"""Formats that may hold more than numbers, or that Daisy reads itself."""


class FabioSeries:
    """Images in one or several files that look like one array (n_frame, n_row, n_col).

    Parameters
    ----------
    paths
        One file of one or more images, or files of one image each, in order.

    Raises
    ------
    FileProblem
        If the first or the last file is no image or differs from the other; names both. The images
        between are checked when they are read.
    """

    def __init__(self, paths: Sequence[Path]):
        self.paths = tuple(Path(path).absolute() for path in paths)
        with _opened(self.paths[0]) as image:
            self.format = type(image).__name__.removesuffix("Image").upper()
            self._per_file = int(image.nframes)
            self._frame_shape, self.dtype = _kind(image.data, self.paths[0])
            self.header = {str(k): str(v) for k, v in image.header.items()}
        if len(self.paths) > 1:
            if self._per_file > 1:
                raise FileProblem(
                    f"{self.paths[0]} holds {self._per_file} images and there are "
                    f"{len(self.paths)} such files: give one file of many images, or many files "
                    "of one image."
                )
            self._load(self.paths[-1], 0)

    @property
    def shape(self) -> tuple[int, ...]:
        """(n_frame, n_row, n_col)."""
        return (len(self.paths) * self._per_file, *self._frame_shape)

    def read(self, selection: tuple[slice, ...]) -> NDArray[Any]:
        """A fresh array with the selected hyperslab; whole images are decoded for it.

        Parameters
        ----------
        selection
            One slice with step 1 per dimension.

        Raises
        ------
        FileProblem
            If an image is missing, damaged, or differs from the first in shape or type.
        """
        start, count = block_of(selection, self.shape)
        out: NDArray[Any] = np.empty(count, self.dtype)
        for n in range(count[0]):
            file, inside = divmod(start[0] + n, self._per_file)
            out[n] = self._load(self.paths[file], inside)[selection[1:]]
        return out

    def identity(self) -> dict[str, Any]:
        """Folder, first and last file, total size [bytes] and latest change [ns].

        Raises
        ------
        FileProblem
            If a file is gone.
        """
        return series_identity(self.paths)

    def dear_axes(self) -> tuple[int, ...]:
        """Rows and columns: an image is undone whole, however little of it is wanted."""
        return tuple(axis for axis in (1, 2) if self.shape[axis] >= 4)

    def __repr__(self) -> str:
        files = f"{len(self.paths)} {self.format} files from {self.paths[0]}"
        return f"<{files}: {self.shape} {self.dtype}>"

    def _load(self, path: Path, n: int) -> NDArray[Any]:
        with _opened(path) as image:
            data: NDArray[Any] = image.data if n == 0 else image.get_frame(n).data
        if _kind(data, path) != (self._frame_shape, self.dtype):
            raise FileProblem(
                f"{path} (image {n}) is {data.shape} {data.dtype}, but {self.paths[0]} is "
                f"{self._frame_shape} {self.dtype}: take the other images out, or name the series "
                "by a pattern."
            )
        return data


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    import fabio  # only here: it takes a while, and most files are HDF5 or TIFF

    if file_status(path).st_size == 0:
        raise FileProblem(f"{path} is empty (0 bytes): copy it again.")
    # It reports what it tries on the way; what counts is whether it succeeds.
    logger = logging.getLogger("fabio")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        image = fabio.open(str(path))
        if type(image).__name__ in REFUSED:
            raise FileProblem(
                f"{path} is read as {type(image).__name__}, which Daisy does not take for detector "
                "frames: save it as HDF5 or TIFF."
            )
        with image:
            yield image
    except FileProblem:
        raise
    # Its readers raise whatever their parsing runs into.
    except Exception as error:
        said = " ".join(str(error).split())[:200]
        raise FileProblem(
            f"{path} cannot be read as a detector image ({type(error).__name__}: {said}): check "
            "the name, or copy it again."
        ) from error
    finally:
        logger.setLevel(level)


def _kind(data: Any, path: Path) -> tuple[tuple[int, ...], np.dtype[Any]]:
    if data is None or data.ndim != 2 or data.dtype.kind not in "iuf" or 0 in data.shape:
        found = "nothing" if data is None else f"{data.shape} {data.dtype}"
        raise FileProblem(f"{path} holds {found}: expected an image of numbers; check the file.")
    return data.shape, data.dtype.newbyteorder("=")
