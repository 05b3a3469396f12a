"""The image for Binder: what repo2docker would build, without building it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]


def test_repo2docker_reads_the_environment_and_runs_our_post_build(tmp_path):
    pytest.importorskip("repo2docker", reason="jupyter-repo2docker is not installed")
    shutil.copytree(ROOT / "binder", tmp_path / "binder")
    done = subprocess.run(
        [sys.executable, "-m", "repo2docker", "--no-build", "--debug", str(tmp_path)],
        capture_output=True, text=True, timeout=120, cwd=tmp_path,
    )  # fmt: skip
    dockerfile = done.stdout + done.stderr
    assert done.returncode == 0, dockerfile
    assert "binder/environment.yml" in dockerfile
    assert "RUN ./binder/postBuild" in dockerfile


def test_the_image_has_a_python_that_daisy_supports_and_tomopy():
    environment = yaml.safe_load((ROOT / "binder/environment.yml").read_text())
    assert {"tomopy", "python=3.12"} <= set(environment["dependencies"])
    assert os.access(ROOT / "binder/postBuild", os.X_OK)
    subprocess.run(["bash", "-n", str(ROOT / "binder/postBuild")], check=True, timeout=20)
