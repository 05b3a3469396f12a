"""Which run has written a file, and whether the file still says so."""

from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from daisy_kernel.engines.run_folder import RunFolder, recorded_runs
from daisy_kernel.engines.verification import find_run_of, verify
from daisy_kernel.errors import FileProblem, UnknownName


@pytest.fixture
def written(engine, run):
    """The file of a run that is done, and the name of the run."""
    engine.data["x"] = np.ones((3, 5), np.float32)
    record = run(engine, lambda e: e["save"].execute(input_dataobj="x", output_path="x"))
    (path,) = record.outputs
    return path, record.id


def _rename_run(path, run_id):
    """Only the file is changed; None: it does not say any more which run has made it."""
    with h5py.File(path, "r+") as file:
        (process,) = (held for held in file["entry"].values() if "run" in held)
        said = process["run"][()]
        del process["run"]
        if run_id is not None:
            process["run"] = np.bytes_(said.replace(said.strip(b'"'), run_id.encode()))


def _destroy_tree(path):
    content = Path(path).read_bytes()
    Path(path).write_bytes(content.replace(b"TREE", b"EERT", 1))


def test_a_result_is_found_by_its_path_whatever_is_left_of_it(written, own_runs):
    path, run_id = written
    for damage in (lambda: None, lambda: _rename_run(path, "x"), lambda: _destroy_tree(path)):
        damage()
        folder, result = find_run_of(own_runs, path)
        assert (folder.path.name, str(result)) == (run_id, path)


def test_a_run_that_failed_later_is_not_taken_for_the_one_that_wrote_the_result(written, own_runs):
    path, run_id = written
    (wrote,) = recorded_runs(own_runs)
    later = RunFolder.create(own_runs, replace(wrote.read(), id=f"{run_id}-later", state="failed"))
    later.release()
    assert path in later.read().outputs
    folder, _ = find_run_of(own_runs, path)
    assert folder.path.name == run_id


def test_a_result_that_was_put_back_is_compared_with_the_run_that_it_names(written, own_runs):
    path, run_id = written
    (wrote,) = recorded_runs(own_runs)
    later = RunFolder.create(own_runs, replace(wrote.read(), id=f"{run_id}-later", state="done"))
    (later.path / "events.jsonl").write_bytes((wrote.path / "events.jsonl").read_bytes())
    later.release()
    assert later.was_done
    assert find_run_of(own_runs, path)[0].path.name == run_id
    Path(path).unlink()
    assert find_run_of(own_runs, path)[0].path.name == later.path.name


def test_a_result_that_was_moved_is_found_by_what_it_says(written, own_runs, tmp_path):
    _, run_id = written
    moved = tmp_path / "elsewhere.h5"
    (tmp_path / "out.h5").rename(moved)
    folder, result = find_run_of(own_runs, str(moved))
    assert (folder.path.name, result) == (run_id, moved)
    assert verify(folder, result).damages == ()
    _rename_run(moved, "x")
    with pytest.raises(UnknownName, match="'x'"):
        find_run_of(own_runs, str(moved))
    _destroy_tree(moved)
    with pytest.raises(FileProblem, match="damaged HDF5 file"):
        find_run_of(own_runs, str(moved))


@pytest.mark.parametrize(
    ("run_id", "fault"), [(None, "does not say which run"), ("x", "is the result of run x by now")]
)
def test_a_result_that_does_not_name_its_run_is_damaged(written, own_runs, run_id, fault):
    path, _ = written
    _rename_run(path, run_id)
    (damage,) = verify(*find_run_of(own_runs, path)).damages
    assert damage.words.startswith(f"{path} {fault}")
