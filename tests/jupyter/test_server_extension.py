"""The extension of Jupyter Server that comes with the package and is on without being asked for."""

import re
import subprocess
import sys


def test_it_is_on_after_an_installation():
    listed = subprocess.run(
        [sys.executable, "-m", "jupyter_server", "extension", "list"],
        capture_output=True,
        text=True,
        check=True,
    )
    text = re.sub(r"\x1b\[\d+m", "", listed.stdout + listed.stderr)
    assert "daisy_kernel.jupyter.server_extension enabled" in text
    assert "daisy_kernel.jupyter.server_extension  OK" in text
