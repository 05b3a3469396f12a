"""The files that the paper's examples read."""

import h5py
import pytest

from daisy_kernel.simulate import TomographyScan, off_centre_disk

CENTRE = 1030.0


@pytest.fixture(scope="session")
def scan():
    """A scan wide enough for the figure's ``center=1030``."""
    return TomographyScan(
        off_centre_disk(radius=0.3), n_angle=60, n_row=2, n_col=2048, centre=CENTRE
    )


@pytest.fixture(scope="session")
def scan_file(scan, tmp_path_factory):
    path = tmp_path_factory.mktemp("paper") / "scan.h5"
    with h5py.File(path, "w") as file:
        file["/entry/tomo"] = scan.projections()
        file["/entry/flat"] = scan.flats()
        file["/entry/dark"] = scan.darks()
    return path


@pytest.fixture
def truth(scan):
    return scan.truth()
