"""A killed run that writes every kind of output goes on with all of them where it stopped."""

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import h5py
import killable
import numpy as np
import pytest
import tifffile
import zarr

from daisy_kernel.engines.run_folder import RunFolder
from daisy_kernel.errors import DaisyError

KILLS = 6
SHAPE = (10, 24, 12)
N_BLOCK = 8
NAMES = ["out.h5", "tiff", "zarr"]


@pytest.fixture(scope="module")
def scan(tmp_path_factory):
    path = tmp_path_factory.mktemp("scan") / "scan.h5"
    with h5py.File(path, "w") as file:
        file["tomo"] = np.random.default_rng(6).integers(0, 999, SHAPE).astype(np.uint16)
    return path


@pytest.fixture(scope="module")
def start(scan):
    """Start the workflow in a process of its own and kill it after some blocks."""
    command = [sys.executable, Path(__file__).with_name("killable.py"), scan, "formats"]
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as server:

        def run(folder, n_block, pause=0.0):
            runs = folder / "runs"
            server.stdin.write(f"{folder / 'out.h5'} {runs}\n")
            server.stdin.flush()
            pid = int(server.stdout.readline())
            gone = Path(f"/proc/{pid}")
            _wait_for(lambda: list(runs.glob("*/run.json")) or not gone.exists())
            journal = next(runs.glob("*/run.json")).with_name("journal.jsonl")

            def is_so_far():
                lines = journal.read_text().splitlines() if journal.exists() else []
                return len(lines) >= n_block or not gone.exists()

            _wait_for(is_so_far)
            time.sleep(pause)
            if gone.exists():
                os.kill(pid, signal.SIGKILL)
                _wait_for(lambda: not gone.exists())
            return next(iter(killable.open_session(runs).runs.values()))

        yield run
        server.stdin.close()


@pytest.fixture(scope="module")
def expected(scan):
    with h5py.File(scan) as file:
        counts = file["tomo"][()].astype(np.float32)
    return (counts * np.float32(3)).transpose(1, 0, 2)


def _wait_for(condition, timeout=30):
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def _check(folder, expected):
    with h5py.File(folder / "out.h5") as file:
        np.testing.assert_array_equal(file["v"][()], expected)
    images = [tifffile.imread(path) for path in sorted((folder / "tiff").glob("*.tif"))]
    np.testing.assert_array_equal(np.stack(images), expected)
    group = zarr.open_group(folder / "zarr", mode="r")
    np.testing.assert_array_equal(group["0"][...], expected)
    assert sorted(p.name for p in folder.iterdir()) == [*NAMES[:1], "runs", *NAMES[1:]]


def _reused(run):
    lines = [line for line in run.log if "finished blocks were reused" in line]
    return int(lines[-1].split()[0]) if lines else 0


@pytest.mark.parametrize("moment", range(KILLS))
def test_a_run_killed_at_any_moment_resumes_to_the_same_bits(moment, start, tmp_path, expected):
    chance = random.Random(moment)
    run = start(tmp_path, chance.randint(0, N_BLOCK), chance.random() * 0.03)
    if run.state == "done":
        _check(tmp_path, expected)
        return
    assert run.state == "interrupted"
    run.resume().wait(60)
    _check(tmp_path, expected)


def test_finished_blocks_are_used_again(start, tmp_path, expected):
    run = start(tmp_path, 4)
    assert not [p for p in NAMES if (tmp_path / p).exists()]
    journal = next((tmp_path / "runs").glob("*/journal.jsonl"))
    n_finished = journal.read_text().count('"lo"')
    run.resume().wait(60)
    assert _reused(run) >= n_finished - 1
    _check(tmp_path, expected)


@pytest.mark.parametrize("pattern", [".tiff.*.part/*_00003.tif", ".zarr.*.part/0/c/0/0/0"])
def test_a_block_damaged_in_one_output_is_computed_again(start, tmp_path, expected, pattern):
    run = start(tmp_path, 4)
    journal = next((tmp_path / "runs").glob("*/journal.jsonl"))
    n_finished = journal.read_text().count('"lo"')
    (file,) = tmp_path.glob(pattern)
    content = bytearray(file.read_bytes())
    place = len(content) - 5 if "tif" in pattern else SHAPE[0] * SHAPE[2] * 4 * 3 + 9
    content[place] ^= 1
    file.write_bytes(content)
    run.resume().wait(60)
    assert 0 < _reused(run) < n_finished
    _check(tmp_path, expected)


@pytest.mark.parametrize("name", NAMES[1:])
def test_a_part_that_is_gone_is_made_anew(start, tmp_path, expected, name):
    run = start(tmp_path, 3)
    (part,) = tmp_path.glob(f".{name}.*.part")
    next(p for p in part.rglob("*") if p.is_file() and not p.name.startswith(".")).unlink()
    run.resume().wait(60)
    assert _reused(run) == 0
    _check(tmp_path, expected)


def test_an_output_of_somebody_else_is_not_replaced_on_resuming(start, tmp_path):
    run = start(tmp_path, 3)
    (tmp_path / "tiff").mkdir()
    (tmp_path / "tiff" / "notes.txt").write_text("precious")
    with pytest.raises(DaisyError, match="already there"):
        run.resume().wait(60)
    assert (tmp_path / "tiff" / "notes.txt").read_text() == "precious"


def test_outputs_that_were_committed_before_a_kill_are_made_again(start, tmp_path, expected):
    run = start(tmp_path, 10**6)  # runs to its end
    assert run.state == "done"
    folder = RunFolder(next((tmp_path / "runs").glob("*/run.json")).parent)
    folder.write(replace(folder.read(), state="running"))
    run = next(iter(killable.open_session(tmp_path / "runs").runs.values()))
    assert run.state == "interrupted"
    run.resume().wait(60)
    _check(tmp_path, expected)
