import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import pytest

from daisy_kernel.cli import main
from daisy_kernel.cli.demo_scan import write_scan
from daisy_kernel.simulate import TomographyScan, foam

PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Said:
    """What a command gave."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        """The last line of standard output."""
        return json.loads(self.out.splitlines()[-1])


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """Work in an empty folder, record runs in it, ignore the configuration of the user."""
    empty = tmp_path / "config.toml"
    empty.touch()
    monkeypatch.setenv("DAISY_CONFIG", str(empty))
    monkeypatch.setenv("DAISY_RUNS", str(tmp_path / "runs"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def daisy(capfd):
    """Perform a command in this process."""

    def perform(*words):
        capfd.readouterr()
        code = main([str(word) for word in words])
        return Said(code, *capfd.readouterr())

    return perform


@pytest.fixture(scope="session")
def hear_signals():
    """For a new process: nohup and background jobs of a shell ignore signals, as would children."""

    def hear():
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, signal.SIG_DFL)

    return hear


@pytest.fixture
def start(tmp_path, hear_signals):
    """Start the command in a process of its own, where the algorithm SlowCopy exists."""
    script = tmp_path / "daisy_with_slow_copy.py"
    script.write_text(_SLOW)
    running = []

    def begin(*words):
        path = os.pathsep.join([str(PROJECT), os.environ.get("PYTHONPATH", "")])
        process = subprocess.Popen(
            [sys.executable, str(script), *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,
            preexec_fn=hear_signals,
        )
        running.append(process)
        return process

    yield begin
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture(scope="session")
def simulated():
    """A small scan with a known truth."""
    phantom = foam(3, 60, half_height=0.3)
    return TomographyScan(phantom, n_angle=60, n_row=6, n_col=48)


@pytest.fixture(scope="session")
def scan(simulated, tmp_path_factory):
    """The small scan as a Data Exchange file."""
    path = tmp_path_factory.mktemp("scan") / "scan.h5"
    write_scan(simulated, path)
    return path


@pytest.fixture
def stack(tmp_path):
    """An HDF5 file with the dataset /stack, (40, 3, 4) float32 above 0."""
    path = tmp_path / "stack.h5"
    with h5py.File(path, "w") as file:
        file["stack"] = np.random.default_rng(5).uniform(0.1, 1, (40, 3, 4)).astype(np.float32)
    return path


@pytest.fixture
def document(tmp_path):
    """Write a workflow document that loads /stack, works on it, and saves it as /result."""

    def write(algorithm="MinusLog", *, extra=None, **step):
        content = {
            "daisy": 1,
            "name": "little",
            "help": "Loads, computes, saves.",
            "inputs": {
                "source": {"type": "path", "required": True, "help": "HDF5 file"},
                "output": {"type": "path", "required": True, "help": "HDF5 file to write"},
                **(extra or {}),
            },
            "algorithms": {
                "load": {
                    "class": "LoadHDF5",
                    "init_paras": {"inputfile_name": {"input": "source"}},
                },
                "work": {"class": algorithm},
                "save": {
                    "class": "SaveHDF5",
                    "init_paras": {"outputfile_name": {"input": "output"}},
                },
            },
            "steps": [
                {
                    "algorithm": "load",
                    "params": {"input_path": "/stack", "output_dataobj": "stack"},
                },
                {
                    "algorithm": "work",
                    "params": {"input_dataobj": "stack", "output_dataobj": "result", **step},
                },
                {
                    "algorithm": "save",
                    "params": {"input_dataobj": "result", "output_path": "/result"},
                },
            ],
        }
        path = tmp_path / "little.daisy.json"
        path.write_text(json.dumps(content))
        return path

    return write


@pytest.fixture(scope="session")
def wait_for():
    """Wait until something is so, or fail."""

    def wait(condition, seconds=60.0):
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.02)

    return wait


_SLOW = """
import sys
import time
from typing import Annotated

from daisy_kernel import Algorithm, Input, Output, registry


class SlowCopy(Algorithm):
    along = ("angle",)

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("angle", "row", "col")],
        output_dataobj: Annotated[str, Output("angle", "row", "col")],
        pause: float = 0.0,
    ) -> None:
        time.sleep(pause)
        self.data[output_dataobj] = self.data[input_dataobj]


registry.add(SlowCopy)

from daisy_kernel.cli import main

if __name__ == "__main__":
    sys.exit(main())
"""
