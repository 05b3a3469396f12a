"""h5py: what a file costs when nothing is computed."""

from __future__ import annotations

import os
from pathlib import Path

import h5py
import numpy as np

WHO = "h5py: read + write"
_BLOCK_BYTES = 16 * 2**20


def read_and_write(scan: Path, dataset: str, output: Path, shape: tuple[int, int, int]) -> None:
    """Read a stack of frames block by block, then write a float32 volume, onto the disk.

    Parameters
    ----------
    scan, dataset
        The (n_angle, n_row, n_col) stack to read.
    output
        File to make.
    shape
        (n_slice, n, n) of the volume.
    """
    read(scan, dataset)
    with h5py.File(output, "w") as file:
        volume = file.create_dataset("volume", shape, np.float32)
        count = max(1, _BLOCK_BYTES // (4 * shape[1] * shape[2]))
        slices = np.ones((count, *shape[1:]), np.float32)
        for start in range(0, shape[0], count):
            stop = min(start + count, shape[0])
            volume[start:stop] = slices[: stop - start]
        file.flush()
        os.fsync(file.id.get_vfd_handle())


def read(path: Path, dataset: str) -> int:
    """Read a stack of frames block by block, into the same memory; the number of its bytes."""
    with h5py.File(path, "r") as file:
        frames = file[dataset]
        count = max(1, _BLOCK_BYTES // frames[0].nbytes)
        buffer = np.empty((count, *frames.shape[1:]), frames.dtype)
        for start in range(0, len(frames), count):
            stop = min(start + count, len(frames))
            frames.read_direct(buffer, np.s_[start:stop], np.s_[: stop - start])
        return int(frames.nbytes)
