"""Engines with a small memory, toy algorithms, and a scan to work on."""

from __future__ import annotations

import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from daisy_kernel.contracts.run import RunOptions, RunRequest
from daisy_kernel.datastore import DataStore
from daisy_kernel.engines.inprocess import InProcessEngine

sys.path.append(str(Path(__file__).parent))
import elsewhere
import toy_algorithms

ENVIRONMENT = {
    name.removeprefix("Toy").lower(): {"class_name": name}
    for name in vars(toy_algorithms)
    if name.startswith("Toy")
}


@pytest.fixture
def toys():
    """The module with the toy algorithms and their plain NumPy twins."""
    return toy_algorithms


@pytest.fixture
def stack():
    """(n_angle, n_row, n_col) counts of a small scan."""
    return np.random.default_rng(4).integers(0, 1000, (11, 13, 8)).astype(np.uint16)


@pytest.fixture
def scan(tmp_path, stack):
    """A file with the scan."""
    path = tmp_path / "scan.h5"
    with h5py.File(path, "w") as file:
        file["tomo"] = stack
    return path


@pytest.fixture
def environment(scan, tmp_path):
    """Every toy by its name in lower case, `load` from the scan, `save` to out.h5."""
    return {
        **ENVIRONMENT,
        "load": {"class_name": "LoadHDF5", "init_paras": {"inputfile_name": scan}},
        "save": {"class_name": "SaveHDF5", "init_paras": {"outputfile_name": tmp_path / "out.h5"}},
    }


@pytest.fixture
def output(tmp_path):
    """Where `save` goes."""
    return tmp_path / "out.h5"


@pytest.fixture
def engine_class():
    """The engine that `make_engine` makes."""
    return InProcessEngine


@pytest.fixture
def engine_elsewhere(monkeypatch):
    """A class of engine that computes as the one on Spark does, without Java."""
    monkeypatch.setitem(sys.modules, "pyspark", elsewhere.pyspark_without_java())
    return elsewhere.engine_elsewhere


@pytest.fixture
def make_engine(own_runs, environment, engine_class):
    """An engine with a store of its own and the environment."""

    def make(memory=10**9, threads=2, overwrite=False, store=None, observers=(), **further):
        engine = engine_class(
            DataStore() if store is None else store,
            RunOptions(memory, threads, overwrite),
            own_runs,
            observers,
        )
        engine.initialize(environment | further, {})
        return engine

    return make


@pytest.fixture
def engine(make_engine):
    return make_engine()


@pytest.fixture
def run():
    """Execute a script as a run: run(engine, lambda e: ...)."""

    def execute(engine, script, outputs=(), name="test", **options):
        return engine.run(RunRequest(name, outputs=outputs), lambda: script(engine), **options)

    return execute


@pytest.fixture
def read():
    """A dataset of a file."""

    def values(path, dataset):
        with h5py.File(path) as file:
            return file[dataset][()]

    return values


@pytest.fixture
def left_over(tmp_path):
    """Files in the folder of the output besides the scan."""

    def names():
        return sorted(p.name for p in tmp_path.iterdir() if p.name != "scan.h5")

    return names


@pytest.fixture
def refused(make_engine, run):
    """Run a script that must fail while it is recorded, before anything is planned."""

    def execute(script, error):
        events = []
        with pytest.raises(error) as caught:
            run(make_engine(observers=[events.append]), script)
        assert not any(event.kind == "plan" for event in events)
        return str(caught.value)

    return execute
