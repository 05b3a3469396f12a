"""Pieces of an array that lies in one stretch of a file, read and written at their offsets.

Plain system calls instead of HDF5: no global lock, so threads overlap, and nothing in the file but
the numbers themselves changes, so a kill can at worst leave a block unwritten.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

PAGE_BYTES = 4096
"""What the operating system reads at least, whatever was asked for."""
CHECKSUM_BYTES = 8 << 20
"""Longest piece held in memory while a checksum is computed."""


@dataclass(frozen=True)
class Layout:
    """Where the elements of an array lie in a file: in C order, without gaps."""

    offset: int
    """Bytes from the start of the file to the first element."""
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    """As in the file, byte order included."""

    def run_bytes(self, count: tuple[int, ...]) -> int:
        """Length of the contiguous runs of a hyperslab of this shape [bytes]."""
        return prod(count[max(self._outer(count), 0) :]) * self.dtype.itemsize

    def runs(self, start: tuple[int, ...], count: tuple[int, ...]) -> Iterator[tuple[int, int]]:
        """The hyperslab as runs ``(offset in the file, length)`` [bytes], in C order.

        Parameters
        ----------
        start
            First index along each dimension.
        count
            Number of indices along each dimension.

        Raises
        ------
        ValueError
            If the hyperslab does not lie within the array.
        """
        if len(start) != len(self.shape) or len(count) != len(self.shape):
            raise ValueError(
                f"A block at {start} of shape {count} was asked of an array of shape "
                f"{self.shape}: give one number per dimension."
            )
        for first, n, length in zip(start, count, self.shape, strict=True):
            if first < 0 or n < 0 or first + n > length:
                raise ValueError(
                    f"A block at {start} of shape {count} reaches outside an array of shape "
                    f"{self.shape}: choose start and shape within it."
                )
        if 0 in count:
            return
        itemsize = self.dtype.itemsize
        strides = [prod(self.shape[k + 1 :]) * itemsize for k in range(len(self.shape))]
        outer = max(self._outer(count), 0)
        length = self.run_bytes(count)
        inner = sum(
            first * stride for first, stride in zip(start[outer:], strides[outer:], strict=True)
        )
        indices = (range(start[k], start[k] + count[k]) for k in range(outer))
        for index in product(*indices):
            position = sum(i * stride for i, stride in zip(index, strides[:outer], strict=True))
            yield self.offset + inner + position, length

    def _outer(self, count: tuple[int, ...]) -> int:
        """Number of leading dimensions to step over; the rest is one run (-1: everything is)."""
        full = len(self.shape)
        while full > 0 and count[full - 1] == self.shape[full - 1]:
            full -= 1
        return full - 1


def block_of(
    selection: tuple[slice, ...], shape: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """A selection as start and lengths of the block.

    Raises
    ------
    ValueError
        If there is not one slice with step 1 per dimension.
    """
    if len(selection) != len(shape) or any(s.step not in (None, 1) for s in selection):
        raise ValueError(
            f"The selection {selection} does not fit an array of shape {shape}: give one slice "
            "with step 1 per dimension."
        )
    limits = [s.indices(n) for s, n in zip(selection, shape, strict=True)]
    return tuple(a for a, _, _ in limits), tuple(max(b - a, 0) for a, b, _ in limits)


class IntoBuffer(Protocol):
    """A reference that can fill memory which the caller keeps."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths, in storage order."""
        ...

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the elements."""
        ...

    def read_into(self, selection: tuple[slice, ...], out: NDArray[Any]) -> None:
        """Fill a contiguous array of the shape of the selection and of `dtype`."""
        ...


def read_afresh(reference: IntoBuffer, selection: tuple[slice, ...]) -> NDArray[Any]:
    """A selection in an array of its own."""
    _, count = block_of(selection, reference.shape)
    out: NDArray[Any] = np.empty(count, reference.dtype)
    reference.read_into(selection, out)
    return out


def require_buffer(out: NDArray[Any], shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    """Make sure that an array can take a selection as it is.

    Raises
    ------
    ValueError
        If it has another shape or type, or is not contiguous.
    """
    if out.shape != shape or out.dtype != dtype or not out.flags.c_contiguous:
        kind = "contiguous" if out.flags.c_contiguous else "not contiguous"
        raise ValueError(
            f"The buffer is {out.shape} {out.dtype}, {kind}, but the selection is {shape} {dtype}: "
            "give np.empty(shape, dtype)."
        )


def read_hyperslab(
    descriptor: int, layout: Layout, start: tuple[int, ...], out: NDArray[Any]
) -> None:
    """Fill an array with the block that starts at an index.

    Parameters
    ----------
    descriptor
        File opened for reading.
    layout
        Where the array lies in it.
    start
        First index of the block along each dimension.
    out
        C-contiguous array in native byte order; its shape is the shape of the block.

    Raises
    ------
    EOFError
        If the file ends before the block does.
    """
    if out.size == 0:
        return
    target = out.reshape(-1).view(np.uint8).data
    done = 0
    for offset, length in layout.runs(start, out.shape):
        read_fully(descriptor, target[done : done + length], offset)
        done += length
    if not layout.dtype.isnative:
        out.byteswap(inplace=True)


def write_hyperslab(
    descriptor: int, layout: Layout, start: tuple[int, ...], block: NDArray[Any]
) -> int:
    """Write a block at an index.

    Parameters
    ----------
    descriptor
        File opened for writing.
    layout
        Where the array lies in it.
    start
        First index of the block along each dimension.
    block
        Any array that can be converted to the type in the file without changing its kind.

    Returns
    -------
    checksum : int
        CRC-32 of the bytes written.

    Raises
    ------
    ValueError
        If the block does not fit into the array, by shape or by type.
    OSError
        If the system refuses to write.
    """
    if not _fits(block, layout.dtype):
        raise ValueError(
            f"A block of {block.dtype} cannot be stored as {layout.dtype} without losing what it "
            "means: convert it first, or declare the output with another type."
        )
    stored = np.ascontiguousarray(block, dtype=layout.dtype)
    if stored.size == 0:
        return 0
    source = stored.reshape(-1).view(np.uint8).data
    done = 0
    for offset, length in layout.runs(start, block.shape):
        _write_fully(descriptor, source[done : done + length], offset)
        done += length
    return zlib.crc32(source)


def checksum_hyperslab(
    descriptor: int, layout: Layout, start: tuple[int, ...], shape: tuple[int, ...]
) -> int:
    """CRC-32 of a block as it lies in the file; equals what `write_hyperslab` returned.

    Raises
    ------
    EOFError
        If the file ends before the block does.
    """
    checksum = 0
    scratch = memoryview(bytearray(min(layout.run_bytes(shape), CHECKSUM_BYTES)))
    for offset, length in layout.runs(start, shape):
        for position in range(0, length, CHECKSUM_BYTES):
            piece = scratch[: min(CHECKSUM_BYTES, length - position)]
            read_fully(descriptor, piece, offset + position)
            checksum = zlib.crc32(piece, checksum)
    return checksum


def dear_axes_of_pages(shape: tuple[int, ...], itemsize: int) -> tuple[int, ...]:
    """Dimensions along which a thin slice of a C-ordered array touches most pages of its file.

    Parameters
    ----------
    shape
        Lengths of the array.
    itemsize
        Size of an element [bytes].
    """
    if 0 in shape:
        return ()
    touched = []
    for axis in range(len(shape)):
        piece = prod(shape[axis + 1 :]) * itemsize
        period = piece * shape[axis]
        touched.append(min(1.0, max(piece, PAGE_BYTES) / period) if axis else 0.0)
    return dear_axes(shape, touched)


def dear_axes(shape: tuple[int, ...], touched: list[float]) -> tuple[int, ...]:
    """Dimensions along which one index costs at least half of everything.

    Parameters
    ----------
    shape
        Lengths of the array.
    touched
        Per dimension, the share of the data that has to be read to get one index of it [1].
    """
    # A dimension of two or three is never called dear: its slices *are* a large share.
    return tuple(k for k, part in enumerate(touched) if part >= 0.5 and part * shape[k] >= 4)


def _fits(block: NDArray[Any], dtype: np.dtype[Any]) -> bool:
    """Whether the conversion keeps the kind of number, and integers their values."""
    if block.dtype.kind in "iu" and dtype.kind in "iu" and block.size:
        limits = np.iinfo(dtype)
        return bool(block.min() >= limits.min and block.max() <= limits.max)
    return bool(np.can_cast(block.dtype, dtype, "same_kind"))


def read_fully(descriptor: int, target: memoryview, offset: int) -> None:
    """Fill some memory from a place in a file.

    Raises
    ------
    EOFError
        If the file ends before.
    """
    done = 0
    while done < len(target):
        n = os.preadv(descriptor, [target[done:]], offset + done)
        if n == 0:
            raise EOFError(f"the file ends at byte {offset + done}")
        done += n


def _write_fully(descriptor: int, source: memoryview, offset: int) -> None:
    done = 0
    while done < len(source):
        done += os.pwrite(descriptor, source[done:], offset + done)
