"""The first small job finds workers that would compute something else, or nowhere we can read."""

import pickle

import pytest

from daisy_kernel.engines.provenance import installed_versions
from daisy_kernel.engines.spark_self_test import check_versions, self_test
from daisy_kernel.errors import DaisyError, FileProblem

HERE = {"daisy": "1.0", "numpy": "2.4.0", "h5py": "3.16"}


class Workers:
    """A context whose workers may see another folder than this process, or have other libraries."""

    defaultParallelism = 2

    def __init__(self, change):
        self._change = change

    def parallelize(self, numbers, slices):
        assert len(numbers) == slices
        self._numbers = numbers
        return self

    def map(self, function):
        sent = pickle.dumps(function)
        self._told = [self._change(pickle.loads(sent), number) for number in self._numbers]
        return self

    def collect(self):
        return self._told


def seeing(probe, number):
    return probe(number)


def with_other_versions(probe, number):
    return probe(number) | {"versions": HERE}


def without_the_folder(probe, number):
    probe._path = probe._path.with_name("elsewhere") / probe._path.name
    return probe(number)


def with_an_old_copy_of_the_folder(probe, number):
    probe._token = "another"
    return probe(number)


def writing_elsewhere(probe, number):
    answer = probe(number)
    if number == 1:
        probe._path.with_name(f"{probe._path.name}-1").unlink()
    return answer


def left(folder):
    return [path.name for path in folder.iterdir()]


def test_workers_that_are_like_this_process_pass(tmp_path):
    self_test(Workers(seeing), tmp_path / "runs")
    assert left(tmp_path / "runs") == []


@pytest.mark.parametrize(
    "change", [without_the_folder, with_an_old_copy_of_the_folder, writing_elsewhere]
)
def test_a_folder_that_is_not_shared_is_named(tmp_path, change):
    with pytest.raises(FileProblem, match=rf"do not share the folder {tmp_path}.*run_directory"):
        self_test(Workers(change), tmp_path)
    assert left(tmp_path) == []


def test_workers_with_other_versions_are_refused(tmp_path):
    with pytest.raises(DaisyError, match="other versions than this process"):
        self_test(Workers(with_other_versions), tmp_path)
    assert left(tmp_path) == []


def test_the_same_versions_pass():
    check_versions(HERE, [("a", dict(HERE)), ("b", dict(reversed(HERE.items())))])
    check_versions(installed_versions(), [("a", installed_versions())])


def test_a_library_that_differs_stands_in_a_table():
    with pytest.raises(DaisyError) as raised:
        check_versions(HERE, [("node1", HERE), ("node2", HERE | {"numpy": "1.26"})])
    table = str(raised.value).splitlines()[1:]
    assert [line.split() for line in table] == [
        ["here", "worker", "on"],
        ["numpy", "2.4.0", "1.26", "node2"],
    ]


def test_a_library_that_one_side_lacks_stands_in_it_too():
    theirs = {"daisy": "1.0", "numpy": "2.4.0", "numba": "0.60"}
    with pytest.raises(DaisyError) as raised:
        check_versions(HERE, [("node1", theirs)])
    table = [line.split() for line in str(raised.value).splitlines()[2:]]
    assert table == [["h5py", "3.16", "none", "node1"], ["numba", "none", "0.60", "node1"]]
