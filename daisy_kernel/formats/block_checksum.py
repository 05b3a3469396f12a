"""The checksum of a block of a result as it lies on the disk, whatever kind of output it is."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import h5py
import numpy as np

from daisy_kernel.errors import FileProblem
from daisy_kernel.formats.contiguous import contiguous_layout
from daisy_kernel.formats.hdf5_damage import UNREADABLE
from daisy_kernel.formats.hyperslab import checksum_hyperslab
from daisy_kernel.formats.result import open_result
from daisy_kernel.formats.tiles import chained
from daisy_kernel.formats.zarr_array import ZarrArray

Index = tuple[int, ...]


def block_checksum(path: Path, dataset: str, start: Index, shape: Index) -> int:
    """What `Target.write` returned for this block, if nothing has changed since.

    Parameters
    ----------
    path
        HDF5 file, folder of TIFF images or OME-Zarr folder, finished or not.
    dataset
        Path in it.
    start, shape
        Index of the first element and lengths of the block.

    Raises
    ------
    FileProblem
        If the block cannot be read.
    """
    try:
        if path.is_dir():
            return _of_tiles(path, dataset, start, shape)
        with h5py.File(path, "r", locking=False) as file:
            layout = contiguous_layout(file[dataset])
        if layout is None:
            raise FileProblem(f"{dataset} in {path} was stored anew, so nothing is known of it.")
        with path.open("rb", buffering=0) as raw:
            return checksum_hyperslab(raw.fileno(), layout, start, shape)
    except FileProblem:
        raise
    except (EOFError, *UNREADABLE) as error:
        raise FileProblem(f"{dataset} in {path} cannot be read ({error}).") from error


def _of_tiles(path: Path, dataset: str, start: Index, shape: Index) -> int:
    """As `Tiles.checksum`: that of every tile, one after the other."""
    reference = open_result(path, dataset)
    tile = reference.chunks if isinstance(reference, ZarrArray) else (1, *reference.shape[1:])
    checksum = 0
    for part in _pieces(start, shape, tile):
        piece = np.ascontiguousarray(reference.read(part))
        little = piece.astype(piece.dtype.newbyteorder("<"), copy=False)
        checksum = chained(checksum, zlib.crc32(little.data))
    return checksum


def _pieces(start: Index, shape: Index, tile: Index) -> Iterator[tuple[slice, ...]]:
    """The parts of a block that lie in one tile each."""
    touched = [range(a // t, -(-(a + n) // t)) for a, n, t in zip(start, shape, tile, strict=True)]
    for index in product(*touched):
        yield tuple(
            slice(max(a, i * t), min(a + n, (i + 1) * t))
            for i, a, n, t in zip(index, start, shape, tile, strict=True)
        )
