"""The process of the engine dies while others compute: their finished blocks are used again."""

import subprocess
import sys
import time
from pathlib import Path

import h5py
import killable
import numpy as np
import pytest
import tifffile
import zarr
from elsewhere import pyspark_without_java

from daisy_kernel.engines.run_folder import RunFolder

SHAPE = (10, 24, 12)


@pytest.fixture(scope="module")
def scan(tmp_path_factory):
    path = tmp_path_factory.mktemp("scan") / "scan.h5"
    with h5py.File(path, "w") as file:
        file["tomo"] = np.random.default_rng(6).integers(0, 999, SHAPE).astype(np.uint16)
    return path


@pytest.fixture
def place(monkeypatch):
    """Where a resumed run computes."""
    monkeypatch.setitem(sys.modules, "pyspark", pyspark_without_java())
    return killable.compute_elsewhere()


@pytest.fixture
def die(scan, tmp_path, place):
    """Run a document of `killable` until it kills itself; the interrupted run."""

    def after(document, blocks):
        command = [sys.executable, Path(killable.__file__), scan, document]
        given = f"{tmp_path / 'out.h5'} {tmp_path / 'runs'} {blocks}\n"
        with subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as server:
            server.stdin.write(given)
            server.stdin.flush()
            pid = int(server.stdout.readline())
            server.stdin.close()
            while Path(f"/proc/{pid}").exists():
                time.sleep(0.002)
        run = next(iter(killable.open_session(tmp_path / "runs").runs.values()))
        assert run.state == "interrupted"
        return run

    return after


@pytest.fixture
def journal(tmp_path):
    """Lines of the journal: a block each."""

    def lines():
        folder = RunFolder(next((tmp_path / "runs").glob("*/run.json")).parent)
        file = folder.path / "journal.jsonl"
        lines = file.read_text().splitlines() if file.exists() else []
        return [line for line in lines if '"lo"' in line]  # the others say where blocks go

    return lines


def reused(run):
    """Blocks of the process that died."""
    lines = [line for line in run.log if "finished blocks were reused" in line]
    return sum(int(line.split()[0]) for line in lines)


@pytest.mark.parametrize("blocks", [7, 12])
def test_a_chain_goes_on_where_it_stopped(die, blocks, toys, scan, tmp_path, journal):
    run = die("killable", blocks)
    written = len(journal())
    assert written > 0
    assert not (tmp_path / "out.h5").exists()
    run.resume().wait(60)
    assert reused(run) == written
    with h5py.File(scan) as file:
        slow = toys.scale(file["tomo"][()], 3)
    with h5py.File(tmp_path / "out.h5") as file:
        np.testing.assert_array_equal(file["s"][()], slow)
        expected = toys.scale(toys.pair_rows(toys.phase(slow)), 3)
        np.testing.assert_array_equal(file["y"][()], expected)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out.h5", "runs"]


def test_outputs_of_every_kind_are_gone_on_with(die, toys, scan, tmp_path, journal):
    run = die("formats", 6)
    written = len(journal())
    run.resume().wait(60)
    assert reused(run) == written > 0
    with h5py.File(scan) as file:
        expected = toys.slices(toys.scale(file["tomo"][()], 3))
    with h5py.File(tmp_path / "out.h5") as file:
        np.testing.assert_array_equal(file["v"][()], expected)
    images = [tifffile.imread(path) for path in sorted((tmp_path / "tiff").glob("*.tif"))]
    np.testing.assert_array_equal(np.stack(images), expected)
    np.testing.assert_array_equal(zarr.open_group(tmp_path / "zarr", mode="r")["0"][...], expected)
