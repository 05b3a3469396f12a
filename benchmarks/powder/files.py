"""From compressed frames on the disk to patterns, beside what reading them alone takes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import h5py
import numpy as np

from benchmarks.peers import h5py as plain_files
from benchmarks.peers.integrator import UNIT, Experiment, Frames, Patterns
from benchmarks.powder.experiment import largest_deviation, repeated
from benchmarks.records import OURS, Row
from benchmarks.timing import interleaved
from benchmarks.workflow_runs import folder_of_runs, run_workflow
from daisy_kernel.formats import open_frames, read_into
from daisy_kernel.formats.eiger_target import write_eiger

CASE = "file to patterns"
READING = "h5py: reading alone"
OUR_READING = "Daisy: reading alone"


def write_scan(
    folder: Path, frames: Frames, n_frame: int, experiment: Experiment
) -> tuple[Path, Path]:
    """(master file, PONI file) of so many frames as an EIGER writes them, bitshuffle-LZ4."""
    master, poni = folder / f"{n_frame}_master.h5", folder / "geometry.poni"
    poni.write_text(experiment.poni)
    write_eiger(master, repeated(frames, n_frame), mask=experiment.mask)
    return master, poni


def run_powder(
    scan: tuple[Path, Path],
    output: Path,
    *,
    n_bin: int,
    polarization: float,
    memory: int,
    threads: int,
) -> Patterns:
    """What a user does, standard errors included; the patterns (n_frame, n_bin) of the output."""
    master, poni = scan
    output.unlink(missing_ok=True)
    inputs = {
        "scan": master,
        "geometry": poni,
        "output": output,
        "bins": n_bin,
        "unit": UNIT,
        "polarization": polarization,
    }
    run_workflow("powder", inputs, memory=memory, threads=threads)
    with h5py.File(output, "r") as file:
        patterns: Patterns = file["entry/data/I"][:]
    return patterns


def file_rows(
    experiment: Experiment,
    frames: Frames,
    expected: Patterns,
    *,
    n_frame: int,
    memory: int,
    threads: int,
    repeats: int,
    budget: float,
    tell: Callable[[str], None],
) -> list[Row]:
    """The workflow `powder` beside h5py, which reads into one array and does nothing else.

    Parameters
    ----------
    experiment, frames
        What the file holds, again and again.
    expected : (n_frame, n_bin)
        Patterns of the frames by the reference, pixels split by their bounding boxes.
    n_frame
        In the file, which the system has read before: disks are not compared.
    memory
        Budget of the run [bytes].
    threads
        For us; HDF5 has one lock, so that more threads do not help it.
    repeats, budget
        See `interleaved`.
    tell
        Is told what is going on.
    """
    with folder_of_runs() as folder:
        tell(f"{CASE}: writing {n_frame} frames, {n_frame * frames[0].nbytes / 1e9:.1f} GB")
        scan = write_scan(folder, frames, n_frame, experiment)
        data, output = folder / f"{n_frame}_data_000001.h5", folder / "patterns.h5"
        stored = data.stat().st_size
        with ThreadPoolExecutor(threads) as pool:
            contestants: dict[str, Callable[[], object]] = {
                OURS: lambda: run_powder(
                    scan,
                    output,
                    n_bin=experiment.n_bin,
                    polarization=experiment.polarization,
                    memory=memory,
                    threads=threads,
                ),
                READING: lambda: plain_files.read(data, "entry/data/data"),
                OUR_READING: lambda: _read(scan[0], n_frame, pool, threads),
            }
            tell(f"{CASE}: " + ", ".join(contestants))
            measured = interleaved(contestants, repeats=repeats, budget=budget)
    patterns = measured[OURS].result
    all_expected = expected[np.arange(n_frame) % len(expected)]
    return [
        Row(
            case=CASE,
            who=who,
            seconds=found.seconds / n_frame,
            per="frame",
            error=largest_deviation(patterns, all_expected) if who == OURS else None,
            threads=1 if who == READING else threads,
            n=frames.shape[2],
            bytes=frames[0].nbytes,
            peak_memory=found.peak_memory,
            repeats=found.repeats,
            memory_budget=memory if who == OURS else None,
            stored=f"{frames.dtype}, bitshuffle-LZ4, {n_frame * frames[0].nbytes / stored:.1f} : 1",
        )
        for who, found in measured.items()
    ]


def _read(master: Path, n_frame: int, pool: ThreadPoolExecutor, threads: int) -> int:
    reference = open_frames(master).frames
    rows, cols = reference.shape[1:]

    def part(first: int, last: int) -> int:
        buffer = np.empty((1, rows, cols), reference.dtype)
        for k in range(first, last):
            read_into(reference, (slice(k, k + 1), slice(0, rows), slice(0, cols)), buffer)
        return last - first

    ends = [n_frame * k // threads for k in range(threads + 1)]
    return sum(pool.map(part, ends[:-1], ends[1:]))
