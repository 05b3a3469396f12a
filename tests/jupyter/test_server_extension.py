"""The extension of Jupyter Server that comes with the package and is on without being asked for."""

import subprocess
import sys


def test_it_is_on_after_an_installation():
    listed = subprocess.run(
        [sys.executable, "-m", "jupyter", "server", "extension", "list"],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line.strip() for line in (listed.stdout + listed.stderr).splitlines()]
    assert any(line.startswith("daisy_kernel.jupyter.server_extension enabled") for line in lines)
    assert not any("daisy_kernel" in line and "X" in line.split() for line in lines)
