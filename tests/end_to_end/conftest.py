"""Whole jobs on scans that are small enough to take seconds."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from daisy_kernel.datastore import DataStore
from daisy_kernel.session import DirectTransport, Service, Session
from daisy_kernel.simulate import TomographyScan, foam


def write_data_exchange(scan: TomographyScan, path: Path) -> Path:
    frames_at_once = 32  # so that a scan may be larger than the memory
    with h5py.File(path, "w") as file:
        shape = (scan.n_angle, scan.n_row, scan.n_col)
        projections = file.create_dataset("exchange/data", shape, np.uint16)
        for lo in range(0, scan.n_angle, frames_at_once):
            hi = min(lo + frames_at_once, scan.n_angle)
            projections[lo:hi] = scan.projections(slice(lo, hi))
        file["exchange/data_white"] = scan.flats()
        file["exchange/data_dark"] = scan.darks()
        file["exchange/theta"] = scan.angles_deg
        file["exchange/theta"].attrs["units"] = "degree"
    return path


@pytest.fixture(scope="session")
def small_scan() -> TomographyScan:
    return TomographyScan(foam(3, 40), n_angle=90, n_row=20, n_col=64, centre=33.2)


@pytest.fixture(scope="session")
def small_file(small_scan: TomographyScan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data_exchange(small_scan, tmp_path_factory.mktemp("scan") / "scan.h5")


@pytest.fixture
def session(own_runs: Path) -> Session:
    return Session(DirectTransport(Service(DataStore(), own_runs)))


@pytest.fixture(scope="session")
def write_scan():
    """Write a simulated scan as Data Exchange."""
    return write_data_exchange


@pytest.fixture(scope="session")
def volume():
    """Read the volume of a result."""

    def read(path: Path) -> np.ndarray:
        with h5py.File(path) as file:
            return file["/entry/data/data"][()]

    return read
