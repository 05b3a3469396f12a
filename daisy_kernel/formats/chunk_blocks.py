"""How a compressed chunk is divided into blocks, checked before a decoder believes it."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

LENGTH_BYTES = 4
"""Before each block, its compressed length, big-endian."""


def blocks_end(chunk: NDArray[np.uint8], start: int, n_block: int) -> int:
    """Where a row of blocks ends that each begin with their length.

    A decoder in C follows these lengths blindly; a damaged one would lead it out of the chunk.

    Parameters
    ----------
    chunk : (n_byte,)
        As stored.
    start
        Position of the first block.
    n_block
        Number of blocks.

    Returns
    -------
    end : int
        Position after the last block; -1 if a block reaches beyond the chunk.
    """
    return int(_blocks_end(chunk, start, n_block))


@njit(nogil=True, cache=True)
def _blocks_end(chunk, start, n_block):
    position = start
    for _ in range(n_block):
        if position + LENGTH_BYTES > chunk.size:
            return -1
        length = 0
        for k in range(LENGTH_BYTES):
            length = length * 256 + np.int64(chunk[position + k])
        position += LENGTH_BYTES + length
    return position if position <= chunk.size else -1
