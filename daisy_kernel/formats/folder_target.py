"""A folder of files that is written block by block and survives every kind of crash."""

from __future__ import annotations

import json
import os
import re
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.contracts.reference import Reference
from daisy_kernel.errors import FileProblem, OutputExists, UnknownName
from daisy_kernel.formats.atomic import (
    FULL,
    flush_tree,
    no_room,
    publish_folder,
    put_back,
    unwritable,
)
from daisy_kernel.formats.contiguous import reserve
from daisy_kernel.formats.output_lock import ForeignLock, OutputLock
from daisy_kernel.formats.provenance import folder_mark
from daisy_kernel.formats.tiles import Tiles

HEADROOM_BYTES = 16 << 20
"""Taken beside the tiles: for what describes them and, at the end, the provenance."""
MARK = ".daisy_allocated"
"""File of an unfinished folder, written when all of its space is taken: what it is for."""
RESERVED = ".daisy_reserved"
"""File of an unfinished folder whose space is for what comes at the end."""


class FolderTarget(ABC):
    """One three-dimensional dataset as a folder of files; a `Target`.

    Parameters
    ----------
    path
        The folder to make.
    part
        Its name until it is complete: hidden, beside it, the same when a run resumes.
    overwrite
        Whether it may replace a folder at the end, one that Daisy made and that holds nothing else.

    Raises
    ------
    OutputExists
        If the folder is there and may not be replaced.
    RunConflict
        If another run is writing it.
    FileProblem
        If the folder around it is missing or may not be written to, or something is there that is
        not a result of the same kind.
    """

    own_names: ClassVar[re.Pattern[str]]
    """What lies directly in such a folder."""
    begun_names: ClassVar[tuple[str, ...]] = ()
    """Files that `_begin` writes."""

    def __init__(self, path: str | Path, part: str | Path, *, overwrite: bool = False):
        self.path, self.part = Path(path).absolute(), Path(part).absolute()
        self._overwrite = overwrite
        if self.part.parent != self.path.parent:
            raise ValueError(
                f"The unfinished {self.part} is not beside {self.path}: name one in its folder."
            )
        self._tiles: Tiles | None = None
        self._dataset = ""
        self._lock: OutputLock | ForeignLock = OutputLock(self.path)
        try:
            put_back(self.part, self.path)  # if a kill came between the two renames
            self._require_replaceable()
        except BaseException:
            self._lock.release()
            raise

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_lock": ForeignLock()}  # for another process, which only writes

    @abstractmethod
    def _lay_out(self, spec: Spec) -> Tiles:
        """How the dataset is cut; raises FileProblem for one that cannot be stored so."""

    @abstractmethod
    def _begin(self, spec: Spec) -> None:
        """Write what describes the tiles into the unfinished folder."""

    @abstractmethod
    def _bytes_at_end(self, spec: Spec) -> int:
        """Room that `_complete` needs, besides the provenance [bytes]."""

    @abstractmethod
    def _complete(self, spec: Spec, made: Mapping[str, Any]) -> None:
        """Write what comes after the last block, the mark of Daisy included; may be repeated."""

    @abstractmethod
    def _reference(self) -> Reference:
        """The dataset as it is read from now on."""

    def allocate(
        self,
        datasets: Mapping[str, Spec],
        describe: Callable[[Path], None] | None = None,
        *,
        resume: bool = False,
    ) -> bool:
        """Make every file and take all space, or find those of a killed run.

        Parameters
        ----------
        datasets
            Name -> shape and type of the only dataset.
        describe, resume
            As `Target.allocate`.

        Raises
        ------
        DiskFull
            If it does not fit; nothing is left behind.
        FileProblem
            If it cannot be stored so, or the folder may not be written to.
        """
        if not self._lock.is_held:
            raise FileProblem(
                f"{self.path} was committed or discarded already: make a new target for it."
            )
        (self._dataset, spec), *others = datasets.items()
        if others or len(spec.shape) != 3 or 0 in spec.shape:
            raise FileProblem(
                f"{self.path} takes one volume, not {[s.shape for s in datasets.values()]}: save "
                "each into a folder of its own."
            )
        tiles = self._lay_out(spec)
        resumed = resume and self._find(tiles)
        needed = tiles.nbytes + self._bytes_at_end(spec) + HEADROOM_BYTES
        try:
            if not resumed:
                self._remove_part()
                available = shutil.disk_usage(self.path.parent).free
                if needed > available:
                    raise no_room(self.path, needed, available)
                self.part.mkdir()
            self._reserve(self._bytes_at_end(spec) + HEADROOM_BYTES)
            if not resumed:
                self._begin(spec)
                tiles.make()
                if describe is not None:
                    describe(self.part)
                (self.part / MARK).write_text(json.dumps(_identity(tiles)))
        except BaseException as error:
            if not resumed:
                self._remove_part()
            if not isinstance(error, OSError) or isinstance(error, FileProblem):
                raise
            if error.errno in FULL:
                available = shutil.disk_usage(self.path.parent).free
                raise no_room(self.path, needed, available) from error
            raise unwritable(self.path, error) from error
        self._tiles = tiles
        return resumed

    def write(self, dataset: str, start: tuple[int, ...], block: NDArray[Any]) -> int:
        """Put a block in its place; may be repeated, and called from several threads.

        Raises
        ------
        ValueError
            If the block does not fit into the dataset, by shape or by type.
        DiskFull, FileProblem
            If the system refuses to write.
        """
        try:
            return self._of(dataset).write(start, np.asarray(block))
        except FileProblem:
            raise
        except OSError as error:
            raise unwritable(self.path, error) from error

    def checksum(self, dataset: str, start: tuple[int, ...], shape: tuple[int, ...]) -> int:
        """Checksum of a block as it lies in the files; equals what `write` returned for it."""
        try:
            return self._of(dataset).checksum(start, shape)
        except FileProblem:
            raise
        except (OSError, EOFError) as error:
            raise FileProblem(
                f"{dataset} in {self.part} cannot be read back ({error}): run again from the start."
            ) from error

    def commit(self, made: Mapping[str, Mapping[str, Any]] | None = None) -> dict[str, Reference]:
        """Complete the folder and give it its name.

        After an error the blocks stay in `part`: call `discard`, with `keep_part` to resume.

        Parameters
        ----------
        made
            Name of a process -> how the output was made; the first one is kept.

        Raises
        ------
        OutputExists
            If something of this name has appeared meanwhile; it is kept.
        DiskFull
            If there is no room for what comes at the end.
        """
        spec = self._of(self._dataset).spec
        if not self._lock.is_held:
            raise FileProblem(f"{self.path} is made by another process: commit it there.")
        self._require_replaceable()
        try:
            (self.part / RESERVED).unlink(missing_ok=True)
            self._complete(spec, next(iter((made or {}).values()), {}))
            (self.part / MARK).unlink()
            flush_tree(self.part)
            publish_folder(self.part, self.path, overwrite=self._overwrite)
        except FileProblem:
            raise
        except OSError as error:
            raise unwritable(self.path, error) from error
        self._tiles = None
        self._lock.release()
        return {self._dataset: self._reference()}

    def discard(self, *, keep_part: bool = False) -> None:
        """Give up: the name is free again, and the blocks are gone unless they are to be kept.

        After `commit`, or a second time, nothing happens.
        """
        self._tiles = None
        if not self._lock.is_held:
            return  # the unfinished folder may be another run's by now
        if not keep_part:
            self._remove_part()
        self._lock.release()

    def _require_replaceable(self) -> None:
        if not os.path.lexists(self.path):
            return
        if not self._overwrite:
            raise OutputExists(
                f"The output {self.path} is already there: choose another name, or overwrite it "
                "(--overwrite)."
            )
        if not self.path.is_dir() or self.path.is_symlink():
            raise FileProblem(
                f"The output {self.path} is a file, but a folder is to be made: choose another "
                "name."
            )
        names = sorted(p.name for p in self.path.iterdir())
        foreign = [name for name in names if not self.own_names.fullmatch(name)]
        if foreign or (names and folder_mark(self.path) is None):
            raise FileProblem(
                f"The folder {self.path} is not replaced, because it holds what Daisy did not "
                f"write there ({', '.join((foreign or names)[:3])}): choose another name."
            )

    def _reserve(self, n_bytes: int) -> None:
        descriptor = os.open(self.part / RESERVED, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            reserve(descriptor, n_bytes)
        finally:
            os.close(descriptor)

    def _find(self, tiles: Tiles) -> bool:
        try:
            mark = json.loads((self.part / MARK).read_text())
        except (OSError, ValueError):  # absent, or cut off
            return False
        begun = all((self.part / name).is_file() for name in self.begun_names)
        return bool(mark == _identity(tiles)) and begun and tiles.are_there()

    def _of(self, dataset: str) -> Tiles:
        if self._tiles is None:
            raise FileProblem(
                f"{self.path} has no space for blocks (yet, or any more): allocate it first."
            )
        if dataset != self._dataset:
            raise UnknownName("dataset", dataset, [self._dataset])
        return self._tiles

    def _remove_part(self) -> None:
        if self.part.is_dir():
            shutil.rmtree(self.part)
        else:
            self.part.unlink(missing_ok=True)


def _identity(tiles: Tiles) -> dict[str, Any]:
    spec = tiles.spec
    return {"shape": list(spec.shape), "dtype": spec.dtype.str, "tile": list(tiles.tile)}
