import subprocess
import sys

import pytest

from daisy_kernel.cli.main import COMMANDS
from daisy_kernel.version import __version__


def test_the_help_lists_every_command(daisy):
    said = daisy("--help")
    assert said.code == 0
    for name in COMMANDS:
        assert f"\n  {name} " in said.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(daisy, name):
    said = daisy(name, "--help")
    assert said.code == 0
    # those that only make sense elsewhere say so
    assert said.out.removeprefix("usage: daisy ").removeprefix("--remote WHERE ").startswith(name)
    assert not said.err


def test_the_help_needs_no_heavy_library():
    heavy = "{'numpy', 'h5py', 'numba', 'pydantic', 'rich', 'matplotlib'}"
    code = (
        "import sys; from daisy_kernel.cli import main; main(['--help']); "
        f"sys.stderr.write(repr({heavy} & set(sys.modules)))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert ended.stderr == "set()"
    assert "usage: daisy" in ended.stdout


def test_the_package_can_be_run_as_a_module():
    words = [sys.executable, "-m", "daisy_kernel.cli", "--version"]
    told = subprocess.run(words, capture_output=True, text=True, check=True)
    assert told.stdout == f"daisy {__version__}\n"


def test_an_unknown_command_is_told_the_nearest_in_one_line(daisy):
    said = daisy("algorithm")
    assert said.code == 2
    assert not said.out
    assert "Did you mean 'algorithms'?" in said.err
    assert said.err.startswith("daisy: ")
    assert said.err.count("\n") == 1


def test_no_command_at_all_shows_the_help(daisy):
    assert "commands:" in daisy().out


def test_an_error_is_one_line_and_a_traceback_only_on_request(daisy):
    said = daisy("info", "missing.h5")
    assert said.code == 1
    assert said.err.count("\n") == 1
    assert "missing.h5" in said.err
    assert "Traceback" not in said.err
    assert "Traceback" in daisy("info", "missing.h5", "--debug").err


def test_an_unknown_option_is_told_the_nearest(daisy):
    said = daisy("runs", "--jsn")
    assert said.code == 2
    assert "did you mean --json?" in said.err


def test_a_reader_that_has_seen_enough_is_no_error():
    words = f"{sys.executable} -m daisy_kernel.cli algorithms | head -n 1"
    told = subprocess.run(words, shell=True, capture_output=True, text=True, check=False)
    assert told.stdout.startswith("algorithm")
    assert not told.stderr
