"""A series of TIFF images, read on demand."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from glob import glob
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from daisy_kernel.errors import FileProblem
from daisy_kernel.formats.file_series import (
    file_status,
    natural_order,
    require_one_series,
    series_identity,
)
from daisy_kernel.formats.hyperslab import (
    Layout,
    block_of,
    dear_axes_of_pages,
    read_hyperslab,
)

SUFFIXES = (".tif", ".tiff")
DECODING_ERRORS = (
    ValueError, OSError, EOFError, LookupError, RuntimeError, struct.error, zlib.error
)  # fmt: skip
"""What tifffile and its decoders raise for a damaged file."""


class TiffStack:
    """Images in TIFF files that look like one array (n_frame, n_row, n_col); a `Reference`.

    Parameters
    ----------
    source
        A folder, a pattern such as ``"scan/proj_*.tif"``, a list of files with one image each, or
        one file with one or more images. Files of a folder or pattern are taken in natural order
        (2 before 10).

    Raises
    ------
    FileProblem
        If there is no image, a folder holds several series, or the first and the last image differ
        in shape or type. The images between are checked when they are read.
    """

    def __init__(self, source: str | Path | Sequence[str | Path]):
        self.paths = _files(source)
        first = _Images(self.paths[0])
        last = _Images(self.paths[-1])
        self._per_file = first.n_image
        if len(self.paths) > 1 and (first.n_image > 1 or last.n_image > 1):
            raise FileProblem(
                f"{self.paths[0]} holds {first.n_image} images and there are {len(self.paths)} "
                "such files: give one file of many images, or many files of one image."
            )
        self._frame_shape, self.dtype = first.frame_shape, first.dtype
        self._require_same(last, last.n_image - 1)
        self._is_plain = first.layout is not None
        # Parsing a header takes longer than reading some rows, so each is parsed once.
        self._images = {self.paths[0]: first, self.paths[-1]: last}

    @property
    def shape(self) -> tuple[int, int, int]:
        """(n_frame, n_row, n_col)."""
        return (len(self.paths) * self._per_file, *self._frame_shape)

    def read(self, selection: tuple[slice, ...]) -> NDArray[Any]:
        """A fresh array with the selected hyperslab; only its rows are read where TIFF allows.

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
        if out.size == 0:
            return out
        if self._per_file > 1:
            images = self._of(self.paths[0])
            images.read(start[0], start[1:], out)
            return out
        for n, path in enumerate(self.paths[start[0] : start[0] + count[0]]):
            images = self._of(path)
            self._require_same(images, 0)
            images.read(0, start[1:], out[n : n + 1])
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
        """Dimensions along which a thin slice costs as much as reading everything.

        A compressed image has to be undone whole, however few rows of it are wanted.
        """
        if self._is_plain:
            return dear_axes_of_pages(self.shape, self.dtype.itemsize)
        return tuple(axis for axis in (1, 2) if self.shape[axis] >= 4)

    def header(self) -> str:
        """What the first image says about itself in words; detectors write their settings there."""
        try:
            with tifffile.TiffFile(self.paths[0], is_ome=False) as tif:
                return str(getattr(tif.pages[0], "description", ""))
        except DECODING_ERRORS as error:
            raise _unreadable(self.paths[0], error) from error

    def __repr__(self) -> str:
        return f"<{len(self.paths)} TIFF files from {self.paths[0]}: {self.shape} {self.dtype}>"

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_images": {}}

    def _of(self, path: Path) -> _Images:
        images = self._images.get(path)
        if images is None or images.version != _version(path):
            images = self._images[path] = _Images(path)
        return images

    def _require_same(self, images: _Images, n: int) -> None:
        if (images.frame_shape, images.dtype) != (self._frame_shape, self.dtype):
            raise FileProblem(
                f"{images.path} (image {n}) is {images.frame_shape} {images.dtype}, but the first "
                f"image of the series is {self._frame_shape} {self.dtype}: take the other images "
                "out, or name the series by a pattern."
            )


class _Images:
    """What the header of one TIFF file says."""

    def __init__(self, path: Path):
        self.path = path
        self.version = _version(path)
        try:
            # An OME header may name other files to read; images come from the named files only.
            with tifffile.TiffFile(path, is_ome=False) as tif:
                self._understand(tif)
        except FileProblem:
            raise
        except DECODING_ERRORS as error:
            raise _unreadable(path, error) from error

    def _understand(self, tif: tifffile.TiffFile) -> None:
        series, page = tif.series[0], tif.pages[0]
        if page.ndim != 2 or page.dtype is None or page.dtype.kind not in "biuf":
            raise FileProblem(
                f"{self.path} holds an image of shape {page.shape} and type {page.dtype}, not "
                "plain grey values: convert it to grey first."
            )
        self.frame_shape = (page.shape[0], page.shape[1])
        self.dtype: np.dtype[Any] = np.dtype(page.dtype).newbyteorder("=")
        self.layout: Layout | None = None
        stored = self.dtype.newbyteorder("<" if tif.byteorder == "<" else ">")
        plain_series = series.dataoffset is not None and series.shape[-2:] == page.shape
        # ImageJ writes one header for many images, so the series counts, not the pages.
        self.n_image = int(np.prod(series.shape[:-2])) if plain_series else len(tif.pages)
        if series.dataoffset is not None and plain_series and self.n_image >= len(tif.pages):
            self.layout = Layout(series.dataoffset, (self.n_image, *self.frame_shape), stored)
            return
        self.n_image = len(tif.pages)
        if self.n_image == 1 and page.is_memmappable:
            self.layout = Layout(page.dataoffsets[0], (1, *self.frame_shape), stored)

    def read(self, first: int, corner: tuple[int, ...], out: NDArray[Any]) -> None:
        try:
            if self.layout is not None:
                with self.path.open("rb", buffering=0) as file:
                    read_hyperslab(file.fileno(), self.layout, (first, *corner), out)
                return
            rows, cols = (slice(a, a + n) for a, n in zip(corner, out.shape[1:], strict=True))
            with tifffile.TiffFile(self.path, is_ome=False) as tif:
                for n in range(out.shape[0]):
                    image = tif.pages[first + n].asarray()
                    if image.shape != self.frame_shape or image.dtype != self.dtype:
                        raise FileProblem(
                            f"Image {first + n} of {self.path} is {image.shape} {image.dtype}, "
                            f"but the first is {self.frame_shape} {self.dtype}: split the file."
                        )
                    out[n] = image[rows, cols]
        except FileProblem:
            raise
        except DECODING_ERRORS as error:
            raise _unreadable(self.path, error) from error


def is_tiff_source(source: str | Path) -> bool:
    """Whether a name means TIFF images: a folder or pattern with some, or a TIFF file."""
    path = Path(source)
    if path.is_file():
        with path.open("rb") as file:
            return file.read(4) in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
    if path.is_dir():
        return bool(_tiffs_in(path))
    return any(name.lower().endswith(SUFFIXES) for name in glob(str(source)))  # noqa: PTH207


def _files(source: str | Path | Sequence[str | Path]) -> list[Path]:
    if not isinstance(source, str | Path):
        files = [Path(path).absolute() for path in source]
    elif Path(source).is_dir():
        files = _tiffs_in(Path(source).absolute())
        require_one_series(files)
    elif Path(source).exists():
        files = [Path(source).absolute()]
    else:
        # pathlib cannot expand an absolute pattern.
        matches = glob(str(source))  # noqa: PTH207
        files = sorted((Path(name).absolute() for name in matches), key=natural_order)
    if not files:
        raise FileProblem(
            f"There is no TIFF image in {source}: check the name; files must end in "
            f"{' or '.join(SUFFIXES)}."
        )
    return files


def _tiffs_in(folder: Path) -> list[Path]:
    return sorted(
        (p for p in folder.iterdir() if p.name.lower().endswith(SUFFIXES)), key=natural_order
    )


def _version(path: Path) -> tuple[int, int]:
    status = file_status(path)
    return status.st_size, status.st_mtime_ns


def _unreadable(path: Path, error: Exception) -> FileProblem:
    if path.exists() and path.stat().st_size == 0:
        return FileProblem(f"{path} is empty (0 bytes): copy it again.")
    hint = "pip install imagecodecs" if "imagecodecs" in str(error) else "copy it again"
    return FileProblem(f"{path} cannot be read as TIFF ({error}): {hint}.")
