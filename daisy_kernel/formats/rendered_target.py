"""A small result as a file of another kind: text, a picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import h5py
from numpy.typing import NDArray

from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.formats.atomic import atomic_file
from daisy_kernel.formats.hdf5_target import HDF5Target

Render = Callable[[NDArray[Any]], bytes]


class RenderedTarget:
    """One array whose file is made of the whole of it, at the end; a `Target`.

    Until then its blocks lie in an unfinished HDF5 file, with all that this can bear.

    Parameters
    ----------
    path
        The file to make.
    part
        Where the blocks lie until it is complete.
    overwrite
        Whether an existing file may be replaced at the end.
    render
        Makes the content of the file of the array, which has to fit into memory.

    Raises
    ------
    OutputExists, RunConflict, FileProblem
        As `HDF5Target`.
    """

    def __init__(
        self, path: str | Path, part: str | Path, *, overwrite: bool = False, render: Render
    ):
        self._blocks = HDF5Target(path, part, overwrite=overwrite)
        self._overwrite, self._render, self._dataset = overwrite, render, ""

    def allocate(
        self,
        datasets: Mapping[str, Spec],
        describe: Callable[[Any], None] | None = None,
        *,
        resume: bool = False,
    ) -> bool:
        """Take the space of the blocks; nothing surrounds the one dataset."""
        (self._dataset,) = datasets
        return self._blocks.allocate(datasets, resume=resume)

    def write(self, dataset: str, start: tuple[int, ...], block: NDArray[Any]) -> int:
        """Put a block in its place; may be repeated, and called from several threads."""
        return self._blocks.write(dataset, start, block)

    def checksum(self, dataset: str, start: tuple[int, ...], shape: tuple[int, ...]) -> int:
        """Of a block as it lies there."""
        return self._blocks.checksum(dataset, start, shape)

    def commit(
        self, made: Mapping[str, Mapping[str, Any]] | None = None
    ) -> dict[str, NDArray[Any]]:
        """Make the file. How it was made has no place in it."""
        with h5py.File(self._blocks.part, "r") as file:
            array = file[self._dataset][()]
        with atomic_file(self._blocks.path, overwrite=self._overwrite) as temporary:
            temporary.write_bytes(self._render(array))
        self._blocks.discard()
        return {self._dataset: array}

    def discard(self, *, keep_part: bool = False) -> None:
        """Give up, with or without the blocks; after `commit` nothing happens."""
        self._blocks.discard(keep_part=keep_part)
