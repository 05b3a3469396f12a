"""Whether what a run has written is still as it was written, block by block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np

from daisy_kernel.engines.memory import usable_cores
from daisy_kernel.engines.run_folder import RunFolder, find_run, recorded_runs
from daisy_kernel.errors import FileProblem, UnknownName
from daisy_kernel.formats import block_checksum, read_provenance


@dataclass(frozen=True)
class WrittenBlock:
    """A block that was written."""

    path: Path
    dataset: str
    start: tuple[int, ...]
    shape: tuple[int, ...]
    nbytes: int
    crc32: int | None
    """As the journal says; None if the line of this block is missing there."""

    def fault(self) -> str:
        """What is wrong with it now; empty if nothing is."""
        if not self.path.exists():
            return "the file is gone"
        if self.crc32 is None:
            return "the journal holds no checksum of it"
        try:
            found = block_checksum(self.path, self.dataset, self.start, self.shape)
        except FileProblem as error:
            return str(error)
        return "" if found == self.crc32 else "other bytes than were written"


@dataclass(frozen=True)
class Damage:
    """A block that is not as it was written; one of no dataset is the file around the blocks."""

    block: WrittenBlock
    fault: str

    @property
    def words(self) -> str:
        """In one line: which elements of which dataset, and what is wrong."""
        block = self.block
        if not block.dataset:
            return self.fault
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

    Of a run that was done these are the blocks of its results, and all of them; of one that was
    interrupted those of its unfinished files and of the parts between its stages.

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
    damages = [Damage(b, f) for b, f in zip(blocks, faults, strict=True) if f]
    if folder.was_done:
        damages[:0] = _illegible({block.path for block in blocks}, folder.path.name)
    return Verification(len(blocks), sum(b.nbytes for b in blocks), tuple(damages))


def find_run_of(runs: Path, what: str) -> tuple[RunFolder, Path | None]:
    """The run that has written a result, whatever is left of it.

    Parameters
    ----------
    runs
        Where runs are recorded.
    what
        A file or folder, which may be gone or damaged; or a run, or how its name begins.

    Returns
    -------
    folder
        Of the run.
    result
        Where the result lies, if it is there.

    Raises
    ------
    UnknownName, FileProblem
        If no run here has written it, or there is no such run.
    """
    path = Path(what).absolute()
    named: RunFolder | FileProblem | UnknownName | None = None
    if path.exists():
        try:
            named = find_run(runs, str(read_provenance(path).get("run", "")))
        except (FileProblem, UnknownName) as error:
            named = error
        else:  # thousands of other records need no look then
            if named.was_done and _is_output(path, named):
                return named, path
    writers = [folder for folder in reversed(recorded_runs(runs)) if _is_output(path, folder)]
    if named is None:
        return (writers[0] if writers else find_run(runs, what)), None
    # What the file says of itself may be what is damaged; but one that was moved only it knows.
    done = next((folder for folder in writers if folder.was_done), None)
    if done is not None:
        return done, path
    if isinstance(named, RunFolder):
        return named, path
    if writers:
        return writers[0], path
    raise named


def _is_output(path: Path, folder: RunFolder) -> bool:
    with suppress(FileProblem):
        return str(path) in folder.read().outputs
    return False


def _written(folder: RunFolder, result: Path | None) -> Iterator[WrittenBlock]:
    is_done, noted = folder.was_done, folder.journal.read()
    finals = {path for _, place in noted.places for path in [place["path"]] if path}
    for stage, place in noted.places:
        if not place["path"] and is_done:
            continue  # a part between two stages, which is gone with the end of the run
        final = Path(place["path"]) if place["path"] else None
        path = final if final is not None and is_done else Path(place["part"])
        if result is not None and is_done and _is_it(result, finals, place["path"]):
            path = result
        shape, axis, dtype = tuple(place["shape"]), place["axis"], np.dtype(place["dtype"])
        finished = {
            block: checksums[place["key"]]
            for block, checksums in noted.blocks.get(stage, {}).items()
            if place["key"] in checksums
        }
        missing = _gaps(finished, 1 if axis is None else shape[axis]) if is_done else ()
        for (lo, hi), crc32 in (*finished.items(), *((block, None) for block in missing)):
            start = tuple(lo if i == axis else 0 for i in range(len(shape)))
            count = tuple(hi - lo if i == axis else n for i, n in enumerate(shape))
            nbytes = prod(count) * dtype.itemsize
            yield WrittenBlock(path, place["dataset"], start, count, nbytes, crc32)


def _illegible(paths: Iterable[Path], run_id: str) -> Iterator[Damage]:
    """Results that do not say any more that this run has made them."""
    for path in sorted(filter(Path.exists, paths)):
        try:
            made_by = read_provenance(path).get("run")
        except FileProblem as error:
            fault = str(error)
        else:
            if made_by == run_id:
                continue
            fault = f"{path} does not say which run has made it"
            if made_by is not None:
                fault = f"{path} is the result of run {made_by} by now: move it away"
        yield Damage(WrittenBlock(path, "", (), (), 0, None), fault)


def _gaps(blocks: Iterable[tuple[int, int]], length: int) -> Iterator[tuple[int, int]]:
    """What of [0, length) no block holds."""
    end = 0
    for lo, hi in sorted(blocks):
        if lo > end:
            yield end, lo
        end = max(end, hi)
    if end < length:
        yield end, length


def _is_it(result: Path, finals: set[str], path: str) -> bool:
    """Whether a result that may have been moved is what a run has called `path`."""
    if str(result) in finals:
        return str(result) == path
    return len(finals) == 1 or Path(path).name == result.name
