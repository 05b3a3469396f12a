"""A real JupyterLab on this machine, seen through a headless Chromium."""

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_core.paths import jupyter_path

from daisy_kernel.client.jupyter_server import JupyterServer

sys.path.append(str(Path(__file__).parent))
import lab_page

ROOT = Path(__file__).parents[2]
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-unsafe-swiftshader",
]


def _missing(reason: str) -> None:
    if os.environ.get("DAISY_REQUIRE_BROWSER") == "1":
        pytest.fail(f"{reason}, but $DAISY_REQUIRE_BROWSER is set")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def chromium():
    """Path of the browser."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        _missing("there is no chromium on this machine")
    return program


@pytest.fixture(scope="session")
def installed():
    """Kernelspec and lab extension are where JupyterLab looks for them."""
    if "daisy" not in KernelSpecManager().find_kernel_specs():
        _missing("the kernelspec 'daisy' is not installed (pip install -e .)")
    folders = [Path(p) / "daisy-labextension" for p in jupyter_path("labextensions")]
    if not any(folder.is_dir() for folder in folders):
        _missing("the lab extension is not installed (pip install -e .)")


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory):
    """Where pictures of the page are kept: $DAISY_SCREENSHOTS, or a temporary folder."""
    named = os.environ.get("DAISY_SCREENSHOTS")
    folder = Path(named) if named else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class Server:
    """A JupyterLab with folders of its own."""

    def __init__(self, folder: Path):
        self.work = folder / "work"
        self.token = secrets.token_hex(16)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{free.getsockname()[1]}"
        places = {
            "JUPYTER_CONFIG_DIR": folder / "config",
            "JUPYTER_RUNTIME_DIR": folder / "runtime",
            "IPYTHONDIR": folder / "ipython",
            "DAISY_RUNS": folder / "runs",
            "TMPDIR": folder / "tmp",
            "XDG_CONFIG_HOME": folder / "settings",
        }
        for path in (self.work, *places.values()):
            path.mkdir()
        _answer_the_question_about_news(places["JUPYTER_CONFIG_DIR"])
        self.log = folder / "server.log"
        command = [
            sys.executable,
            "-m",
            "jupyterlab",
            "--no-browser",
            "--allow-root",
            "--ip=127.0.0.1",
            f"--port={self.url.rpartition(':')[2]}",
            "--ServerApp.port_retries=0",
            f"--ServerApp.root_dir={self.work}",
            f"--IdentityProvider.token={self.token}",
            "--LabApp.news_url=",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            "--LabApp.extension_manager=readonly",
            "--expose-app-in-browser",
        ]
        environment = {**os.environ, **{name: str(path) for name, path in places.items()}}
        environment.pop("DAISY_CONFIG", None)
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command, env=environment, cwd=self.work, stdout=log, stderr=subprocess.STDOUT
            )

    def wait_until_up(self, timeout: float = 60) -> None:
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                self.ask("GET", "/api/status")
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.2)
            else:
                return
        pytest.fail(f"JupyterLab did not start within {timeout} s:\n{self.log.read_text()[-3000:]}")

    def ask(self, method: str, path: str):
        """An answer of the server's REST interface."""
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(self.url + path, method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read() or "null")

    def write(self, name: str, *cells: str) -> str:
        """Put a notebook of these cells into the server's folder; gives its name."""
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
            metadata={"kernelspec": {"name": "daisy", "display_name": "Daisy (Python)"}},
        )
        nbformat.write(notebook, self.work / name)
        return name

    def end_kernels(self) -> None:
        """End all kernels: a notebook of the same name would find the earlier one's."""
        for session in self.ask("GET", "/api/sessions"):
            self.ask("DELETE", f"/api/sessions/{session['id']}")

    def stop(self) -> None:
        self.end_kernels()
        self.process.terminate()
        self.process.wait(timeout=30)


def _answer_the_question_about_news(config: Path) -> None:
    settings = config / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')


@pytest.fixture(scope="module")
def server(tmp_path_factory, chromium, installed):
    """JupyterLab for the tests of one file: those of others have left no scan, run or profile."""
    made = Server(tmp_path_factory.mktemp("jupyter"))
    try:
        made.wait_until_up()
        yield made
        made.stop()
    finally:
        made.process.kill()
        made.process.wait()


@pytest.fixture(scope="module")
def browser(chromium):
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium, args=CHROMIUM_ARGUMENTS, headless=True
        )
        yield launched
        launched.close()


@pytest.fixture
def lab(server, browser, screenshots, request):
    """A fresh page without kernels of earlier tests; pictured when its test ends."""
    server.end_kernels()
    page = browser.new_page(viewport={"width": 1500, "height": 950})
    made = lab_page.Lab(server, page)
    yield made
    name = re.sub(r"\W+", "_", request.node.name)
    page.screenshot(path=screenshots / f"{name}.png")
    page.close()
    server.end_kernels()
    assert made.errors == []


@pytest.fixture
def overlaps():
    """`overlaps(page)`: see `lab_page.overlaps`."""
    return lab_page.overlaps


@pytest.fixture
def reach():
    """`reach(page, key, selector)`: see `lab_page.reach`."""
    return lab_page.reach


@pytest.fixture
def far_kernel(server):
    """Another kernel of the server, which a notebook reaches by WebSocket only."""
    made = JupyterServer(server.url, server.token).start_kernel().id
    yield f"connect({server.url!r}, token={server.token!r}, kernel={made!r})"
    server.ask("DELETE", f"/api/kernels/{made}")


@pytest.fixture
def manner(lab, request):
    """How a panel is used: "light canvas near" or the like; see `lab_page.Manner`."""
    is_far = "far" in request.param.split()
    session = request.getfixturevalue("far_kernel") if is_far else "local_session()"
    return lab_page.Manner(lab, request.param, session)
