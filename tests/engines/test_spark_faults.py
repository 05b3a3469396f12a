"""Parts of the cluster are killed while a run computes: it ends with the same bits."""

import json
import subprocess
import sys
from pathlib import Path

import h5py
import killable
import noted
import numpy as np
import psutil
import pytest
import tifffile
import zarr
from noted import Rows, wait_until

from daisy_kernel.datastore import DataStore
from daisy_kernel.engines.run_folder import recorded_runs
from daisy_kernel.engines.spark_context import disconnect
from daisy_kernel.session import DirectTransport, Service, Session

pytestmark = [pytest.mark.spark, pytest.mark.slow]
HELD = 8
"""Rows from here on wait until the test lets them go."""
COMMAND = f"""
import sys
sys.path.insert(0, {str(Path(noted.__file__).parent)!r})
import noted, toy_algorithms
from daisy_kernel.cli import main
sys.exit(main())
"""


@pytest.fixture
def session(on_cluster, own_runs):
    return Session(DirectTransport(Service(DataStore(), own_runs)))


@pytest.fixture
def rows(tmp_path):
    return Rows(tmp_path)


@pytest.fixture
def document(rows, tmp_path):
    """The volume of `killable` into every kind of output, of rows that are held up."""
    content = killable.in_folder(killable.FORMATS, tmp_path)
    content["algorithms"]["slow"] = {"class": "ToyNoted"}
    (step,) = (step for step in content["steps"] if step["algorithm"] == "slow")
    (toy,) = (s for s in rows.document(HELD)["steps"] if s["algorithm"] == "toy")
    step["params"] = toy["params"] | step["params"]
    return content


@pytest.fixture
def wait_for_middle(rows, own_runs):
    """Wait until the rows before those that are held up are finished, and two are held up."""

    def wait(ended=lambda: False):
        wait_until(lambda: sum(n.row >= HELD for n in rows.notes()) >= 2 or ended(), 240)
        (folder,) = recorded_runs(own_runs)
        wait_until(lambda: ended() or set(range(HELD)) <= finished(folder))
        return folder

    return wait


def finished(folder):
    """Rows of which the journal says that they are in the outputs."""
    journal = folder.journal.read().blocks.values()
    return {row for blocks in journal for lo, hi in blocks for row in range(lo, hi)}


@pytest.fixture
def check(toys, rows, tmp_path):
    """Whether all outputs are there and whole, and nothing else is."""
    expected = toys.slices(2 * rows.values)

    def compare():
        with h5py.File(tmp_path / "out.h5") as file:
            np.testing.assert_array_equal(file["v"][()], expected)
        images = [tifffile.imread(path) for path in sorted((tmp_path / "tiff").glob("*.tif"))]
        np.testing.assert_array_equal(np.stack(images), expected)
        volume = zarr.open_group(tmp_path / "zarr", mode="r")["0"][...]
        np.testing.assert_array_equal(volume, expected)
        outputs = {"out.h5", "tiff", "zarr"}
        assert {p.name for p in tmp_path.iterdir()} == {"rows.h5", "notes", "noted.json"} | outputs

    (tmp_path / "noted.json").touch()
    return compare


@pytest.mark.parametrize("part", ["python workers", "executors", "a worker"])
def test_a_run_goes_on_when_parts_are_killed(
    session, document, rows, wait_for_middle, check, on_cluster, part
):
    given = {"scan": rows.scan, "output": rows.output, "memory": 10**6, "threads": 4}
    run = session.run(document, engine="spark", **given)
    wait_for_middle(lambda: run.state not in ("queued", "running"))
    if part == "a worker":
        on_cluster.kill_worker(1)
    elif part == "executors":
        assert on_cluster.kill_executors() >= 2
    else:
        assert on_cluster.kill_python_workers() > 0
    assert run.state == "running"
    rows.go()
    run.wait(240)
    check()


def test_a_run_whose_process_was_killed_is_gone_on_with_by_another(
    on_cluster, own_runs, document, rows, wait_for_middle, check, tmp_path
):
    disconnect()  # the cores are for the other process
    path = tmp_path / "noted.json"
    path.write_text(json.dumps(document))
    words = ["run", path, "--scan", rows.scan, "--output", rows.output, "--engine", "spark"]
    command = [sys.executable, "-c", COMMAND, *words, "--memory", "1MB", "--threads", "4"]
    with subprocess.Popen(command) as process:
        try:
            folder = wait_for_middle(lambda: process.poll() is not None)
            below = psutil.Process(process.pid).children(recursive=True)
        finally:
            process.kill()
    assert any("java" in p.name() for p in below)
    _, alive = psutil.wait_procs(below, 30)
    assert alive == [], "its Java has outlived it"
    n_finished = sum(map(len, folder.journal.read().blocks.values()))
    run = next(iter(killable.open_session(own_runs).runs.values()))
    assert run.state == "interrupted"
    rows.go()
    run.resume().wait(120)
    assert f"{n_finished} finished blocks were reused" in run.log
    check()
