"""The figures of the paper, and a data store that is empty before and after."""

from __future__ import annotations

from pathlib import Path

import h5py
import pytest

from daisy_kernel import registry
from daisy_kernel.datastore import process_store


@pytest.fixture
def figure():
    """The text of a figure."""

    def text(name):
        return (Path(__file__).parent / f"figure_{name}.txt").read_text()

    return text


@pytest.fixture(scope="module")
def scan(sample, tmp_path_factory):
    """A file with the frames of a module's `sample`, as figure 3 reads them."""
    path = tmp_path_factory.mktemp("paper") / "scan.h5"
    with h5py.File(path, "w") as file:
        file["/entry/tomo"] = sample.projections()
        file["/entry/flat"] = sample.flats()
        file["/entry/dark"] = sample.darks()
    return path


@pytest.fixture
def environment_of_3b(scan):
    """The part that figure 3B leaves out, for an output."""

    def make(output):
        return {
            "loadhdFS": {"class_name": "LoadHDF5", "init_paras": {"inputfile_name": str(scan)}},
            "normalize": {"class_name": "Normalize"},
            "angles": {"class_name": "Angles"},
            "minuslog": {"class_name": "MinusLog"},
            "reconstruct": {"class_name": "Reconstruct"},
            "savehdFS": {
                "class_name": "SaveHDF5",
                "init_paras": {"outputfile_name": str(output)},
            },
        }

    return make


@pytest.fixture(autouse=True)
def _clean_store():
    process_store().clear()
    yield
    process_store().clear()


@pytest.fixture
def as_installed():
    """What a figure registers under the name of one of our classes is taken back."""
    ours = registry.algorithms.get("AlgTomopyRecon")
    yield
    registry.algorithms.add("AlgTomopyRecon", ours)
