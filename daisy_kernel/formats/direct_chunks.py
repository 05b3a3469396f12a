"""Chunks of an HDF5 dataset, read by system calls and decoded where they are wanted."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from daisy_kernel.errors import FileProblem
from daisy_kernel.formats.chunk_decoding import ChunkDecoder, DamagedChunk, decoder_of
from daisy_kernel.formats.hyperslab import read_fully

MOST_CHUNKS = 1_000_000
"""A table of more chunks takes too long to be made; HDF5 looks up the few that are wanted."""
SMALLEST_CHUNK_BYTES = 1 << 14
"""The loop over smaller chunks is slower here than in HDF5."""
KEPT_BYTES = 256 * 2**20
"""A thread keeps its buffers up to this size from call to call."""


@dataclass(frozen=True)
class DirectChunks:
    """Where the chunks of a dataset lie in its file, and how they are undone."""

    name: str
    """Dataset and file, for errors."""
    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    dtype: np.dtype[Any]
    """As in the file, byte order included."""
    offsets: NDArray[np.int64]
    """Per chunk, its first byte; -1 where it was never written."""
    sizes: NDArray[np.int64]
    """Per chunk, its length in the file [bytes]."""
    masks: NDArray[np.uint32]
    """Per chunk, which filters were left out."""
    fill: NDArray[Any]
    """What a chunk that was never written reads as."""
    decoder: ChunkDecoder

    def read(self, descriptor: int, start: tuple[int, ...], out: NDArray[Any]) -> None:
        """Fill an array with the block that starts at an index.

        Parameters
        ----------
        descriptor
            The file, opened for reading.
        start
            First index of the block along each dimension.
        out
            In the byte order of this machine.

        Raises
        ------
        FileProblem
            If a chunk is damaged; the error names it.
        EOFError
            If the file ends within a chunk.
        """
        touched = (
            range(a // c, (a + n - 1) // c + 1)
            for a, n, c in zip(start, out.shape, self.chunks, strict=True)
        )
        for index in product(*touched):
            corner = [i * c for i, c in zip(index, self.chunks, strict=True)]
            low = [max(a, b) for a, b in zip(corner, start, strict=True)]
            ends = zip(corner, self.chunks, start, out.shape, strict=True)
            high = [min(b + c, a + n) for b, c, a, n in ends]
            part = out[_block(low, high, start)]
            if self.offsets[index] < 0:
                part[...] = self.fill
                continue
            within = _block(low, high, corner)
            if part.shape == self.chunks and part.flags.c_contiguous:
                self._decode(descriptor, index, part.reshape(-1).view(np.uint8))
            else:
                n_byte = prod(self.chunks) * self.dtype.itemsize
                whole = _buffers.bytes("decoded", n_byte)
                self._decode(descriptor, index, whole)
                part[...] = whole.view(out.dtype).reshape(self.chunks)[within]
            if not self.dtype.isnative:
                _swap(part)
        _buffers.trim()

    def _decode(self, descriptor: int, index: tuple[int, ...], out: NDArray[np.uint8]) -> None:
        stored = _buffers.bytes("stored", int(self.sizes[index]))
        read_fully(descriptor, stored.data, int(self.offsets[index]))
        try:
            self.decoder.decode(stored, int(self.masks[index]), out)
        except DamagedChunk as damage:
            corner = tuple(i * c for i, c in zip(index, self.chunks, strict=True))
            raise FileProblem(
                f"{self.name} has a damaged chunk at index {corner} (byte {self.offsets[index]}): "
                f"{damage}; copy the file again."
            ) from damage


def direct_chunks(dataset: h5py.Dataset, name: str) -> DirectChunks | None:
    """The chunks of a dataset, or None where HDF5 itself has to read them.

    Parameters
    ----------
    dataset
        Of numbers.
    name
        Dataset and file, for errors.
    """
    file_properties = dataset.file.id.get_create_plist()
    if dataset.chunks is None or dataset.is_virtual or file_properties.get_userblock():
        return None
    if not 0 < prod(_grid(dataset)) <= MOST_CHUNKS:
        return None
    # A type of odd precision has to be converted, which the bytes in the file are not.
    in_memory = h5py.h5t.py_create(dataset.dtype, logical=True)
    if not dataset.id.get_type().equal(in_memory):
        return None
    if prod(dataset.chunks) * dataset.dtype.itemsize < SMALLEST_CHUNK_BYTES:
        return None
    decoder = decoder_of(dataset)
    if decoder is None:
        return None
    offsets, sizes, masks = _table(dataset)
    fill = np.zeros((), dataset.dtype)
    dataset.id.get_create_plist().get_fill_value(fill)
    found = DirectChunks(
        name, dataset.shape, dataset.chunks, dataset.dtype, offsets, sizes, masks, fill, decoder
    )
    return found if _is_plausible(found, dataset) else None


def written_frames(dataset: h5py.Dataset) -> NDArray[np.bool_]:
    """(n_frame,) whether all chunks of each index along the first dimension were written.

    True for all where that cannot be told: the dataset is not chunked, or virtual.
    """
    n_frame = dataset.shape[0]
    if dataset.chunks is None or dataset.is_virtual or not dataset.size:
        return np.ones(n_frame, np.bool_)
    if dataset.id.get_num_chunks() == prod(_grid(dataset)):
        return np.ones(n_frame, np.bool_)
    offsets, _, _ = _table(dataset)
    written = (offsets >= 0).reshape(offsets.shape[0], -1).all(axis=1)
    return np.repeat(written, dataset.chunks[0])[:n_frame]


def _grid(dataset: h5py.Dataset) -> tuple[int, ...]:
    return tuple(-(-n // c) for n, c in zip(dataset.shape, dataset.chunks, strict=True))


def _table(
    dataset: h5py.Dataset,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint32]]:
    """Per chunk: first byte (-1: never written), length [bytes], filters that were left out."""
    grid = _grid(dataset)
    offsets, sizes = np.full(grid, -1, np.int64), np.zeros(grid, np.int64)
    masks = np.zeros(grid, np.uint32)

    def note(chunk: h5py.h5d.StoreInfo) -> None:
        index = tuple(a // c for a, c in zip(chunk.chunk_offset, dataset.chunks, strict=True))
        # A dataset that was shrunk may keep chunks outside.
        if all(i < n for i, n in zip(index, grid, strict=True)):
            offsets[index], sizes[index] = chunk.byte_offset, chunk.size
            masks[index] = chunk.filter_mask

    dataset.id.chunk_iter(note)
    return offsets, sizes, masks


def _is_plausible(found: DirectChunks, dataset: h5py.Dataset) -> bool:
    """Whether lengths are such that buffers may be made for them."""
    n_byte = prod(found.chunks) * found.dtype.itemsize
    # HDF5 can leave chunks at the edges unfiltered, without a mark that is to be seen from here.
    if dataset.id.get_create_plist().get_nfilters() and (found.sizes == n_byte).any():
        whole = tuple(n // c for n, c in zip(found.shape, found.chunks, strict=True))
        edges = found.sizes == n_byte
        edges[tuple(slice(n) for n in whole)] = False
        if (edges & (found.masks == 0)).any():
            return False
    return bool((found.sizes <= 2 * n_byte + 4096).all())


def _block(low: list[int], high: list[int], origin: Any) -> tuple[slice, ...]:
    return tuple(slice(a - o, b - o) for a, b, o in zip(low, high, origin, strict=True))


def _swap(part: NDArray[Any]) -> None:
    part[...] = part.byteswap()


class _Buffers(threading.local):
    """Bytes that a thread keeps from call to call: fresh memory costs a page fault per page."""

    def __init__(self) -> None:
        self._kept: dict[str, NDArray[np.uint8]] = {}

    def bytes(self, name: str, n: int) -> NDArray[np.uint8]:
        kept = self._kept.get(name)
        if kept is None or kept.size < n:
            self._kept.pop(name, None)  # before the larger one is taken
            kept = self._kept[name] = np.empty(n + n // 4, np.uint8)
        return kept[:n]

    def trim(self) -> None:
        if sum(kept.nbytes for kept in self._kept.values()) > KEPT_BYTES:
            self._kept.clear()


_buffers = _Buffers()
