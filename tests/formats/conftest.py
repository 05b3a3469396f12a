import os
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
import pytest


@pytest.fixture(scope="session")
def tomography_data():
    """Folder with the real scans that lie beside the project."""
    default = Path(__file__).parents[2].parent / "shared" / "data"
    folder = Path(os.environ.get("DAISY_TEST_DATA", default)) / "tomography"
    if not folder.is_dir():
        pytest.skip(f"there are no real scans in {folder} (set DAISY_TEST_DATA)")
    return folder


@pytest.fixture
def counts():
    """Projections, flats and darks of a tiny scan, all numbers different."""
    generator = np.random.default_rng(7)
    shape = {"projections": (12, 6, 9), "flats": (3, 6, 9), "darks": (2, 6, 9)}
    return {name: generator.integers(0, 60000, n).astype(np.uint16) for name, n in shape.items()}


@pytest.fixture
def data_exchange(tmp_path, counts):
    """A Data Exchange file of the tiny scan."""
    path = tmp_path / "scan.h5"
    with h5py.File(path, "w") as file:
        file["implements"] = "exchange:measurement"
        file["exchange/data"] = counts["projections"]
        file["exchange/data_white"] = counts["flats"]
        file["exchange/data_dark"] = counts["darks"]
        file["exchange/theta"] = np.arange(12) * 15.0
        file["exchange/theta"].attrs["units"] = "degrees"
    return path


@pytest.fixture
def nxtomo(tmp_path, counts):
    """An NXtomo file of the tiny scan, frames of all kinds interleaved."""
    path = tmp_path / "scan.nxs"
    keys = np.array([2, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1, 2, 0])
    control = np.where(np.arange(keys.size) == 18, -1, keys)
    frames = np.full((keys.size, 6, 9), 999, np.uint16)
    kinds = {0: "projections", 1: "flats", 2: "darks"}
    for key, kind in kinds.items():
        frames[control == key] = counts[kind]
    angles = np.full(keys.size, 77.0)
    angles[control == 0] = np.arange(12) * 15.0
    with h5py.File(path, "w") as file:
        entry = file.create_group("entry0000")
        entry.attrs["NX_class"] = "NXentry"
        entry["definition"] = "NXtomo"
        entry.create_dataset(
            "instrument/detector/data", data=frames, chunks=(4, 6, 3), compression="gzip"
        )
        entry["instrument/detector/image_key"] = keys
        entry["instrument/detector/image_key_control"] = control
        entry["sample/rotation_angle"] = angles
        entry["sample/rotation_angle"].attrs["units"] = "degree"
        entry["sample/name"] = "tooth"
        entry["data/data"] = h5py.SoftLink("/entry0000/instrument/detector/data")
    return path


@pytest.fixture
def everything():
    """The selection of a whole array of this many dimensions."""
    return lambda n: (slice(None),) * n


@pytest.fixture
def as_ordinary_user(tmp_path):
    """Take away the rights of the administrator for a while, if that is who runs the tests."""

    @contextmanager
    def lowered():
        if os.geteuid() != 0:
            yield
            return
        for folder in [tmp_path, *tmp_path.parents][:3]:
            folder.chmod(folder.stat().st_mode | 0o055)
        os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(0)

    return lowered
