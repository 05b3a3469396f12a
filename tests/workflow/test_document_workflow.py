"""Documents run: inputs, references, overrides, sub-workflows."""

import json

import h5py
import numpy as np
import pytest

from daisy_kernel.errors import DaisyError, InvalidDocument, InvalidParameter, UnknownName
from daisy_kernel.workflow import find_workflow, known_workflows


def _read(path, dataset="/entry/z"):
    with h5py.File(path) as file:
        return file[dataset][()]


def test_inputs_and_references_are_filled_in(
    session, document, scan, tmp_path, toys, stack, expected
):
    run = session.run(document, scan=scan, output=tmp_path / "out.h5", factor="2", size="3")
    run.wait(20)
    np.testing.assert_array_equal(_read(tmp_path / "out.h5"), expected(2, 3))
    assert run.record["values"] == {"top": toys.peek(stack)}
    assert run.record["inputs"] == {
        "scan": str(scan), "output": str(tmp_path / "out.h5"), "factor": 2.0, "size": 3,
    }  # fmt: skip


def test_paths_are_recorded_from_the_root_so_that_any_folder_can_resume(
    session, document, scan, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    run = session.run(document, scan="scan.h5", output="out.h5")
    run.wait(20)
    assert run.record["inputs"]["scan"] == str(tmp_path / "scan.h5")
    assert run.record["outputs"] == [str(tmp_path / "out.h5")]


def test_an_input_that_is_left_open_leaves_the_default_of_the_algorithm(
    session, document, scan, tmp_path, expected
):
    session.run(document, scan=scan, output=tmp_path / "out.h5").wait(20)
    np.testing.assert_array_equal(_read(tmp_path / "out.h5"), expected(3, 1))


def test_an_override_reaches_what_the_document_does_not_expose(
    session, document, scan, tmp_path, stack, toys
):
    overrides = {"scale.offset": 0, "smooth.size": 2}
    run = session.run(document, overrides=overrides, scan=scan, output=tmp_path / "out.h5")
    run.wait(20)
    expected = toys.smooth(toys.scale(stack, 3), 2)
    np.testing.assert_array_equal(_read(tmp_path / "out.h5"), expected)
    assert run.record["document"]["steps"][2]["params"]["offset"] == 0


def _write(folder, **documents):
    for name, content in documents.items():
        (folder / f"{name}.daisy.json").write_text(json.dumps(content))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A configured folder for workflows."""
    folder = tmp_path / "workflows"
    folder.mkdir()
    configuration = tmp_path / "config.toml"
    configuration.write_text(f'workflow_folders = ["{folder}"]\n')
    monkeypatch.setenv("DAISY_CONFIG", str(configuration))
    return folder


@pytest.fixture
def smoothing(folder):
    """A sub-workflow: smooth some times."""
    _write(folder, smoothing={
        "daisy": 1,
        "name": "smoothing",
        "inputs": {
            "source": {"required": True},
            "result": {"required": True},
            "size": {"type": "integer", "default": 1},
            "factor": {"type": "number"},
        },
        "algorithms": {
            "smooth": {"class": "ToySmooth", "init_paras": {"size": {"input": "size"}}},
            "scale": {"class": "ToyScale", "init_paras": {"factor": {"input": "factor"}}},
        },
        "steps": [
            {"algorithm": "scale", "params": {
                "input_dataobj": {"input": "source"}, "output_dataobj": "scaled"}},
            {"algorithm": "smooth", "params": {
                "input_dataobj": "scaled", "output_dataobj": {"input": "result"}}},
        ],
    })  # fmt: skip


def _outer(*steps):
    return {
        "daisy": 1,
        "name": "outer",
        "inputs": {"scan": {"type": "path"}, "output": {"type": "path"}, "wide": {"default": "3"}},
        "algorithms": {
            "load": {"class": "LoadHDF5", "init_paras": {"inputfile_name": {"input": "scan"}}},
            "peek": {"class": "ToyPeek"},
            "save": {"class": "SaveHDF5", "init_paras": {"outputfile_name": {"input": "output"}}},
        },
        "steps": [
            {"algorithm": "load", "params": {"input_path": "tomo", "output_dataobj": "x"}},
            {"algorithm": "peek", "params": {"input_dataobj": "x", "output_dataobj": "top"}},
            *({"workflow": "smoothing", "params": step} for step in steps),
            {"algorithm": "save", "params": {"input_dataobj": "y", "output_path": "/entry/z"}},
        ],
    }


def test_sub_workflows_are_expanded_each_with_its_own_inputs(
    session, smoothing, scan, tmp_path, toys, stack
):
    outer = _outer(
        {"source": "x", "result": "a", "size": 2, "factor": {"ref": "top"}},
        {"source": "a", "result": "b", "size": {"input": "wide"}},
        {"source": "b", "result": "y", "factor": 0.5},
    )
    run = session.run(outer, scan=scan, output=tmp_path / "out.h5")
    run.wait(20)
    a = toys.smooth(toys.scale(stack, toys.peek(stack)), 2)
    b = toys.smooth(toys.scale(a, 2), 3)
    np.testing.assert_array_equal(_read(tmp_path / "out.h5"), toys.smooth(toys.scale(b, 0.5), 1))
    names = [step["algorithm"] for step in run.record["document"]["steps"]]
    assert names == [
        "load", "peek", "smoothing/scale", "smoothing/smooth", "smoothing#2/scale",
        "smoothing#2/smooth", "smoothing#3/scale", "smoothing#3/smooth", "save",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("params", "error", "hint"),
    [
        ({"source": "x"}, InvalidParameter, "'result'"),
        ({"source": "x", "result": "y", "sise": 2}, UnknownName, "'size'"),
        ({"source": "x", "result": "y", "size": "wide"}, InvalidParameter, "'size'"),
    ],
)
def test_a_step_that_does_not_fit_its_sub_workflow_is_refused(
    session, smoothing, params, error, hint
):
    with pytest.raises(error, match=hint):
        session.run(_outer(params), scan="a", output="b")


def test_an_unknown_sub_workflow_is_answered_with_what_there_is(session, smoothing):
    outer = _outer()
    outer["steps"].insert(0, {"workflow": "smoothin"})
    with pytest.raises(UnknownName, match="smoothing"):
        session.run(outer, scan="a", output="b")


@pytest.mark.parametrize("length", [1, 2, 3])
def test_workflows_that_contain_each_other_are_refused_with_the_circle(session, folder, length):
    names = [f"flow{i}" for i in range(length)]
    for name, following in zip(names, [*names[1:], names[0]], strict=True):
        _write(folder, **{name: {"daisy": 1, "name": name, "steps": [{"workflow": following}]}})
    with pytest.raises(InvalidDocument, match="contains itself") as caught:
        session.run("flow0")
    assert str(caught.value).count(">") == length


def test_a_workflow_is_found_by_name_by_path_and_among_the_predefined(folder, document, tmp_path):
    _write(folder, mine=document)
    assert find_workflow("mine").name == "toy"
    assert find_workflow(str(folder / "mine.daisy.json")).name == "toy"
    assert find_workflow("tomography").name == "tomography"
    assert set(known_workflows()) >= {"mine", "tomography"}
    with pytest.raises(UnknownName, match="Did you mean 'tomography'"):
        find_workflow("tomografy")


def test_a_broken_document_in_the_folder_is_named_and_hides_no_other(folder, document, session):
    _write(folder, mine=document, broken={"daisy": 7})
    (folder / "worse.daisy.json").write_text("{")
    with pytest.warns(UserWarning, match="broken") as caught:
        assert {"mine", "tomography"} <= set(session.workflows)
    assert {"'broken'", "'worse'"} <= {word for w in caught for word in str(w.message).split()}
    with pytest.raises(DaisyError, match="version 7"):
        find_workflow("broken")
