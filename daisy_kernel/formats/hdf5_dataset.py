"""A dataset in an HDF5 file, read on demand."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from daisy_kernel.errors import FileProblem
from daisy_kernel.formats.contiguous import contiguous_layout
from daisy_kernel.formats.direct_chunks import DirectChunks, direct_chunks
from daisy_kernel.formats.frame_runs import Runs, frame_runs, n_frames, runs_within
from daisy_kernel.formats.hdf5_storage import check_storage, filter_numbers
from daisy_kernel.formats.hdf5_tree import HDF5Tree
from daisy_kernel.formats.hyperslab import (
    block_of,
    dear_axes,
    dear_axes_of_pages,
    read_afresh,
    read_hyperslab,
    require_buffer,
)

SHORTEST_RUN_BYTES = 1024
"""Below it HDF5's own buffering beats one system call per run."""

Piece = tuple[tuple[int, ...], NDArray[Any]]
"""Index of a block in the stored dataset, and the array that it goes to."""


class HDF5Dataset:
    """Numbers in an HDF5 file that look like an array; a `Reference`.

    The file is opened for each read (a quarter of a millisecond), never locked and never written,
    so the object can be pickled and shared by threads.

    Parameters
    ----------
    path
        The file.
    dataset
        Path in the file; links are followed within the folder of the file.
    frames
        Which indices along the first dimension belong to the object, in this order; slices or
        numbers. None for all.
    data_roots
        Further folders that links in the file may lead into.

    Raises
    ------
    FileProblem
        If the file cannot be read or has no such array of numbers.
    MissingLibrary
        If it is compressed in a way that nothing installed can undo.
    """

    def __init__(
        self,
        path: str | Path,
        dataset: str,
        frames: Sequence[slice] | NDArray[np.integer[Any]] | None = None,
        *,
        data_roots: tuple[Path, ...] = (),
    ):
        self.path = Path(path).absolute()
        self.dataset = dataset
        self.data_roots = data_roots
        with HDF5Tree(self.path, data_roots=data_roots) as tree:
            found = tree.dataset(dataset)
            parts = check_storage(tree, found)
            self._stored_shape: tuple[int, ...] = found.shape
            self.dtype: np.dtype[Any] = found.dtype.newbyteorder("=")
            self._layout = contiguous_layout(found)
            self._chunks = found.chunks if filter_numbers(found) else None
            self._is_chunked = found.chunks is not None and not found.is_virtual
            holder = Path(os.fsdecode(found.file.filename))
        # The file that really holds the numbers first, when a link leads to it.
        self._holder = holder
        self._files = tuple(dict.fromkeys([holder, self.path, *parts]))
        self._version = _version(holder)
        self._runs = None if frames is None else self._chosen(frames)
        # Looked up when first needed: it takes a microsecond per chunk.
        self._direct: DirectChunks | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths, in storage order."""
        if self._runs is None:
            return self._stored_shape
        return (n_frames(self._runs), *self._stored_shape[1:])

    def read(self, selection: tuple[slice, ...]) -> NDArray[Any]:
        """A fresh array with the selected hyperslab, in the byte order of this machine.

        Parameters
        ----------
        selection
            One slice with step 1 per dimension.

        Raises
        ------
        FileProblem
            If the file changed its shape, lost a part or is damaged.
        """
        return read_afresh(self, selection)

    def read_into(self, selection: tuple[slice, ...], out: NDArray[Any]) -> None:
        """Like `read`, into memory that the caller keeps: fresh memory costs page faults.

        Parameters
        ----------
        selection
            One slice with step 1 per dimension.
        out
            Contiguous, of the shape of the selection and of `dtype`.

        Raises
        ------
        FileProblem
            If the file changed its shape, lost a part or is damaged.
        ValueError
            If `out` is of another shape or type.
        """
        start, count = block_of(selection, self.shape)
        require_buffer(out, count, self.dtype)
        if out.size == 0:
            return
        try:
            pieces = self._pieces(start, out)
            if not (self._read_plainly(pieces) or self._read_chunks(pieces)):
                self._read_through_hdf5(pieces)
        except FileProblem:
            raise
        except FileNotFoundError as error:
            raise _gone(self._holder, error) from error
        except (OSError, EOFError) as error:
            raise FileProblem(
                f"{self._name()} cannot be read ({error}): the file is damaged there; copy it "
                "again."
            ) from error

    def identity(self) -> dict[str, Any]:
        """File, dataset, size [bytes] and time of change [ns]; of all files, where it has parts.

        Raises
        ------
        FileProblem
            If a file is gone.
        """
        files = {str(path): _version(path) for path in self._files}
        identity: dict[str, Any] = {"file": str(self.path), "dataset": self.dataset}
        identity["size"], identity["mtime_ns"] = files[str(self.path)]
        if self._runs is not None:
            identity["frames"] = [list(run) for run in self._runs]
        if len(files) > 1:
            identity["parts"] = [
                {"file": file, "size": size, "mtime_ns": mtime_ns}
                for file, (size, mtime_ns) in files.items()
            ]
        return identity

    def renewed(self) -> HDF5Dataset:
        """The dataset as it is in the file by now; itself while neither has changed.

        Frames that were chosen by their numbers stay the same ones.

        Raises
        ------
        FileProblem
            If the file is gone, damaged, or cannot be read while it is written.
        """
        if self._runs is not None:
            return self
        # Always read: a writer may have gone on between the shape and the time of change.
        now = HDF5Dataset(self.path, self.dataset, data_roots=self.data_roots)
        is_same = (now.shape, now.dtype, now._version) == (self.shape, self.dtype, self._version)
        return self if is_same else now

    def dear_axes(self) -> tuple[int, ...]:
        """Dimensions along which a thin slice costs as much as reading everything.

        A compressed chunk has to be undone whole, however little of it is wanted.
        """
        if self._layout is not None:
            return dear_axes_of_pages(self.shape, self.dtype.itemsize)
        if self._chunks is None or 0 in self.shape:
            return ()
        touched = [min(1.0, c / n) for c, n in zip(self._chunks, self._stored_shape, strict=True)]
        return dear_axes(self.shape, touched)

    def __repr__(self) -> str:
        return f"<{self._name()}: {self.shape} {self.dtype}>"

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_direct": None}  # looked up again: it holds functions in C

    def _name(self) -> str:
        return f"{self.dataset} in {self.path}"

    def _chosen(self, frames: Sequence[slice] | NDArray[np.integer[Any]]) -> Runs:
        try:
            return frame_runs(frames, self._stored_shape[0] if self._stored_shape else 0)
        except ValueError as error:
            raise FileProblem(f"{self._name()}: {error}") from error

    def _pieces(self, start: tuple[int, ...], out: NDArray[Any]) -> list[Piece]:
        """What to read: index in the stored dataset, and the part of the result to fill."""
        if self._runs is None:
            return [(start, out)]
        pieces, done = [], 0
        for first, n in runs_within(self._runs, start[0], out.shape[0]):
            pieces.append(((first, *start[1:]), out[done : done + n]))
            done += n
        return pieces

    def _read_plainly(self, pieces: list[Piece]) -> bool:
        """Read by system calls, 2-4 times faster than through HDF5; False where it cannot be."""
        layout = self._layout
        if layout is None or layout.run_bytes(pieces[0][1].shape) < SHORTEST_RUN_BYTES:
            return False
        with self._holder.open("rb", buffering=0) as file:
            # A file that was rewritten may keep its numbers elsewhere: then HDF5 is asked.
            if _version_of(os.fstat(file.fileno())) != self._version:
                return False
            for start, out in pieces:
                read_hyperslab(file.fileno(), layout, start, out)
        return True

    def _read_chunks(self, pieces: list[Piece]) -> bool:
        """Read and decode outside HDF5's lock, so that threads overlap; False where it cannot."""
        if not self._is_chunked:
            return False
        with self._holder.open("rb", buffering=0) as file:
            # Places of chunks hold for the file that was opened only; HDF5 reads a newer one.
            if _version_of(os.fstat(file.fileno())) != self._version:
                return False
            if self._direct is None and not self._look_up_chunks():
                return False
            assert self._direct is not None
            for start, out in pieces:
                self._direct.read(file.fileno(), start, out)
        return True

    def _look_up_chunks(self) -> bool:
        with HDF5Tree(self.path, data_roots=self.data_roots) as tree:
            found = tree.dataset(self.dataset)
            self._check_unchanged(found)
            same_file = Path(os.fsdecode(found.file.filename)) == self._holder
            direct = direct_chunks(found, self._name()) if same_file else None
        if _version(self._holder) != self._version:
            return False
        self._is_chunked, self._direct = direct is not None, direct
        return direct is not None

    def _read_through_hdf5(self, pieces: list[Piece]) -> None:
        with HDF5Tree(self.path, data_roots=self.data_roots) as tree:
            dataset = tree.dataset(self.dataset)
            self._check_unchanged(dataset)
            for start, out in pieces:
                ends = zip(start, out.shape, strict=True)
                check_storage(tree, dataset, bounds=tuple((a, a + n - 1) for a, n in ends))
                block = tuple(slice(a, a + n) for a, n in zip(start, out.shape, strict=True))
                dataset.read_direct(out, source_sel=block)

    def _check_unchanged(self, dataset: h5py.Dataset) -> None:
        then, now = self._stored_shape, dataset.shape
        same = len(now) == len(then) and now[1:] == then[1:] and now[:1] >= then[:1]
        if not same or dataset.dtype.newbyteorder("=") != self.dtype:
            raise FileProblem(
                f"{self._name()} was {then} {self.dtype} and is now {now} {dataset.dtype}: the "
                "file was rewritten; open it again."
            )


def _version(path: Path) -> tuple[int, int]:
    try:
        return _version_of(path.stat())
    except OSError as error:
        raise _gone(path, error) from error


def _gone(path: Path, error: OSError) -> FileProblem:
    return FileProblem(
        f"{path} is gone ({error.strerror}): it was there when it was opened; put it back."
    )


def _version_of(status: os.stat_result) -> tuple[int, int]:
    return status.st_size, status.st_mtime_ns
