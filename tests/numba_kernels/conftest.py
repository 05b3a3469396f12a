import h5py
import numpy as np
import pytest


@pytest.fixture
def tooth(real_data):
    """Projections, flats, darks and angles [rad] of a real scan."""
    with h5py.File(real_data("tomography/tooth.h5")) as file:
        exchange = file["exchange"]
        frames = [exchange[name][()] for name in ("data", "data_white", "data_dark")]
        return *frames, np.deg2rad(exchange["theta"][()])


@pytest.fixture
def tomopy_tooth(real_data):
    """What TomoPy 1.15.2 makes of the tooth: a function from dataset name to array."""
    path = real_data("../reference/tomopy-1.15.2_tooth.h5")

    def read(name):
        with h5py.File(path) as file:
            return file[name][()]

    return read
