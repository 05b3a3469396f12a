"""Whether what a run has written is still as it was written, block by block."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np

from daisy_kernel.engines.memory import usable_cores
from daisy_kernel.engines.run_folder import RunFolder
from daisy_kernel.errors import FileProblem
from daisy_kernel.formats import block_checksum


@dataclass(frozen=True)
class WrittenBlock:
    """A block of which the journal says what was written."""

    path: Path
    dataset: str
    start: tuple[int, ...]
    shape: tuple[int, ...]
    nbytes: int
    crc32: int

    def fault(self) -> str:
        """What is wrong with it now; empty if nothing is."""
        if not self.path.exists():
            return "the file is gone"
        try:
            found = block_checksum(self.path, self.dataset, self.start, self.shape)
        except FileProblem as error:
            return str(error)
        return "" if found == self.crc32 else "other bytes than were written"


@dataclass(frozen=True)
class Damage:
    """A block that is not as it was written."""

    block: WrittenBlock
    fault: str

    @property
    def words(self) -> str:
        """In one line: which elements of which dataset, and what is wrong."""
        block = self.block
        ends = zip(block.start, block.shape, strict=True)
        place = ", ".join(f"{a}:{a + n}" for a, n in ends)
        return f"{block.path}: {block.dataset} [{place}]: {self.fault}"


@dataclass(frozen=True)
class Verification:
    """What was looked at, and what is wrong."""

    n_blocks: int
    nbytes: int
    damages: tuple[Damage, ...]


def verify(folder: RunFolder, result: Path | None = None) -> Verification:
    """Compare every block that a run has finished with the checksum in its journal.

    Of a run that is done these are the blocks of its results; of one that was interrupted those of
    its unfinished files and of the parts between its stages.

    Parameters
    ----------
    folder
        Of the run.
    result
        Where its result lies now, if it was moved.

    Raises
    ------
    FileProblem
        If the journal does not tell where the blocks are.
    """
    blocks = list(_written(folder, result))
    if not blocks:
        raise FileProblem(
            f"The journal of run {folder.path.name} says nothing of blocks in files (of sweeps and "
            "of runs of an older Daisy it does not): there is nothing to compare with."
        )
    # Checksums release Python's lock.
    with ThreadPoolExecutor(usable_cores()) as pool:
        faults = list(pool.map(WrittenBlock.fault, blocks))
    damages = tuple(Damage(b, f) for b, f in zip(blocks, faults, strict=True) if f)
    return Verification(len(blocks), sum(b.nbytes for b in blocks), damages)


def _written(folder: RunFolder, result: Path | None) -> Iterator[WrittenBlock]:
    is_done = folder.read().state == "done"
    places = folder.places()
    finals = {path for _, places_of in places for path in [places_of["path"]] if path}
    for stage, place in places:
        if not place["path"] and is_done:
            continue  # a part between two stages, which is gone with the end of the run
        final = Path(place["path"]) if place["path"] else None
        path = final if final is not None and is_done else Path(place["part"])
        if result is not None and is_done and _is_it(result, finals, place["path"]):
            path = result
        shape, axis, dtype = tuple(place["shape"]), place["axis"], np.dtype(place["dtype"])
        for (lo, hi), checksums in folder.finished_blocks(stage).items():
            if place["key"] not in checksums:
                continue
            start = tuple(lo if i == axis else 0 for i in range(len(shape)))
            count = tuple(hi - lo if i == axis else n for i, n in enumerate(shape))
            nbytes = prod(count) * dtype.itemsize
            crc32 = checksums[place["key"]]
            yield WrittenBlock(path, place["dataset"], start, count, nbytes, crc32)


def _is_it(result: Path, finals: set[str], path: str) -> bool:
    """Whether a result that may have been moved is what a run has called `path`."""
    if str(result) in finals:
        return str(result) == path
    return len(finals) == 1 or Path(path).name == result.name
