"""References made of others: several in a row, or one whose frames lie in a grid."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.reference import Reference
from daisy_kernel.errors import FileProblem
from daisy_kernel.formats.hyperslab import block_of, read_afresh, require_buffer


class FramesInARow:
    """Several stacks of frames that look like one; a `Reference`.

    Parameters
    ----------
    parts
        (n_frame, n_row, n_col) each, in order.

    Raises
    ------
    FileProblem
        If they differ in frame shape or type; names both.
    """

    def __init__(self, parts: Sequence[Reference]):
        self.parts = tuple(parts)
        first = self.parts[0]
        for part in self.parts[1:]:
            if part.shape[1:] != first.shape[1:] or part.dtype != first.dtype:
                raise FileProblem(
                    f"{part!r} does not continue {first!r}: expected frames of the same shape and "
                    "type; take the other files out, or name the series by a pattern."
                )
        self._ends = tuple(accumulate(part.shape[0] for part in self.parts))

    @property
    def shape(self) -> tuple[int, ...]:
        """(n_frame, n_row, n_col)."""
        return (self._ends[-1], *self.parts[0].shape[1:])

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the elements."""
        return self.parts[0].dtype

    def read(self, selection: tuple[slice, ...]) -> NDArray[Any]:
        """A fresh array with the selected hyperslab, as `read_into`."""
        return read_afresh(self, selection)

    def read_into(self, selection: tuple[slice, ...], out: NDArray[Any]) -> None:
        """Fill an array with the selected hyperslab.

        Parameters
        ----------
        selection
            One slice with step 1 per dimension.
        out
            Contiguous, of the shape of the selection and of `dtype`.

        Raises
        ------
        FileProblem
            If a part is lost or damaged.
        """
        start, count = block_of(selection, self.shape)
        require_buffer(out, count, self.dtype)
        stop, begin = start[0] + count[0], 0
        for part, end in zip(self.parts, self._ends, strict=True):
            low, high = max(start[0], begin), min(stop, end)
            if low < high:
                wanted = (slice(low - begin, high - begin), *selection[1:])
                read_into(part, wanted, out[low - start[0] : high - start[0]])
            begin = end

    def identity(self) -> dict[str, Any]:
        """File and dataset of the first part; size [bytes] and time of change [ns] of all files."""
        if len(self.parts) == 1:
            return self.parts[0].identity()
        own = [part.identity() for part in self.parts]
        files = {file["file"]: file for one in own for file in one.get("parts") or [one]}
        return {
            "file": own[0]["file"],
            "dataset": f"{own[0]['dataset']} ... {own[-1]['dataset']}",
            "n_frame": self.shape[0],
            "size": own[0]["size"],
            "mtime_ns": own[0]["mtime_ns"],
            "parts": [
                {"file": name, "size": file["size"], "mtime_ns": file["mtime_ns"]}
                for name, file in files.items()
            ],
        }

    def dear_axes(self) -> tuple[int, ...]:
        """As for the first part; frames of another part always cost extra."""
        return tuple(axis for axis in self.parts[0].dear_axes() if axis > 0)

    def __repr__(self) -> str:
        return f"<{len(self.parts)} parts from {self.parts[0]!r}: {self.shape} {self.dtype}>"


class FramesOfAGrid:
    """A single image, or images in a grid of any dimension, as one stack; a `Reference`.

    Parameters
    ----------
    source
        (n_row, n_col), or (..., n_row, n_col); the last of the leading indices runs fastest.
    """

    def __init__(self, source: Reference):
        self.source = source
        self._grid = source.shape[:-2]

    @property
    def shape(self) -> tuple[int, ...]:
        """(n_frame, n_row, n_col)."""
        return (prod(self._grid), *self.source.shape[-2:])

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the elements."""
        return self.source.dtype

    def read(self, selection: tuple[slice, ...]) -> NDArray[Any]:
        """A fresh array with the selected hyperslab, as `read_into`."""
        return read_afresh(self, selection)

    def read_into(self, selection: tuple[slice, ...], out: NDArray[Any]) -> None:
        """Fill an array with the selected hyperslab; a line of the grid is read at once.

        Parameters
        ----------
        selection
            One slice with step 1 per dimension.
        out
            Contiguous, of the shape of the selection and of `dtype`.

        Raises
        ------
        FileProblem
            If the source is lost or damaged.
        """
        start, count = block_of(selection, self.shape)
        require_buffer(out, count, self.dtype)
        if not self._grid:
            if count[0]:
                read_into(self.source, selection[1:], out[0])
            return
        n_line, done = self._grid[-1], 0
        while done < count[0]:
            line, first = divmod(start[0] + done, n_line)
            n = min(n_line - first, count[0] - done)
            outer = np.unravel_index(line, self._grid[:-1]) if self._grid[:-1] else ()
            indices = tuple(slice(int(i), int(i) + 1) for i in outer)
            piece = out[done : done + n].reshape(*(1 for _ in outer), n, *count[1:])
            read_into(self.source, (*indices, slice(first, first + n), *selection[1:]), piece)
            done += n

    def identity(self) -> dict[str, Any]:
        """That of the source."""
        return self.source.identity()

    def dear_axes(self) -> tuple[int, ...]:
        """Those of rows and columns in the source."""
        n_leading = len(self._grid)
        axes = (axis - n_leading + 1 for axis in self.source.dear_axes() if axis >= n_leading)
        return tuple(axes)

    def __repr__(self) -> str:
        return f"<{self.source!r} as {self.shape[0]} frames>"


def read_into(reference: Reference, selection: tuple[slice, ...], out: NDArray[Any]) -> None:
    """Fill an array with a hyperslab, without a copy where the reference can do that.

    Parameters
    ----------
    reference
        Any.
    selection
        One slice with step 1 per dimension.
    out
        Contiguous, of the shape of the selection and of the type of the reference.
    """
    direct = getattr(reference, "read_into", None)
    if direct is None:
        out[...] = reference.read(selection)
    else:
        direct(selection, out)
