"""Every notebook that comes with Daisy runs from top to bottom and holds what it asserts."""

from pathlib import Path

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_there_are_notebooks():
    assert {"01_first_reconstruction", "02_powder_stack", "03_own_panel", "04_own_algorithm"} <= {
        path.stem for path in NOTEBOOKS
    }


@every_notebook
def test_a_notebook_is_kept_without_what_it_printed_and_can_be_given_parameters(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "daisy"
    cells = code_cells(notebook)
    assert [cell.id for cell in cells if cell.outputs or cell.execution_count] == []
    tagged = [cell for cell in cells if "parameters" in cell.metadata.get("tags", ())]
    assert len(tagged) == 1, "papermill puts its values after one cell with the tag 'parameters'"


@pytest.mark.kernel
@pytest.mark.slow
@every_notebook
def test_a_notebook_runs_and_its_assertions_hold(path, tmp_path, monkeypatch):
    try:
        KernelSpecManager().get_kernel_spec("daisy")
    except NoSuchKernel:
        pytest.skip("the kernelspec 'daisy' is not installed (pip install -e .)")
    for variable in ("DAISY_RUNS", "IPYTHONDIR", "TMPDIR"):
        folder = tmp_path / variable
        folder.mkdir()
        monkeypatch.setenv(variable, str(folder))
    monkeypatch.delenv("DAISY_CONFIG", raising=False)
    work = tmp_path / "work"
    work.mkdir()

    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=200, kernel_name="daisy", resources={"metadata": {"path": str(work)}}
    )
    client.execute()

    printed = {
        cell.id: output.text
        for cell in code_cells(notebook)
        for output in cell.outputs
        if output.output_type == "stream" and output.name == "stderr"
    }
    assert printed == {}, "a guided tour shows no warnings"
    assert list(work.iterdir()) == [], "a guided tour leaves nothing in the folder of its reader"
