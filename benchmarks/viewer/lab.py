"""A JupyterLab of its own, with a page of it in a headless Chromium."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import nbformat

from benchmarks.server_process import start_server

_BROWSER = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_COUNT_BYTES = """
window.daisyReceived = 0;
window.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given);
    this.addEventListener('message', ({ data }) => {
      window.daisyReceived += data.byteLength ?? data.size ?? data.length;
    });
  }
};
"""
_RUN_ALL = """async () => {
  const { context, sessionContext } = window.jupyterapp.shell.currentWidget;
  await context.ready;
  await sessionContext.ready;
  await sessionContext.session.kernel.info;
  await window.jupyterapp.commands.execute('notebook:run-all-cells');
  return window.jupyterapp.shell.currentWidget.model.toJSON().cells.flatMap(
    cell => (cell.outputs ?? []).filter(output => output.output_type === 'error')
  ).map(output => output.evalue);
}"""


def chromium() -> str:
    """Path of the browser.

    Raises
    ------
    RuntimeError
        If there is none.
    """
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        raise RuntimeError(
            "There is no chromium on the search path, which this benchmark looks through: "
            "install it (Debian: apt install chromium)."
        )
    return program


class Lab:
    """A notebook that has been run, on a page 1280 pixels wide; it ends with the ``with`` block.

    Parameters
    ----------
    cells
        Code of the notebook's cells. One of them has to write the number of the kernel's process
        into the file ``pid`` of the working directory.

    Raises
    ------
    RuntimeError
        If the server does not start, or a cell raises.
    """

    def __init__(self, *cells: str):
        self._cells = cells

    def __enter__(self) -> Self:
        program = chromium()
        from playwright.sync_api import sync_playwright  # late: an extra that few have installed

        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="daisy-")))
            notebook = nbformat.v4.new_notebook(
                cells=[nbformat.v4.new_code_cell(cell) for cell in self._cells],
                metadata={"kernelspec": {"name": "daisy", "display_name": "Daisy (Python)"}},
            )
            nbformat.write(notebook, folder / "viewer.ipynb")
            token = secrets.token_hex(16)
            url = _start(folder, token, stack)
            playwright = stack.enter_context(sync_playwright())
            browser = playwright.chromium.launch(executable_path=program, args=_BROWSER)
            stack.callback(browser.close)
            self.page: Any = browser.new_page(viewport={"width": 1280, "height": 1600})
            self.page.add_init_script(_COUNT_BYTES)
            self.page.goto(f"{url}lab/tree/viewer.ipynb?reset&token={token}")
            self.page.wait_for_function("() => window.jupyterapp !== undefined", timeout=60_000)
            self.page.evaluate("() => window.jupyterapp.restored.then(() => undefined)")
            self.page.locator(".jp-NotebookPanel").wait_for(timeout=60_000)
            if errors := self.page.evaluate(_RUN_ALL):
                raise RuntimeError(f"A cell of the notebook raised {errors[0]!r}: mend it first.")
            self.kernel_pid = int((folder / "pid").read_text())
            self._folder = folder
            self._stack = stack.pop_all()
        return self

    def bytes_on_disk(self, name: str) -> int:
        """What a file of the working directory takes of the disk; holes take nothing."""
        return 512 * (self._folder / name).stat().st_blocks

    def __exit__(self, *_: object) -> None:
        self._stack.close()


def _start(folder: Path, token: str, stack: ExitStack) -> str:
    """Address of a JupyterLab in this folder, which the stack ends together with its kernels."""
    settings = folder / "config" / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    refused = json.dumps({"fetchNews": "false"})  # else a question covers the notebook
    (settings / "notification.jupyterlab-settings").write_text(refused)
    options = {
        "LabApp.news_url": "",
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "LabApp.extension_manager": "readonly",
        "LabApp.expose_app_in_browser": True,
    }
    environment = {name: value for name, value in os.environ.items() if name != "DAISY_CONFIG"}
    environment["DAISY_RUNS"] = str(folder / "runs")
    return start_server("jupyterlab", folder, token, options, environment, stack)
