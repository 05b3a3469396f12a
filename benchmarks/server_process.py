"""A Jupyter Server or JupyterLab in a process of its own, on this machine only."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

_START_S = 60.0


def start_server(
    module: str,
    folder: Path,
    token: str,
    options: Mapping[str, Any],
    environment: Mapping[str, str],
    stack: ExitStack,
) -> str:
    """Address of a server, which the stack ends together with its kernels.

    Parameters
    ----------
    module
        ``jupyter_server`` or ``jupyterlab``.
    folder
        Its root; its configuration, its run-time files and its log are there as well.
    token
        What a caller has to show.
    options
        Traits beyond those that every server here needs.
    environment
        Of the process, but for the folders.
    stack
        Is told how to end it.

    Raises
    ------
    RuntimeError
        If it does not start.
    """
    everywhere = {
        "ServerApp.open_browser": False,
        "ServerApp.port": 0,
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.allow_root": True,
        "ServerApp.root_dir": folder,
        "IdentityProvider.token": token,
    }
    folders = {
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
    }
    log = folder / "server.log"
    words = (f"--{name}={value}" for name, value in {**everywhere, **options}.items())
    process = subprocess.Popen(
        [sys.executable, "-m", module, *words],
        cwd=folder,
        env={**environment, **folders},
        stdout=subprocess.DEVNULL,
        stderr=stack.enter_context(log.open("w")),
    )
    stack.callback(process.wait, 20)
    stack.callback(process.terminate)  # it ends its kernels first
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r"http://127\.0\.0\.1:\d+/", log.read_text()):
            return found[0]
        time.sleep(0.1)
    raise RuntimeError(f"{module} does not start: {log.read_text()[-500:]}")
