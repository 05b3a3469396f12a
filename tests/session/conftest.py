"""A session of its own, toy algorithms, and a scan."""

from __future__ import annotations

import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from daisy_kernel.datastore import DataStore
from daisy_kernel.session import DirectTransport, Service, Session

sys.path.append(str(Path(__file__).parents[1] / "engines"))
import toy_algorithms


@pytest.fixture
def toys():
    """The module with the toy algorithms; its slow one does not hang any more at the end."""
    toy_algorithms.ToySlow.started.clear()
    toy_algorithms.ToySlow.release.clear()
    yield toy_algorithms
    toy_algorithms.ToySlow.release.set()


@pytest.fixture
def store():
    return DataStore()


@pytest.fixture
def service(store, own_runs):
    return Service(store, own_runs)


@pytest.fixture
def session(service):
    return Session(DirectTransport(service))


@pytest.fixture
def stack():
    return np.random.default_rng(5).integers(0, 1000, (6, 9, 5)).astype(np.uint16)


@pytest.fixture
def scan(tmp_path, stack):
    path = tmp_path / "scan.h5"
    with h5py.File(path, "w") as file:
        file["tomo"] = stack
    return path


@pytest.fixture
def slow():
    """A document whose middle step can take as long as it is told."""
    return {
        "daisy": 1,
        "name": "slow",
        "inputs": {
            "scan": {"type": "path", "required": True},
            "output": {"type": "path", "required": True},
            "hang": {"type": "boolean", "default": False},
            "fail": {"type": "boolean", "default": False},
        },
        "algorithms": {
            "load": {"class": "LoadHDF5", "init_paras": {"inputfile_name": {"input": "scan"}}},
            "slow": {
                "class": "ToySlow",
                "init_paras": {"hang": {"input": "hang"}, "fail": {"input": "fail"}},
            },
            "save": {"class": "SaveHDF5", "init_paras": {"outputfile_name": {"input": "output"}}},
        },
        "steps": [
            {"algorithm": "load", "params": {"input_path": "tomo", "output_dataobj": "x"}},
            {"algorithm": "slow", "params": {"input_dataobj": "x", "output_dataobj": "y"}},
            {"algorithm": "save", "params": {"input_dataobj": "y", "output_path": "y"}},
        ],
    }
