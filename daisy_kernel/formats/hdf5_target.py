"""An HDF5 file that is written block by block and survives every kind of crash."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.contracts.reference import Reference
from daisy_kernel.errors import FileProblem, UnknownName
from daisy_kernel.formats.atomic import (
    flush_to_disk,
    publish,
    require_absent,
    unwritable,
)
from daisy_kernel.formats.contiguous import reserve
from daisy_kernel.formats.hdf5_dataset import HDF5Dataset
from daisy_kernel.formats.hdf5_space import (
    HEADROOM_BYTES,
    MARK,
    Describe,
    find_datasets,
    make_datasets,
)
from daisy_kernel.formats.hyperslab import Layout, checksum_hyperslab, write_hyperslab
from daisy_kernel.formats.output_lock import ForeignLock, OutputLock
from daisy_kernel.formats.provenance import write_provenance


class HDF5Target:
    """Datasets of known shape in one file, written in any order by several threads; a `Target`.

    HDF5 itself only makes the tree, before the first and after the last block. The blocks are
    written by plain system calls into space that is already allocated, so that neither a kill nor
    a full disk can damage the file, and a killed run finds its blocks again. So: `allocate`, then
    `write` from any thread, then `commit`; or `discard`.

    Parameters
    ----------
    path
        The file to make.
    part
        Its name until it is complete: hidden, in the same folder, the same when a run resumes.
    overwrite
        Whether an existing file may be replaced at the end.

    Raises
    ------
    OutputExists
        If the file is there and may not be replaced.
    RunConflict
        If another run is writing it.
    FileProblem
        If the folder is missing or may not be written to.
    """

    def __init__(self, path: str | Path, part: str | Path, *, overwrite: bool = False):
        self.path, self.part = Path(path).absolute(), Path(part).absolute()
        self._overwrite = overwrite
        if self.part.parent != self.path.parent:
            raise ValueError(
                f"The unfinished {self.part} is not beside {self.path}: name one in its folder."
            )
        require_absent(self.path, overwrite=overwrite)
        self._layouts: dict[str, Layout] = {}
        self._descriptor: int | None = None
        self._lock: OutputLock | ForeignLock = OutputLock(self.path)

    def __getstate__(self) -> dict[str, Any]:
        """For another process, which writes and reads blocks, but neither commits nor discards."""
        return {**vars(self), "_descriptor": None, "_lock": ForeignLock()}

    def allocate(
        self,
        datasets: Mapping[str, Spec],
        describe: Describe | None = None,
        *,
        resume: bool = False,
    ) -> bool:
        """Make the datasets and take all their space, or find those of a killed run.

        Parameters
        ----------
        datasets
            Path in the file -> shape and type.
        describe, resume
            As `Target.allocate`.

        Raises
        ------
        DiskFull
            If the datasets do not fit; nothing is left behind.
        FileProblem
            If the folder may not be written to.
        """
        if not self._lock.is_held:
            raise FileProblem(
                f"{self.path} was committed or discarded already: make a new target for it."
            )
        found = find_datasets(self.part, datasets) if resume else None
        self._layouts = found or make_datasets(self.part, self.path, datasets, describe)
        self._open()
        return found is not None

    def write(self, dataset: str, start: tuple[int, ...], block: NDArray[Any]) -> int:
        """Put a block in its place; may be repeated, and called from several threads.

        Parameters
        ----------
        dataset
            Path in the file.
        start
            Index of the first element of the block, along each dimension.
        block
            Numbers of the kind of the dataset; the byte order does not matter.

        Returns
        -------
        checksum : int
            CRC-32 of the bytes written.

        Raises
        ------
        ValueError
            If the block does not fit into the dataset, by shape or by type.
        DiskFull, FileProblem
            If the system refuses to write.
        """
        try:
            with self._file() as descriptor:
                layout = self._layout(dataset)
                return write_hyperslab(descriptor, layout, start, np.asarray(block))
        except OSError as error:
            raise unwritable(self.path, error) from error

    def checksum(self, dataset: str, start: tuple[int, ...], shape: tuple[int, ...]) -> int:
        """CRC-32 of a block as it lies in the file; equals what `write` returned for it.

        Parameters
        ----------
        dataset
            Path in the file.
        start, shape
            Index of the first element and lengths of the block.
        """
        try:
            with self._file() as descriptor:
                return checksum_hyperslab(descriptor, self._layout(dataset), start, shape)
        except (OSError, EOFError) as error:
            raise FileProblem(
                f"{dataset} in {self.part} cannot be read back ({error}): run again from the start."
            ) from error

    def commit(self, made: Mapping[str, Mapping[str, Any]] | None = None) -> dict[str, Reference]:
        """Complete the file and give it its name, in one step.

        After an error the blocks stay in `part`: call `discard`, with `keep_part` to resume.

        Parameters
        ----------
        made
            Name of an NXprocess in /entry -> how the file was made; see `write_provenance`.

        Returns
        -------
        references : dict
            Dataset -> how it is read from now on.

        Raises
        ------
        OutputExists
            If a file of this name has appeared meanwhile; it is kept.
        DiskFull
            If there is no room for the provenance.
        """
        descriptor = self._writable()
        require_absent(self.path, overwrite=self._overwrite)
        try:
            # HDF5 notices a full disk only when it closes, and then crashes the process.
            reserve(descriptor, os.fstat(descriptor).st_size + HEADROOM_BYTES)
            os.fsync(descriptor)
            self._close()
            with h5py.File(self.part, "r+", locking=False) as file:
                for process, provenance in (made or {}).items():
                    write_provenance(file, provenance, process=process)
                del file.attrs[MARK]
            flush_to_disk(self.part)
            publish(self.part, self.path, overwrite=self._overwrite)
        except FileProblem:
            raise
        except OSError as error:
            raise unwritable(self.path, error) from error
        self._lock.release()
        return {dataset: HDF5Dataset(self.path, dataset) for dataset in self._layouts}

    def discard(self, *, keep_part: bool = False) -> None:
        """Give up: the name is free again, and the blocks are gone unless they are to be kept.

        After `commit`, or a second time, nothing happens.

        Parameters
        ----------
        keep_part
            Whether to leave the blocks for a run that resumes.
        """
        self._close()
        if not self._lock.is_held:
            return  # the unfinished file may be another run's by now
        if not keep_part:
            self.part.unlink(missing_ok=True)
        self._lock.release()

    def _open(self) -> None:
        self._close()
        self._descriptor = os.open(self.part, os.O_RDWR)

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    @contextmanager
    def _file(self) -> Iterator[int]:
        if not isinstance(self._lock, ForeignLock):
            yield self._writable()
            return
        # Closed after every block: on a shared disk that is when others see it.
        descriptor = os.open(self.part, os.O_RDWR)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _writable(self) -> int:
        if self._descriptor is None:
            raise FileProblem(
                f"{self.path} has no space for blocks (yet, or any more): allocate it first."
            )
        return self._descriptor

    def _layout(self, dataset: str) -> Layout:
        try:
            return self._layouts[dataset]
        except KeyError:
            raise UnknownName("dataset", dataset, self._layouts) from None
