"""An array that is cut into equal tiles, each in a file of its own, at a known offset.

Slices as TIFF images and the chunks of a Zarr array are both such tiles. As long as nothing is
compressed, a block that is cut along any axis is written by plain system calls into space that is
already allocated, as in `hyperslab`, and two blocks never have to wait for each other.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.formats.contiguous import reserve
from daisy_kernel.formats.hyperslab import Layout, checksum_hyperslab, write_hyperslab

Index = tuple[int, ...]


@dataclass(frozen=True)
class Tiles:
    """Where the elements of an array lie in a folder."""

    folder: Path
    spec: Spec
    tile: tuple[int, ...]
    """Lengths of a tile; those at the end may reach beyond the array."""
    name: Callable[[Index], str]
    """Place of a tile in the grid -> its file, relative to the folder."""
    header: bytes = b""
    """What every file begins with."""

    @property
    def grid(self) -> tuple[int, ...]:
        """Number of tiles along each dimension."""
        return tuple(-(-n // t) for n, t in zip(self.spec.shape, self.tile, strict=True))

    @property
    def nbytes(self) -> int:
        """Size of all files together [bytes]."""
        return prod(self.grid) * self._file_bytes

    def make(self) -> None:
        """Make every file and take its space.

        Raises
        ------
        OSError
            If there is not enough.
        """
        for index in self._indices():
            path = self._path(index)
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
            try:
                if self.header:
                    os.pwrite(descriptor, self.header, 0)
                reserve(descriptor, self._file_bytes)
            finally:
                os.close(descriptor)

    def are_there(self) -> bool:
        """Whether every file exists, with its header and its size."""
        try:
            for index in self._indices():
                path = self._path(index)
                if path.stat().st_size != self._file_bytes:
                    return False
                with path.open("rb") as file:
                    if file.read(len(self.header)) != self.header:
                        return False
        except OSError:
            return False
        return True

    def write(self, start: Index, block: NDArray[Any]) -> int:
        """Write a block at an index; the checksum of what was written.

        Raises
        ------
        ValueError
            If the block does not fit into the array, by shape or by type.
        OSError
            If the system refuses.
        """
        checksum = 0
        for index, here, inside in self._pieces(start, block.shape):
            descriptor = os.open(self._path(index), os.O_RDWR)
            try:
                piece = write_hyperslab(descriptor, self._layout, here, block[inside])
            finally:
                os.close(descriptor)
            checksum = chained(checksum, piece)
        return checksum

    def checksum(self, start: Index, shape: Index) -> int:
        """The checksum of a block as it lies in the files; equals what `write` returned.

        Raises
        ------
        OSError, EOFError
            If a file is gone or cut short.
        """
        checksum = 0
        for index, here, inside in self._pieces(start, shape):
            count = tuple(s.stop - s.start for s in inside)
            descriptor = os.open(self._path(index), os.O_RDONLY)
            try:
                piece = checksum_hyperslab(descriptor, self._layout, here, count)
            finally:
                os.close(descriptor)
            checksum = chained(checksum, piece)
        return checksum

    @property
    def _layout(self) -> Layout:
        return Layout(len(self.header), self.tile, self.spec.dtype.newbyteorder("<"))

    @property
    def _file_bytes(self) -> int:
        return len(self.header) + prod(self.tile) * self.spec.dtype.itemsize

    def _path(self, index: Index) -> Path:
        return self.folder / self.name(index)

    def _indices(self) -> Iterator[Index]:
        return product(*map(range, self.grid))

    def _pieces(
        self, start: Index, count: Index
    ) -> Iterator[tuple[Index, Index, tuple[slice, ...]]]:
        """Tiles that a block touches: place in the grid, start in the tile, part of the block."""
        shape = self.spec.shape
        if not len(start) == len(count) == len(shape) or any(
            a < 0 or n < 0 or a + n > length
            for a, n, length in zip(start, count, shape, strict=True)
        ):
            raise ValueError(
                f"A block at {start} of shape {count} reaches outside an array of shape {shape}: "
                "choose start and shape within it."
            )
        touched = [
            range(a // t, -(-(a + n) // t)) if n else range(0)
            for a, n, t in zip(start, count, self.tile, strict=True)
        ]
        for index in product(*touched):
            here, inside = [], []
            for i, a, n, t in zip(index, start, count, self.tile, strict=True):
                first, last = max(a, i * t), min(a + n, (i + 1) * t)
                here.append(first - i * t)
                inside.append(slice(first - a, last - a))
            yield index, tuple(here), tuple(inside)


def chained(checksum: int, piece: int) -> int:
    """One checksum of several, in order."""
    return zlib.crc32(piece.to_bytes(4, "little"), checksum)
