"""Compressed chunks of HDF5 undone in the calling thread, outside HDF5's lock.

The same bytes as HDF5's own filters give, in the pipelines that detectors and scans are written
with; anything else is left to HDF5.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from math import prod

import h5py
import numpy as np
from numpy.typing import NDArray

from daisy_kernel.formats.bitshuffle_library import address, decoders

Bytes = NDArray[np.uint8]
Decode = Callable[[Bytes, Bytes], None]
"""Undoes one filter: bytes as stored, array to fill to its end."""

GZIP, SHUFFLE = 1, 2
LZ4, BITSHUFFLE, ZSTD = 32004, 32008, 32015
_COMPRESSIONS = {2: "bshuf_decompress_lz4", 3: "bshuf_decompress_zstd"}
_MOST_BYTES = 0x7E000000
"""LZ4 counts in int; a longer chunk is left to HDF5."""


class DamagedChunk(ValueError):
    """A chunk that does not hold what its file says."""


class ChunkDecoder:
    """Undoes the filters of one dataset, chunk by chunk.

    Parameters
    ----------
    decode
        Undoes the compression; None where there is none.
    itemsize
        Size of an element [bytes].
    shuffle, compression
        Bits of the filter mask that say "not done for this chunk"; 0 where there is no such filter.
    """

    def __init__(self, decode: Decode | None, itemsize: int, *, shuffle: int, compression: int):
        self._decode = decode
        self._itemsize = itemsize
        self._shuffle, self._compression = shuffle, compression

    def decode(self, stored: Bytes, mask: int, out: Bytes) -> None:
        """Fill an array with the bytes of a chunk.

        Parameters
        ----------
        stored : (n_stored,)
            The chunk as it lies in the file.
        mask
            Which filters were left out for this chunk.
        out : (n_byte,)
            All bytes of the chunk, contiguous.

        Raises
        ------
        DamagedChunk
            If the chunk is damaged; then `out` holds anything.
        """
        shuffled = bool(self._shuffle) and not mask & self._shuffle
        target = np.empty_like(out) if shuffled else out
        if self._decode is not None and not mask & self._compression:
            self._decode(stored, target)
        elif stored.size != out.size:
            raise DamagedChunk(f"it holds {stored.size} bytes instead of {out.size}")
        else:
            target[:] = stored
        if shuffled:
            n = out.size // self._itemsize
            out.reshape(n, self._itemsize)[:] = target.reshape(self._itemsize, n).T


def decoder_of(dataset: h5py.Dataset) -> ChunkDecoder | None:
    """A decoder for the chunks of a dataset, or None where HDF5 has to undo them."""
    itemsize = dataset.dtype.itemsize
    if not 0 < prod(dataset.chunks) * itemsize <= _MOST_BYTES:
        return None
    properties = dataset.id.get_create_plist()
    filters = [properties.get_filter(i) for i in range(properties.get_nfilters())]
    numbers = [number for number, *_ in filters]
    shuffle = 0
    # In a file the shuffle comes before the compression, so it is undone after it.
    if len(numbers) == 2 and numbers[0] == SHUFFLE and numbers[1] in (GZIP, LZ4, ZSTD):
        shuffle = 1
        filters = filters[1:]
    if len(filters) > 1:
        return None
    if not filters:
        return ChunkDecoder(None, itemsize, shuffle=0, compression=0)
    number, _, values, _ = filters[0]
    decode = _decode_of(number, values, itemsize)
    if decode is None:
        return None
    return ChunkDecoder(decode, itemsize, shuffle=shuffle, compression=2 if shuffle else 1)


def _decode_of(number: int, values: tuple[int, ...], itemsize: int) -> Decode | None:
    functions = decoders()
    if number == GZIP:
        return _inflate
    if number == LZ4 and "LZ4_decompress_safe" in functions:
        return _decode_lz4
    if number == ZSTD and "ZSTD_decompress" in functions:
        return _decode_zstd
    if number == BITSHUFFLE and len(values) >= 5 and values[2] == itemsize:
        name = _COMPRESSIONS.get(values[4], "")
        return _bitshuffle(name, itemsize) if name in functions else None
    return None


def _bitshuffle(name: str, itemsize: int) -> Decode:
    """Transposed bits, block by block: https://github.com/kiyo-masui/bitshuffle, bshuf_h5filter.

    Length of the chunk [8 bytes] and of a block [4 bytes], both undone; then the blocks, each
    after its compressed length; then what is no multiple of 8 elements, as it is.
    """
    # Only here, since it takes numba half a second to be imported.
    from daisy_kernel.formats.chunk_blocks import blocks_end

    function = decoders()[name]

    def decode(stored: Bytes, out: Bytes) -> None:
        _require_length(stored, 12)
        n_byte, block_bytes = _integer(stored, 0, 8), _integer(stored, 8, 4)
        if n_byte != out.size:
            raise DamagedChunk(f"its header promises {n_byte} bytes instead of {out.size}")
        block = block_bytes // itemsize
        if block == 0 or block % 8 or block_bytes % itemsize:
            raise DamagedChunk(f"its header says blocks of {block_bytes} bytes")
        n = n_byte // itemsize
        whole, rest = divmod(n, block)
        end = blocks_end(stored, 12, whole + (rest >= 8))
        if end < 0 or end + n % 8 * itemsize > stored.size:
            raise DamagedChunk(f"its blocks reach beyond its {stored.size} bytes")
        done = function(address(stored) + 12, address(out), n, itemsize, block)
        if done != end - 12 + n % 8 * itemsize:
            raise DamagedChunk(f"the decoder says {done}")

    return decode


def _decode_lz4(stored: Bytes, out: Bytes) -> None:
    """HDF5 filter 32004: length of the chunk and of a block, then blocks after their lengths."""
    decompress = decoders()["LZ4_decompress_safe"]
    _require_length(stored, 12)
    n_byte, block = _integer(stored, 0, 8), _integer(stored, 8, 4)
    if n_byte != out.size or block == 0:
        raise DamagedChunk(f"its header promises {n_byte} bytes instead of {out.size}")
    position = 12
    for start in range(0, n_byte, block):
        _require_length(stored, position + 4)
        length, wanted = _integer(stored, position, 4), min(block, n_byte - start)
        position += 4
        _require_length(stored, position + length)
        if length == wanted:  # a block that would have grown is kept as it is
            out[start : start + wanted] = stored[position : position + length]
        else:
            source, target = address(stored) + position, address(out) + start
            if decompress(source, target, length, wanted) != wanted:
                raise DamagedChunk(f"the block at byte {start} cannot be undone")
        position += length


def _decode_zstd(stored: Bytes, out: Bytes) -> None:
    decompress = decoders()["ZSTD_decompress"]
    if decompress(address(out), out.size, address(stored), stored.size) != out.size:
        raise DamagedChunk("its Zstd frame cannot be undone")


def _inflate(stored: Bytes, out: Bytes) -> None:
    try:
        # One byte more than there should be, so that too much is noticed and never piles up.
        inflated = zlib.decompressobj().decompress(stored.data, out.size + 1)
    except zlib.error as error:
        raise DamagedChunk(str(error)) from error
    if len(inflated) != out.size:
        raise DamagedChunk(f"it unpacks to {len(inflated)} bytes instead of {out.size}")
    out[:] = np.frombuffer(inflated, np.uint8)


def _require_length(stored: Bytes, n: int) -> None:
    if stored.size < n:
        raise DamagedChunk(f"it ends after {stored.size} bytes")


def _integer(stored: Bytes, position: int, n: int) -> int:
    return int.from_bytes(stored[position : position + n].tobytes(), "big")
