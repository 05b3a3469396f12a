"""The output is absent or complete, and the inputs are as they were."""

import hashlib
import os
import threading

import h5py
import numpy as np
import pytest

from daisy_kernel.errors import (
    FileProblem,
    InvalidParameter,
    OutputExists,
    RunConflict,
    StepFailed,
)
from daisy_kernel.formats import read_provenance


def _digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _scale(e, fail=False, path="y"):
    e["load"].execute(input_path="tomo", output_dataobj="x")
    e["slow"].execute(input_dataobj="x", output_dataobj="y", fail=fail)
    e["save"].execute(input_dataobj="y", output_path=path)


def test_nothing_appears_when_a_step_fails(engine, run, left_over, scan, own_runs):
    before = _digest(scan)
    with pytest.raises(StepFailed):
        run(engine, lambda e: _scale(e, fail=True))
    assert left_over() == []
    assert _digest(scan) == before
    assert not [p for p in own_runs.rglob("*") if p.name == "parts" or "part" in p.suffix]


def test_after_a_failure_the_same_workflow_can_run_again(engine, run, read, output, toys, stack):
    for _ in range(2):
        with pytest.raises(StepFailed):
            run(engine, lambda e: _scale(e, fail=True))
    record = run(engine, _scale)
    np.testing.assert_array_equal(read(output, "y"), toys.scale(stack, 3))
    assert len(record.document["steps"]) == 3


def test_an_existing_output_is_refused_before_anything_is_computed(
    engine, run, output, toys, left_over
):
    output.write_bytes(b"precious")
    toys.ToySlow.started.clear()
    with pytest.raises(OutputExists, match=r"out\.h5"):
        run(engine, _scale)
    assert not toys.ToySlow.started.is_set()
    assert output.read_bytes() == b"precious"
    assert left_over() == ["out.h5"]


def test_an_existing_output_is_replaced_where_asked_and_kept_when_that_fails(
    make_engine, run, output, read, toys, stack
):
    output.write_bytes(b"precious")
    engine = make_engine(overwrite=True)
    with pytest.raises(StepFailed):
        run(engine, lambda e: _scale(e, fail=True))
    assert output.read_bytes() == b"precious"
    run(engine, _scale)
    np.testing.assert_array_equal(read(output, "y"), toys.scale(stack, 3))


def test_a_file_that_appears_meanwhile_is_kept(engine, run, output, toys, left_over):
    toys.ToySlow.started.clear()
    toys.ToySlow.release.clear()

    def somebody():
        toys.ToySlow.started.wait(10)
        output.write_bytes(b"precious")
        toys.ToySlow.release.set()

    other = threading.Thread(target=somebody)
    other.start()

    def script(e):
        e["load"].execute(input_path="tomo", output_dataobj="x")
        e["slow"].execute(input_dataobj="x", output_dataobj="y", hang=True)
        e["save"].execute(input_dataobj="y", output_path="y")

    with pytest.raises(OutputExists):
        run(engine, script)
    other.join()
    assert output.read_bytes() == b"precious"
    assert left_over() == ["out.h5"]


def test_saves_into_one_file_are_one_commit(make_engine, run, left_over, read, output, tmp_path):
    other = {"class_name": "SaveHDF5", "init_paras": {"outputfile_name": tmp_path / "other.h5"}}
    engine = make_engine(other=other)
    seen = []

    def script(e):
        e["load"].execute(input_path="tomo", output_dataobj="x")
        for n in range(3):
            e["slow"].execute(input_dataobj="x", output_dataobj=f"y{n}")
            e["save"].execute(input_dataobj=f"y{n}", output_path=f"/entry/y{n}")
        e["total"].execute(input_dataobj="y0", output_dataobj="sum")
        e["save"].execute(input_dataobj="sum", output_path="/entry/sum")
        e["save"].execute(input_dataobj="x", output_path="/entry/raw")
        e["other"].execute(input_dataobj="y1", output_path="/entry/y1")

    engine._observers = [lambda event: seen.append((event.kind, *left_over()))]
    record = run(engine, script)
    complete = [names for kind, *names in seen if kind == "progress"]
    assert complete
    assert not any(name in ("out.h5", "other.h5") for names in complete for name in names)
    assert left_over() == ["other.h5", "out.h5"]
    assert record.outputs == (str(output), str(tmp_path / "other.h5"))
    with h5py.File(output) as file:
        assert set(file["entry"]) == {"y0", "y1", "y2", "sum", "raw", "process"}
        assert file["entry/raw"].dtype == np.uint16
    for path in record.outputs:
        assert read_provenance(path)["run"] == record.id


@pytest.mark.parametrize(
    ("first", "second"),
    [("/a", "a"), ("/a/b", "/a"), ("/a", "/a/b"), ("a//b", "/a/b/"), ("/a", "/entry/process"),
     ("/a", "/entry/process/x"), ("/a", "/entry"), ("/a", "/"), ("/a", "")],
)  # fmt: skip
def test_two_datasets_that_are_in_each_other_s_way_are_refused_when_recorded(
    engine, run, first, second, left_over
):
    def script(e):
        e["load"].execute(input_path="tomo", output_dataobj="x")
        e["save"].execute(input_dataobj="x", output_path=first)
        e["save"].execute(input_dataobj="x", output_path=second)

    with pytest.raises(InvalidParameter, match="give another dataset"):
        run(engine, script)
    assert left_over() == []


def test_the_output_cannot_be_the_input(make_engine, run, scan, tmp_path):
    before = _digest(scan)
    (tmp_path / "link.h5").symlink_to(scan)
    for name in ("scan.h5", "link.h5"):
        save = {"class_name": "SaveHDF5", "init_paras": {"outputfile_name": tmp_path / name}}
        with pytest.raises(FileProblem, match="read by this run"):
            run(make_engine(overwrite=True, save=save), _scale)
    assert _digest(scan) == before


def test_two_runs_into_one_output_conflict(make_engine, run, toys, output, read, stack):
    toys.ToySlow.started.clear()
    toys.ToySlow.release.clear()

    def slow(e):
        e["load"].execute(input_path="tomo", output_dataobj="x")
        e["slow"].execute(input_dataobj="x", output_dataobj="y", hang=True)
        e["save"].execute(input_dataobj="y", output_path="y")

    first = threading.Thread(target=lambda: run(make_engine(), slow))
    first.start()
    assert toys.ToySlow.started.wait(10)
    with pytest.raises(RunConflict, match=r"out\.h5"):
        run(make_engine(), _scale)
    toys.ToySlow.release.set()
    first.join()
    np.testing.assert_array_equal(read(output, "y"), toys.scale(stack, 3))


@pytest.mark.parametrize("how", ["rewritten", "touched", "removed"])
def test_an_input_that_changes_during_the_run_gives_no_output(
    make_engine, run, toys, scan, left_over, how
):
    toys.ToySlow.started.clear()
    toys.ToySlow.release.clear()

    def change():
        toys.ToySlow.started.wait(10)
        if how == "rewritten":
            with h5py.File(scan, "r+") as file:
                file["tomo"][0] += 1
                file["more"] = np.arange(1000)
        elif how == "touched":
            os.utime(scan, ns=(5, 5))
        else:
            scan.unlink()
        toys.ToySlow.release.set()

    other = threading.Thread(target=change)
    other.start()

    def script(e):
        e["load"].execute(input_path="tomo", output_dataobj="x")
        e["slow"].execute(input_dataobj="x", output_dataobj="y", hang=True)
        e["save"].execute(input_dataobj="y", output_path="y")

    with pytest.raises((FileProblem, StepFailed), match=r"scan\.h5"):
        run(make_engine(10**9, threads=1), script)
    other.join()
    assert left_over() == []


def test_a_second_file_loaded_under_the_same_name_is_watched_too(make_engine, run, scan, tmp_path):
    old = tmp_path / "old.h5"
    with h5py.File(old, "w") as file:
        file["tomo"] = np.ones((2, 3, 4))
    load_old = {"class_name": "LoadHDF5", "init_paras": {"inputfile_name": old}}
    engine = make_engine(loadold=load_old)

    def script(e):
        e["loadold"].execute(input_path="tomo", output_dataobj="x")
        e["scale"].execute(input_dataobj="x", output_dataobj="of_old")
        e["load"].execute(input_path="tomo", output_dataobj="x")
        e["scale"].execute(input_dataobj="x", output_dataobj="of_new")
        e["save"].execute(input_dataobj="of_old", output_path="old")
        e["save"].execute(input_dataobj="of_new", output_path="new")
        os.utime(old, ns=(7, 7))

    with pytest.raises(FileProblem, match=r"old\.h5 changed"):
        run(engine, script)
