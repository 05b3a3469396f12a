"""An HDF5 file that is written block by block and survives every kind of crash."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.contracts.reference import Reference
from daisy_kernel.errors import FileProblem, UnknownName
from daisy_kernel.formats.atomic import (
    FULL,
    flush_to_disk,
    no_room,
    publish,
    require_absent,
    unwritable,
)
from daisy_kernel.formats.contiguous import contiguous_layout, create_contiguous, reserve
from daisy_kernel.formats.hdf5_dataset import HDF5Dataset
from daisy_kernel.formats.hyperslab import Layout, checksum_hyperslab, write_hyperslab
from daisy_kernel.formats.output_lock import OutputLock
from daisy_kernel.formats.provenance import write_provenance

HEADROOM_BYTES = 16 << 20
"""Kept free beside the datasets: for the tree of the file and, at the end, its provenance."""
ALIGNMENT_BYTES = 4096
"""Datasets start at a page, so that blocks of two datasets never share one."""
MARK = "daisy_allocated"
"""Root attribute of an unfinished file: names of the datasets, written when all are there."""

Describe = Callable[[h5py.File], None]


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
        self._lock = OutputLock(self.path)

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
        resumed = resume and self._find(datasets)
        if not resumed:
            try:
                self._make(datasets, describe)
            except BaseException:
                self.part.unlink(missing_ok=True)
                raise
        self._open()
        return resumed

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
            layout = self._layout(dataset)
            return write_hyperslab(self._writable(), layout, start, np.asarray(block))
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
            return checksum_hyperslab(self._writable(), self._layout(dataset), start, shape)
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

    def _make(self, datasets: Mapping[str, Spec], describe: Describe | None) -> None:
        needed = sum(spec.nbytes + ALIGNMENT_BYTES for spec in datasets.values()) + HEADROOM_BYTES
        self.part.unlink(missing_ok=True)
        if needed > (available := _free(self.path)):
            raise no_room(self.path, needed, available)
        try:
            with h5py.File(self.part, "w", locking=False) as file:
                file.attrs.create("creator", "Daisy", dtype=h5py.string_dtype())
            # All space is taken before HDF5 makes the datasets: from here on it cannot run out.
            descriptor = os.open(self.part, os.O_RDWR)
            try:
                reserve(descriptor, needed)
            finally:
                os.close(descriptor)
            with h5py.File(
                self.part,
                "r+",
                locking=False,
                alignment_threshold=ALIGNMENT_BYTES,
                alignment_interval=ALIGNMENT_BYTES,
            ) as file:
                for name, spec in datasets.items():
                    self._layouts[name] = create_contiguous(file, name, spec)
                if describe is not None:
                    describe(file)
                file.attrs[MARK] = json.dumps(sorted(datasets))
            flush_to_disk(self.part)
        except FileProblem:
            raise
        except OSError as error:
            if error.errno in FULL:
                raise no_room(self.path, needed, _free(self.path)) from error
            raise unwritable(self.path, error) from error

    def _find(self, datasets: Mapping[str, Spec]) -> bool:
        try:
            with h5py.File(self.part, "r", locking=False) as file:
                if json.loads(file.attrs[MARK]) != sorted(datasets):
                    return False
                found = {name: contiguous_layout(file[name]) for name in datasets}
        except (OSError, KeyError, ValueError):  # absent, cut off, or of something else
            return False
        size = self.part.stat().st_size
        for name, spec in datasets.items():
            layout = found[name]
            if layout is None or (layout.shape, layout.dtype) != (spec.shape, spec.dtype):
                return False
            if layout.offset + spec.nbytes > size:
                return False
            self._layouts[name] = layout
        return True

    def _open(self) -> None:
        self._close()
        self._descriptor = os.open(self.part, os.O_RDWR)

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

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


def _free(path: Path) -> int:
    return shutil.disk_usage(path.parent).free
