"""Where a data object is to be saved, and what writes it there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.contracts.reference import Reference


def unfinished_name(path: Path, run_id: str) -> Path:
    """What an output is called while a run makes it; it holds zeros where nothing is written."""
    return path.with_name(f".{path.name}.{run_id}.part")


class Target(Protocol):
    """An output of a run: absent or complete under its name, whatever happens.

    So: `allocate`, then `write` from any thread, then `commit`; or `discard`. Until then everything
    lies under the name `part`, beside the target.
    """

    def allocate(
        self,
        datasets: Mapping[str, Spec],
        describe: Callable[[Any], None] | None = None,
        *,
        resume: bool = False,
    ) -> bool:
        """Take the space of all datasets before anything is computed, or find it taken.

        Parameters
        ----------
        datasets
            Name -> shape, type and, where they are known, axes.
        describe
            Adds what surrounds the datasets, called once they are there: with the open file of an
            HDF5 target, with the path of the unfinished folder else.
        resume
            Whether to keep what a killed run has written, if it has exactly these datasets.

        Returns
        -------
        resumed : bool
            True if the blocks of an earlier run are in place; compare their checksums.
        """
        ...

    def write(self, dataset: str, start: tuple[int, ...], block: NDArray[Any]) -> int:
        """Put a block in its place and return its checksum; may be repeated."""
        ...

    def checksum(self, dataset: str, start: tuple[int, ...], shape: tuple[int, ...]) -> int:
        """The checksum of a block as it lies there; equals what `write` returned for it."""
        ...

    def commit(
        self, made: Mapping[str, Mapping[str, Any]] | None = None
    ) -> Mapping[str, Reference | NDArray[Any]]:
        """Complete the output and give it its name, in one step.

        Parameters
        ----------
        made
            Name of a process -> how the output was made, kept in it.

        Returns
        -------
        references
            Dataset -> how it is read from now on.
        """
        ...

    def discard(self, *, keep_part: bool = False) -> None:
        """Give up, with or without the blocks; after `commit` nothing happens."""
        ...


class MakeTarget(Protocol):
    """A class of targets, or one with further settings filled in."""

    def __call__(self, path: Path, part: Path, *, overwrite: bool) -> Target:
        """A target for this file or folder."""
        ...


@dataclass(frozen=True)
class Destination:
    """A dataset in an output, written block by block and committed at the end of the run."""

    path: Path
    dataset: str
    describe: Callable[[Any, Spec], None] | None = None
    """Adds the structure around the dataset to the open HDF5 file, knowing its shape."""
    process: str = "process"
    """Name of the NXprocess in /entry that says how the data was made."""
    target: MakeTarget | None = None
    """What writes it; None: an HDF5 file, which several destinations may share."""
    beside: Path | None = None
    """A second file, a picture of the result say, which gets its name with the first."""
    conclude: Callable[[Path, Path], Mapping[str, Any]] | None = None
    """Makes the second file of the first, once every block is there; both have other names for now.
    Gives values for the record of the run."""
