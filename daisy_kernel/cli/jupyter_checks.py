"""The part of ``daisy doctor`` that looks at Jupyter."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from queue import Empty

from daisy_kernel.cli.checks import Check

KERNEL = "daisy"
EXTENSION = "daisy-labextension"
_REINSTALL = "pip install --force-reinstall --no-deps daisy-xray"
_START_S = 60.0


def kernelspec() -> Check:
    """Whether Jupyter knows the Daisy kernel."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        spec = KernelSpecManager().get_kernel_spec(KERNEL)
    except NoSuchKernel:
        return Check("kernelspec", "broken", f"no kernel is called {KERNEL!r}", _REINSTALL)
    except (OSError, ValueError) as error:
        return Check("kernelspec", "broken", f"cannot be read: {error}", _REINSTALL)
    return Check("kernelspec", "ok", f"{spec.display_name}, {spec.resource_dir}")


def kernel() -> Check:
    """Whether the Daisy kernel starts and answers."""
    from jupyter_client.kernelspec import NoSuchKernel
    from jupyter_client.manager import KernelManager

    manager = KernelManager(kernel_name=KERNEL)
    with tempfile.TemporaryFile("w+") as said:
        try:
            manager.start_kernel(stdout=subprocess.DEVNULL, stderr=said)
        except (NoSuchKernel, OSError, ValueError) as error:
            return Check("kernel", "broken", f"does not start: {error}", _REINSTALL)
        client = manager.client()
        try:
            client.start_channels()
            client.wait_for_ready(timeout=_START_S)
            client.kernel_info()
            told = client.get_shell_msg(timeout=_START_S)["content"]
        except (RuntimeError, OSError, Empty) as error:
            said.seek(0)
            reason = (said.read().strip().splitlines() or [str(error)])[-1]
            advice = f"try: jupyter console --kernel {KERNEL}"
            return Check("kernel", "broken", f"does not answer: {reason}", advice)
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
            manager.cleanup_resources()
    banner = str(told.get("banner", "")).splitlines() or ["answers"]
    return Check("kernel", "ok", f"starts: {banner[0][:80]}")


def lab_extension() -> Check:
    """Whether JupyterLab finds the Daisy panel, and nobody has switched it off."""
    from jupyter_core.paths import jupyter_config_path, jupyter_path

    folders = [Path(p) / EXTENSION for p in jupyter_path("labextensions")]
    place = next((f for f in folders if (f / "package.json").is_file()), None)
    if place is None:
        advice = f"the panel is missing, all else works: {_REINSTALL}"
        return Check("lab extension", "warning", "not installed", advice)
    for folder in jupyter_config_path():
        file = Path(folder) / "labconfig" / "page_config.json"
        if EXTENSION in _disabled(file):
            advice = f"jupyter labextension enable {EXTENSION}"
            return Check("lab extension", "warning", f"disabled in {file}", advice)
    return Check("lab extension", "ok", f"{_version(place)}, {place}")


def _disabled(page_config: Path) -> set[str]:
    """Extensions that a configuration of JupyterLab switches off."""
    if not page_config.is_file():
        return set()
    try:
        listed = json.loads(page_config.read_text()).get("disabledExtensions", {})
    except (OSError, ValueError, AttributeError):
        return set()
    if isinstance(listed, dict):
        return {name for name, is_off in listed.items() if is_off}
    return set(listed)


def _version(extension: Path) -> str:
    try:
        return str(json.loads((extension / "package.json").read_text())["version"])
    except (OSError, ValueError, KeyError):
        return "of unknown version"
