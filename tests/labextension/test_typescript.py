"""The extension's own tests and style, with Node from wherever it is."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXTENSION = Path(__file__).parents[2] / "labextension"


@pytest.mark.parametrize("script", ["test", "lint"])
def test_the_typescript_is_content(script):
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    npm = shutil.which("npm", path=path)
    if npm is None or not (EXTENSION / "node_modules").exists():
        pytest.skip("npm or labextension/node_modules is missing; an editable install brings both")
    result = subprocess.run(
        [npm, "run", script],
        cwd=EXTENSION,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
