"""Script, document, command line, session and notebook give the same bits."""

import json

import h5py
import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

import daisy_kernel as Daisy
from daisy_kernel.cli import main
from daisy_kernel.workflow import find_workflow


@pytest.fixture(scope="module")
def expected(small_file, tmp_path_factory):
    """The volume by the command line."""
    output = tmp_path_factory.mktemp("cli") / "reco.h5"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAISY_RUNS", str(output.parent / "runs"))
        assert main(["run", "tomography", "--scan", str(small_file), "--output", str(output)]) == 0
    with h5py.File(output) as file:
        return file["/entry/data/data"][()]


def test_session(session, small_file, volume, tmp_path, expected):
    output = tmp_path / "reco.h5"
    session.run("tomography", scan=small_file, output=output).wait()
    np.testing.assert_array_equal(volume(output), expected)
    np.testing.assert_array_equal(session["reco"][...], expected)


@pytest.mark.parametrize(("memory", "threads"), [("4MB", 1), ("6MB", 2), ("1GB", 3)])
def test_any_memory_and_number_of_threads(
    session, small_file, volume, tmp_path, expected, memory, threads
):
    output = tmp_path / "reco.h5"
    options = {"memory": memory, "threads": threads}
    session.run("tomography", scan=small_file, output=output, **options).wait()
    np.testing.assert_array_equal(volume(output), expected)


def test_document_in_a_file(session, small_file, volume, tmp_path, expected):
    document = tmp_path / "mine.daisy.json"
    document.write_text(json.dumps(find_workflow("tomography").as_json()))
    output = tmp_path / "reco.h5"
    session.run(document, scan=small_file, output=output).wait()
    np.testing.assert_array_equal(volume(output), expected)


def test_script_and_the_document_that_is_recorded_from_it(
    session, small_file, volume, tmp_path, expected
):
    class Tomography(Daisy.PyWorkflow):
        def execute(self):
            step = self.engine
            step["load"].execute()
            step["normalize"].execute(
                projs_dataobj="projections",
                darks_dataobj="darks",
                flats_dataobj="flats",
                output_dataobj="x",
            )
            step["minuslog"].execute(input_dataobj="x", output_dataobj="x")
            step["center"].execute(input_dataobj="x", theta="theta", output_dataobj="c")
            step["reconstruct"].execute(
                input_dataobj="x", theta="theta", center=Daisy.Ref("c"), output_dataobj="reco"
            )
            step["save"].execute(input_dataobj="reco")

    output = tmp_path / "script.h5"
    workflow = Tomography("Tomography")
    workflow.initialize(
        workflow_environment={
            "load": {"class_name": "LoadScan", "init_paras": {"inputfile_name": str(small_file)}},
            "normalize": {"class_name": "Normalize"},
            "minuslog": {"class_name": "MinusLog"},
            "center": {"class_name": "FindCenter"},
            "reconstruct": {"class_name": "Reconstruct"},
            "save": {"class_name": "SaveVolume", "init_paras": {"outputfile_name": str(output)}},
        }
    )
    workflow.execute()
    np.testing.assert_array_equal(volume(output), expected)

    document = workflow.run.document
    output.unlink()
    session.run(document).wait()
    np.testing.assert_array_equal(volume(output), expected)


def test_rerun_from_the_result_alone(session, small_file, tmp_path, capsys):
    output = tmp_path / "reco.h5"
    session.run("tomography", scan=small_file, output=output).wait()
    assert main(["rerun", str(output), "--output", str(tmp_path / "again.h5")]) == 0
    assert "bit-identical" in capsys.readouterr().out


@pytest.mark.kernel
def test_notebook(small_file, volume, tmp_path, expected):
    output = tmp_path / "reco.h5"
    cell = (
        "import daisy_kernel\n"
        "session = daisy_kernel.connect()\n"
        f"session.run('tomography', scan={str(small_file)!r}, output={str(output)!r}).wait()"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)])
    NotebookClient(notebook, timeout=120, kernel_name="daisy").execute()
    np.testing.assert_array_equal(volume(output), expected)
