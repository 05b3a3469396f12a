"""Toy algorithms, a scan, and a document that works on it."""

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
    """The module with the toy algorithms and their plain NumPy twins."""
    return toy_algorithms


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
def document():
    """Scale and smooth a scan, the offset found on the way."""
    return {
        "daisy": 1,
        "name": "toy",
        "help": "for tests",
        "inputs": {
            "scan": {"type": "path", "required": True, "help": "HDF5 file"},
            "output": {"type": "path", "required": True},
            "factor": {"type": "number", "unit": "1", "default": 3},
            "size": {"type": "integer", "choices": [1, 2, 3]},
        },
        "algorithms": {
            "load": {"class": "LoadHDF5", "init_paras": {"inputfile_name": {"input": "scan"}}},
            "peek": {"class": "ToyPeek"},
            "scale": {"class": "ToyScale", "init_paras": {"factor": {"input": "factor"}}},
            "smooth": {"class": "ToySmooth", "init_paras": {"size": {"input": "size"}}},
            "save": {"class": "SaveHDF5", "init_paras": {"outputfile_name": {"input": "output"}}},
        },
        "steps": [
            {"algorithm": "load", "params": {"input_path": "tomo", "output_dataobj": "x"}},
            {"algorithm": "peek", "params": {"input_dataobj": "x", "output_dataobj": "top"}},
            {
                "algorithm": "scale",
                "params": {"input_dataobj": "x", "output_dataobj": "y", "offset": {"ref": "top"}},
            },
            {"algorithm": "smooth", "params": {"input_dataobj": "y", "output_dataobj": "z"}},
            {"algorithm": "save", "params": {"input_dataobj": "z", "output_path": "/entry/z"}},
        ],
        "outputs": ["top"],
    }


@pytest.fixture
def expected(toys, stack):
    """What the document gives."""

    def compute(factor=3, size=1):
        return toys.smooth(toys.scale(stack, factor, toys.peek(stack)), size)

    return compute


@pytest.fixture
def session(own_runs):
    return Session(DirectTransport(Service(DataStore(), own_runs)))
