"""A real JupyterHub on this machine: hub, proxy, and the servers that it starts."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpecManager

from daisy_kernel.cli.demo_scan import write_scan
from daisy_kernel.simulate import TomographyScan, foam

SHIPPED = Path(__file__).parents[2] / "deploy/jupyterhub_config.py"
CONFIGURATION = """
import os
import sys
c = get_config()
load_subconfig(os.environ["TEST_SHIPPED"])
c.JupyterHub.hub_bind_url = os.environ["TEST_HUB_API_URL"]
c.ConfigurableHTTPProxy.api_url = os.environ["TEST_PROXY_API_URL"]
c.ConfigurableHTTPProxy.command = [os.environ["TEST_PROXY"]]
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.Authenticator.admin_users = set()
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = os.environ["TEST_HOMES"] + "/{username}"
c.Spawner.cmd = [sys.executable, "-m", "jupyterhub.singleuser"]
c.Spawner.args += ["--allow-root", "--ServerApp.allow_root=True"]
c.Spawner.environment |= {name: os.environ[name] for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR")}
c.JupyterHub.services.append({"name": "elsewhere", "api_token": os.environ["TEST_OTHER_TOKEN"]})
c.JupyterHub.load_roles.append(
    {
        "name": "elsewhere",
        "services": ["elsewhere"],
        "scopes": ["servers!user=stranger", "access:servers!user=stranger"],
    }
)
c.JupyterHub.load_groups = {"all": {"users": ["visitor", "stranger"]}}  # so that they exist
"""
"""What users run, with what only a test needs: other doors, and a second service."""


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Hub:
    """A hub with the users visitor and stranger, and a service for each."""

    def __init__(self, folder: Path, proxy: str):
        self.token, self.other_token = secrets.token_hex(16), secrets.token_hex(16)
        self.url = f"http://127.0.0.1:{_free_port()}"
        self.log = folder / "hub.log"
        for name in ("homes", "runs", "ipython", "config", "runtime"):
            (folder / name).mkdir()
        (folder / "jupyterhub_config.py").write_text(CONFIGURATION)
        (folder / "daisy.toml").write_text(f'data_roots = ["{folder.parent}"]\n')
        program = Path(sys.executable).parent
        environment = {
            **os.environ,
            "PATH": f"{program}{os.pathsep}{os.environ['PATH']}",
            "TEST_SHIPPED": str(SHIPPED),
            "DAISY_HUB_URL": self.url,
            "DAISY_BEAMLINE_TOKEN": self.token,
            "DAISY_BEAMLINE_USERS": "visitor",
            "TEST_HUB_API_URL": f"http://127.0.0.1:{_free_port()}",
            "TEST_PROXY_API_URL": f"http://127.0.0.1:{_free_port()}",
            "TEST_PROXY": proxy,
            "TEST_HOMES": str(folder / "homes"),
            "TEST_OTHER_TOKEN": self.other_token,
            "DAISY_CONFIG": str(folder / "daisy.toml"),
            "DAISY_RUNS": str(folder / "runs"),
            "IPYTHONDIR": str(folder / "ipython"),
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        }
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyterhub", "-f", "jupyterhub_config.py"],
                cwd=folder,
                env=environment,
                stdout=log,
                stderr=log,
            )

    def wait_until_up(self, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/hub/api/", timeout=5):
                    return
            except OSError:
                time.sleep(0.2)
        pytest.fail(f"JupyterHub did not start:\n{self.log.read_text()[-3000:]}")

    def stop(self) -> None:
        """End the hub; it ends the proxy and the servers that it started."""
        self.process.terminate()
        try:
            self.process.wait(timeout=30)
        finally:
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="session")
def hub(tmp_path_factory):
    proxy = shutil.which("configurable-http-proxy")
    if proxy is None:
        pytest.skip("there is no configurable-http-proxy (npm install -g configurable-http-proxy)")
    if "daisy" not in KernelSpecManager().find_kernel_specs():
        pytest.skip("the kernelspec 'daisy' is not installed (pip install -e .)")
    made = Hub(tmp_path_factory.mktemp("hub"), proxy)
    try:
        made.wait_until_up()
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="session")
def scan(tmp_path_factory):
    """A small simulated scan."""
    made = TomographyScan(foam(3, 40, half_height=0.3), n_angle=181, n_row=8, n_col=64)
    path = tmp_path_factory.mktemp("scan") / "scan.h5"
    write_scan(made, path)
    return path
