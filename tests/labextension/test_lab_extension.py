"""The lab extension and the kernelspec: what is in the tree, and what an installation finds."""

import importlib.util
import json
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from PIL import Image

from daisy_kernel.contracts.protocol import OPERATIONS
from daisy_kernel.version import __version__

ROOT = Path(__file__).parents[2]
EXTENSION = ROOT / "labextension"
KERNELSPEC = ROOT / "daisy_kernel" / "kernelspec"


@pytest.fixture
def installed():
    """The installed distribution: these tests look at what pip has put in place."""
    try:
        return distribution("daisy-xray")
    except PackageNotFoundError:
        pytest.skip("daisy-xray is not installed (pip install -e .)")


@pytest.mark.parametrize("file", ["package.json", "package-lock.json"])
def test_the_lab_extension_has_the_version_of_the_kernel(file):
    assert json.loads((EXTENSION / file).read_text())["version"] == __version__


def test_the_lock_file_works_with_every_registry():
    packages = json.loads((EXTENSION / "package-lock.json").read_text())["packages"]
    assert len(packages) > 100
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [
        name
        for name, package in packages.items()
        if name and "integrity" not in package and "bundled" not in package
    ] == []


def test_the_types_of_the_panel_are_those_of_the_kernel():
    path = EXTENSION / "generate_protocol.py"
    spec = importlib.util.spec_from_file_location("generate_protocol", path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    written = (EXTENSION / "src" / "protocol.ts").read_text()
    assert written == script.generate(), "run python labextension/generate_protocol.py"
    operations = re.search(r"export interface Operations \{(.*?)\n\}", written, re.DOTALL)[1]
    assert re.findall(r"'([\w.]+)':", operations) == list(OPERATIONS)
    assert "readonly kind: 'array' | 'reference' | 'recipe';" in written


@pytest.mark.parametrize("file", sorted((EXTENSION / "src" / "style").glob("*.css")))
def test_the_style_takes_every_colour_from_jupyterlab(file):
    declared = re.findall(
        r"(?:color|background|border[\w-]*|outline): ([^;]+);", file.read_text(encoding="utf-8")
    )
    assert len(declared) > 5
    assert [v for v in declared if re.search(r"#[0-9a-f]{3}|rgb|hsl|white|black", v)] == []


def test_the_kernelspec_starts_the_daisy_kernel_with_the_python_it_is_installed_in():
    kernelspec = json.loads((KERNELSPEC / "kernel.json").read_text())
    # "python" alone is replaced by jupyter_client with the interpreter that runs Jupyter
    assert kernelspec["argv"] == ["python", "-m", "daisy_kernel.jupyter", "-f", "{connection_file}"]
    assert kernelspec["display_name"] == "Daisy (Python)"
    assert kernelspec["language"] == "python"
    assert kernelspec["metadata"] == {"debugger": True, "supported_encryption": "curve"}


@pytest.mark.parametrize("size", [32, 64])
def test_the_logo_is_a_picture_with_a_transparent_background(size):
    with Image.open(KERNELSPEC / f"logo-{size}x{size}.png") as logo:
        assert logo.size == (size, size)
        assert logo.getpixel((0, 0))[3] == 0
        red, green, blue, opacity = logo.getpixel((size // 2, size // 2))
        assert opacity == 255
        assert red > green > blue, "the heart of a daisy is yellow"


def test_jupyter_finds_the_installed_kernel(installed):
    kernelspec = KernelSpecManager().get_kernel_spec("daisy")
    assert kernelspec.display_name == "Daisy (Python)"
    assert (Path(kernelspec.resource_dir) / "logo-svg.svg").read_text() == (
        KERNELSPEC / "logo-svg.svg"
    ).read_text()


def test_jupyterlab_lists_the_installed_extension_as_enabled_and_compatible(installed):
    listed = subprocess.run(
        [sys.executable, "-m", "jupyter", "labextension", "list"],
        capture_output=True,
        text=True,
        check=True,
    )
    plain = re.sub(r"\x1b\[\d+m", "", listed.stdout + listed.stderr)
    line = next(line for line in plain.splitlines() if "daisy-labextension" in line)
    assert line.split()[:4] == ["daisy-labextension", f"v{__version__}", "enabled", "OK"]


def test_our_own_algorithms_come_in_by_the_door_for_plug_ins(installed):
    ours = {
        entry.name: entry for entry in installed.entry_points if entry.group.startswith("daisy")
    }
    assert ours["Reconstruct"].value == "daisy_kernel.algorithms.reconstruct:Reconstruct"
    assert ours["pyworkflowEngine"].value == ours["inprocess"].value
    assert {entry.group for entry in ours.values()} == {
        "daisy.algorithms",
        "daisy.engines",
        "daisy.views",
        "daisy.workflows",
    }
