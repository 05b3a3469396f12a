"""The whole way: a file of counts to a file with a volume."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from benchmarks.peers import daisy
from benchmarks.peers import h5py as plain_files
from benchmarks.records import Row
from benchmarks.timing import interleaved
from benchmarks.tomography.scan import OFF_CENTRE, errors_of, strength
from benchmarks.workflow_runs import folder_of_runs, forget, run_workflow
from daisy_kernel.numba_kernels import ROWS_PER_GROUP, fourier_reconstruct, line_integrals
from daisy_kernel.simulate import shepp_logan

CASE = "end to end"
COMPUTING = "Daisy: kernels only"
_PEAK = 1.8
"""Largest line integral of the simulated scan."""


@dataclass(frozen=True)
class Size:
    """Of the scan in the file, and of the memory that the run is given."""

    n_angle: int
    n_row: int
    n: int
    memory: int

    @property
    def angles_rad(self) -> NDArray[np.float64]:
        """Half a turn."""
        return np.arange(self.n_angle, dtype=np.float64) * (np.pi / self.n_angle)

    @property
    def centre(self) -> float:
        """Column of the axis."""
        return (self.n - 1) / 2 + OFF_CENTRE


QUICK = Size(n_angle=361, n_row=160, n=512, memory=320_000_000)
FULL = Size(n_angle=901, n_row=576, n=1024, memory=1_600_000_000)


def end_to_end_rows(
    size: Size, *, threads: int, repeats: int, budget: float, tell: Callable[[str], None]
) -> list[Row]:
    """The workflow `tomography` beside its two parts alone: moving the bytes, and computing.

    Parameters
    ----------
    size
        Of the scan.
    threads
        For the run and for the kernels alone.
    repeats, budget
        See `interleaved`.
    tell
        Is told what is going on.
    """
    with folder_of_runs() as folder:
        scan, output = folder / "scan.h5", folder / "volume.h5"
        tell(f"{CASE}: writing a scan of {2 * size.n_angle * size.n_row * size.n / 1e6:.0f} MB")
        counts, attenuation = group_of_counts(size)
        write_scan(scan, counts, size)
        # Nothing is kept between runs: each is a session of its own.
        contestants = {
            daisy.WHO: lambda: _run(scan, output, size, threads),
            plain_files.WHO: lambda: _move(scan, output, size),
            COMPUTING: lambda: _compute(counts, size, threads),
        }
        tell(f"{CASE}: " + ", ".join(contestants))
        measured = interleaved(contestants, repeats=repeats, budget=budget)
    moving, computing = measured[plain_files.WHO], measured[COMPUTING]
    limit = max(moving.seconds, computing.result)
    times = {
        daisy.WHO: measured[daisy.WHO].seconds,
        plain_files.WHO: moving.seconds,
        COMPUTING: computing.result,
    }
    errors = errors_of(measured[daisy.WHO].result / attenuation, _truth(size))
    return [
        Row(
            case=CASE,
            who=who,
            seconds=seconds,
            per="file",
            error=errors.raw if who == daisy.WHO else None,
            error_flat=errors.flat if who == daisy.WHO else None,
            error_scaled=errors.scaled if who == daisy.WHO else None,
            threads=1 if who == plain_files.WHO else threads,
            n=size.n,
            bytes=2 * size.n_angle * size.n_row * size.n,
            peak_memory=measured[who].peak_memory,
            share=limit / seconds if who == daisy.WHO else None,
            limit=("moving bytes" if limit == moving.seconds else "computing")
            if who == daisy.WHO
            else None,
            repeats=measured[who].repeats,
            memory_budget=size.memory if who == daisy.WHO else None,
        )
        for who, seconds in times.items()
    ]


def _truth(size: Size) -> NDArray[np.float32]:
    return shepp_logan().volume(1, size.n)[0]


def group_of_counts(size: Size) -> tuple[NDArray[np.uint16], float]:
    """(n_angle, ROWS_PER_GROUP, n) without noise, and the attenuation of the phantom.

    Every group of rows in the file is this one: its content costs no time, and matters to none.
    """
    sinogram = shepp_logan().line_integrals(size.angles_rad, 1, size.n, size.centre)
    attenuation = _PEAK / float(sinogram.max())
    strengths = [strength(k, ROWS_PER_GROUP) for k in range(ROWS_PER_GROUP)]
    exponents = sinogram * (np.array(strengths, np.float32)[:, np.newaxis] * -attenuation)
    return np.rint(100 + 60_000 * np.exp(exponents)).astype(np.uint16), attenuation


def _flats_and_darks(n_row: int, n: int) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    return np.full((10, n_row, n), 60_100, np.uint16), np.full((10, n_row, n), 100, np.uint16)


def write_scan(path: Path, counts: NDArray[np.uint16], size: Size) -> None:
    """A Data Exchange file, on the disk."""
    with h5py.File(path, "w") as file:
        file["implements"] = "exchange:measurement"
        data = file.create_dataset("exchange/data", (size.n_angle, size.n_row, size.n), np.uint16)
        repeats = -(-size.n_row // ROWS_PER_GROUP)
        for start in range(0, size.n_angle, 32):
            frames = slice(start, start + 32)
            data[frames] = np.tile(counts[frames], (1, repeats, 1))[:, : size.n_row]
        file["exchange/data_white"], file["exchange/data_dark"] = _flats_and_darks(
            size.n_row, size.n
        )
        file["exchange/theta"] = np.degrees(size.angles_rad)
        file["exchange/theta"].attrs["units"] = "degrees"
        file.flush()
        os.fsync(file.id.get_vfd_handle())


def inputs_of(scan: Path, output: Path, size: Size) -> dict[str, Any]:
    """Of the workflow `tomography`: the centre is given, since finding it is another case."""
    return {
        "scan": scan,
        "output": output,
        "center": size.centre,
        "algorithm": "fourier",
        "filter": "ramp",
    }


def _run(scan: Path, output: Path, size: Size, threads: int) -> NDArray[np.float32]:
    """What a user does; the first and last slice of the first group."""
    output.unlink(missing_ok=True)
    forget(scan)
    inputs = inputs_of(scan, output, size)
    run_workflow("tomography", inputs, memory=size.memory, threads=threads)
    with h5py.File(output, "r") as file:
        first_group: NDArray[np.float32] = file["entry/data/data"][:ROWS_PER_GROUP]
    return first_group


def _move(scan: Path, output: Path, size: Size) -> None:
    output.unlink(missing_ok=True)
    forget(scan)
    shape = (size.n_row, size.n, size.n)
    plain_files.read_and_write(scan, "exchange/data", output, shape)


def _compute(counts: NDArray[np.uint16], size: Size, threads: int) -> float:
    """Seconds for the whole scan, from a group or two per thread that lie in memory."""
    flats, darks = _flats_and_darks(ROWS_PER_GROUP, size.n)

    def group(_: int) -> None:
        sinograms = line_integrals(counts, flats, darks)
        fourier_reconstruct(sinograms, size.angles_rad, size.centre, filter_name="ramp")

    n_group = 2 * threads
    with ThreadPoolExecutor(threads) as pool:
        began = perf_counter()
        list(pool.map(group, range(n_group)))
        seconds = perf_counter() - began
    return seconds * size.n_row / (n_group * ROWS_PER_GROUP)
