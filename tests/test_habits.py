"""The project's own rules, checked by their tools."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CHECKS = {
    "ruff finds nothing": ["ruff", "check", "."],
    "everything is formatted": ["ruff", "format", "--check", "."],
    "types hold": ["mypy", "daisy_kernel", "daisy_widgets", "benchmarks"],
    "layers point down": ["lint-imports"],
}


@pytest.mark.parametrize("command", CHECKS.values(), ids=CHECKS)
def test_the_tools_are_content(command):
    program = Path(sys.executable).with_name(command[0])
    result = subprocess.run(
        [program, *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_readme_gives_the_command_that_ci_runs():
    commands = [
        line for line in (ROOT / "README.md").read_text().splitlines() if ".venv/bin/pytest" in line
    ]
    assert len(commands) == 1


def test_every_numba_kernel_releases_the_global_lock():
    for file in sorted((ROOT / "daisy_kernel").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef):
                for decorator in node.decorator_list:
                    text = ast.unparse(decorator)
                    if text.startswith("njit"):
                        assert "nogil=True" in text, f"{file.name}: {node.name}"
                        assert "parallel" not in text, f"{file.name}: {node.name}"


def test_importing_the_package_imports_nothing_heavy():
    heavy = ("numpy", "numba", "h5py", "IPython", "ipykernel", "pydantic")
    code = f"import sys, daisy_kernel; sys.exit(len(set({heavy}) & set(sys.modules)))"
    subprocess.run([sys.executable, "-c", code], check=True)
