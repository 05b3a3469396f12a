"""Damage in the metadata of an HDF5 file is said in one sentence, whatever h5py makes of it."""

import json
import re
import shutil

import h5py
import numpy as np
import pytest

from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.errors import FileProblem
from daisy_kernel.formats import (
    HDF5Target,
    block_checksum,
    describe_volume,
    has_provenance,
    read_provenance,
    reopen_datasets,
)
from daisy_kernel.formats.hdf5_space import find_datasets
from daisy_kernel.formats.hdf5_tree import HDF5Tree

VOLUME = np.random.default_rng(7).random((6, 4, 5)).astype(np.float32)
DATASETS = {"/entry/data/data": Spec(VOLUME.shape, VOLUME.dtype)}
MADE = {"run": "a", "document": {"steps": []}, "parameters": {"high": 1}}


@pytest.fixture
def result(tmp_path):
    """A volume as a run leaves it."""
    path = tmp_path / "result.h5"
    target = HDF5Target(path, tmp_path / ".result.h5.part")
    target.allocate(DATASETS, lambda file: describe_volume(file, shape=VOLUME.shape))
    target.write("/entry/data/data", (0, 0, 0), VOLUME)
    target.commit({"reconstruction": MADE})
    return path


def _each_damage(path, word):
    """The file with every occurrence of a word damaged in turn, in its last byte."""
    sound = path.read_bytes()
    places = [found.start() for found in re.finditer(re.escape(word), sound)]
    assert places
    for place in places:
        last = place + len(word) - 1
        path.write_bytes(sound[:last] + bytes([sound[last] + 1]) + sound[last + 1 :])
        yield path


def _every_text(path):
    with HDF5Tree(path) as tree:
        for dataset in tree.dataset_paths():
            tree.attribute(dataset, "units")
            tree.text(dataset)


READERS = (
    read_provenance,
    has_provenance,
    lambda path: block_checksum(path, "/entry/data/data", (0, 0, 0), VOLUME.shape),
)


@pytest.mark.parametrize("word", [b"TREE", b"SNOD", b"HEAP", b"reconstruction", b"data"])
def test_whatever_is_damaged_is_a_problem_of_the_file(result, word):
    for damaged in _each_damage(result, word):
        for read in READERS:
            try:
                read(damaged)
            except FileProblem as problem:
                assert str(damaged) in str(problem)  # noqa: PT017


@pytest.mark.parametrize("word", [b"TREE", b"SNOD", b"HEAP"])
def test_a_damaged_tree_is_said_by_whoever_looks_at_it(result, word):
    for damaged in _each_damage(result, word):
        with pytest.raises(FileProblem, match=r"result\.h5 is a damaged HDF5 file \([^()]+\)"):
            _every_text(damaged)


def test_a_text_that_cannot_be_read_is_said_by_whoever_reads_it(tmp_path):
    with h5py.File(tmp_path / "scan.h5", "w") as file:
        file["title"] = "a text on the heap of the file"
    for damaged in _each_damage(tmp_path / "scan.h5", b"GCOL"):
        with HDF5Tree(damaged) as tree, pytest.raises(FileProblem, match=r"damaged HDF5 file"):
            tree.text("/title")


def test_what_is_no_damage_passes_through_the_tree(result):
    with pytest.raises(TypeError, match="a defect"), HDF5Tree(result):
        raise TypeError("a defect")


@pytest.mark.parametrize("word", [b"TREE", b"SNOD", b"HEAP"])
def test_a_copy_with_a_damaged_tree_is_not_gone_on_with(result, tmp_path, word):
    part = tmp_path / "part.h5"
    for damaged in _each_damage(result, word):
        shutil.copy(damaged, part)
        reopen_datasets(part, DATASETS)
        assert not part.exists()


def test_a_copy_with_a_damaged_attribute_is_not_gone_on_with(result, tmp_path):
    part = tmp_path / "part.h5"
    shutil.copy(result, part)
    content = bytearray(part.read_bytes())
    with h5py.File(part) as file:
        place = h5py.h5o.get_info(file["entry/reconstruction"].id).addr
    start = content.index(b"NX_class\0", place) - 8  # an attribute begins with its version
    assert content[start] == 1
    content[start] = 77
    part.write_bytes(content)
    reopen_datasets(part, DATASETS)
    assert not part.exists()


@pytest.mark.parametrize(
    "word", ["program", "document", "run", "sequence_index", '"steps"', "GCOL"]
)
def test_damaged_provenance_does_not_outlive_the_mending(result, tmp_path, word):
    part = tmp_path / ".result.h5.part"
    for damaged in _each_damage(result, word.encode()):
        shutil.copy(damaged, part)
        reopen_datasets(part, DATASETS)
        target = HDF5Target(damaged, part, overwrite=True)
        if not target.allocate(DATASETS, resume=True):
            target.write("/entry/data/data", (0, 0, 0), VOLUME)
        target.commit({"reconstruction": MADE})
        assert read_provenance(result)["run"] == "a"
        with h5py.File(result) as file:
            np.testing.assert_array_equal(file["entry/data/data"][...], VOLUME)


@pytest.mark.parametrize("word", [b"TREE", b"SNOD", b"HEAP"])
def test_no_datasets_are_found_in_a_damaged_file(result, word):
    with h5py.File(result, "r+") as file:
        file.attrs["daisy_allocated"] = json.dumps(sorted(DATASETS))
    assert find_datasets(result, DATASETS) is not None
    found = [find_datasets(damaged, DATASETS) for damaged in _each_damage(result, word)]
    assert None in found
