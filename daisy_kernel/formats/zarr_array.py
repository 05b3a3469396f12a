"""An array in a Zarr folder, read on demand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.errors import FileProblem, MissingLibrary
from daisy_kernel.formats.hyperslab import block_of, dear_axes


class ZarrArray:
    """Numbers in a Zarr folder that look like an array; a `Reference`.

    Parameters
    ----------
    path
        The folder.
    dataset
        Path of the array in it.

    Raises
    ------
    FileProblem
        If there is no such array.
    MissingLibrary
        If ``zarr`` is not installed.
    """

    def __init__(self, path: str | Path, dataset: str):
        self.path, self.dataset = Path(path).absolute(), dataset
        array = self._open()
        self.shape: tuple[int, ...] = tuple(array.shape)
        self.dtype: np.dtype[Any] = np.dtype(array.dtype)
        self.chunks: tuple[int, ...] = tuple(array.chunks)

    def read(self, selection: tuple[slice, ...]) -> NDArray[Any]:
        """A fresh array with the selected hyperslab.

        Raises
        ------
        FileProblem
            If it cannot be read.
        """
        start, count = block_of(selection, self.shape)
        place = tuple(slice(a, a + n) for a, n in zip(start, count, strict=True))
        try:
            return np.asarray(self._open()[place])
        except (OSError, ValueError) as error:
            raise self._unreadable(error) from error

    def identity(self) -> dict[str, Any]:
        """Folder, array, and when it was made."""
        try:
            status = (self.path / self.dataset / "zarr.json").stat()
        except OSError as error:
            raise self._unreadable(error) from error
        return {
            "file": str(self.path),
            "dataset": self.dataset,
            "size": status.st_size,
            "mtime_ns": status.st_mtime_ns,
        }

    def dear_axes(self) -> tuple[int, ...]:
        """Dimensions along which a thin slice touches most chunks."""
        pairs = zip(self.chunks, self.shape, strict=True)
        return dear_axes(self.shape, [min(1.0, c / n) if n else 0.0 for c, n in pairs])

    def __repr__(self) -> str:
        return f"<{self.dataset} in {self.path}: {self.shape} {self.dtype}>"

    def _open(self) -> Any:
        zarr = import_zarr()
        try:
            return zarr.open_array(self.path / self.dataset, mode="r")
        except (OSError, ValueError, KeyError) as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: Exception) -> FileProblem:
        return FileProblem(
            f"The array {self.dataset} in {self.path} cannot be read ({error}): check the name, or "
            "make it again."
        )


def import_zarr() -> Any:
    """The library, which most installations lack.

    Raises
    ------
    MissingLibrary
        Says how to install it.
    """
    try:
        import zarr  # late: an extra
        import zarr.codecs
    except ImportError as error:
        raise MissingLibrary(
            "Zarr is not installed; it comes with 'pip install \"daisy-xray[zarr]\"' (zarr 3 or "
            "later). Or save as HDF5 or TIFF, which need nothing further."
        ) from error
    return zarr
