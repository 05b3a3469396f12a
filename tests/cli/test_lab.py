import subprocess
import sys

import pytest

import daisy_kernel
from daisy_kernel.cli.lab import copy_examples, with_ours
from daisy_kernel.errors import FileProblem


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An installed package with two examples, one in a subfolder, and what nobody wants copied."""
    folder = tmp_path / "site-packages" / "daisy_kernel"
    for name in ("notebooks/one.ipynb", "notebooks/deeper/two.ipynb",
                 "notebooks/.ipynb_checkpoints/one.ipynb"):  # fmt: skip
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    monkeypatch.setattr(daisy_kernel, "__file__", str(folder / "__init__.py"))
    return folder


def test_examples_are_copied_and_the_work_of_the_user_is_kept(package, tmp_path):
    folder = tmp_path / "daisy-notebooks"
    assert copy_examples(folder) == (2, 0)
    (folder / "one.ipynb").write_text("mine")
    (folder / "deeper" / "two.ipynb").unlink()
    assert copy_examples(folder) == (1, 1)
    assert (folder / "one.ipynb").read_text() == "mine"
    assert (folder / "deeper" / "two.ipynb").read_text() == "notebooks/deeper/two.ipynb"
    assert not (folder / ".ipynb_checkpoints").exists()


def test_a_folder_that_cannot_be_made_is_named(package, tmp_path):
    (tmp_path / "daisy-notebooks").touch()
    with pytest.raises(FileProblem, match="daisy-notebooks"):
        copy_examples(tmp_path / "daisy-notebooks")


def test_options_of_the_user_come_last_and_replace_ours():
    theirs = ["--no-browser", "--MultiKernelManager.default_kernel_name=python3"]
    assert with_ours(theirs) == ["--LabApp.default_url=/lab/tree/daisy-notebooks", *theirs]
    assert "--MultiKernelManager.default_kernel_name=daisy" in with_ours([])


def test_further_options_reach_jupyter_lab(tmp_path):
    words = [sys.executable, "-m", "daisy_kernel.cli", "lab", "--version"]
    told = subprocess.run(words, capture_output=True, text=True, check=True)
    assert told.stdout.splitlines()[-1].split(".")[0] >= "4"
    assert (tmp_path / "daisy-notebooks").is_dir()
