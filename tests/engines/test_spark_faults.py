"""Parts of the cluster are killed while a run computes: it ends with the same bits."""

import subprocess
import sys
import time
from pathlib import Path

import h5py
import killable
import numpy as np
import psutil
import pytest
import tifffile
import zarr

from daisy_kernel.datastore import DataStore
from daisy_kernel.engines.spark_context import disconnect
from daisy_kernel.session import DirectTransport, Service, Session

pytestmark = [pytest.mark.spark, pytest.mark.slow]


@pytest.fixture
def session(on_cluster, own_runs):
    return Session(DirectTransport(Service(DataStore(), own_runs)))


@pytest.fixture
def begin(session, scan, tmp_path):
    """Start a run that takes some seconds and has finished its first block."""

    def start():
        document = killable.in_folder(killable.FORMATS, tmp_path)
        document["algorithms"]["slow"]["init_paras"]["seconds"] = 0.4
        given = {"scan": scan, "output": tmp_path / "out.h5", "memory": 10**6}
        run = session.run(document, engine="spark", **given)
        deadline = time.monotonic() + 200
        while not any(e["kind"] == "progress" and e["data"]["done"] for e in run.events()):
            assert time.monotonic() < deadline
            assert run.state in ("queued", "running")
            time.sleep(0.05)
        return run

    return start


@pytest.fixture
def check(toys, stack, tmp_path):
    """Whether all outputs are there and whole, and nothing else is."""
    expected = toys.slices(toys.scale(stack, 3))

    def compare():
        with h5py.File(tmp_path / "out.h5") as file:
            np.testing.assert_array_equal(file["v"][()], expected)
        images = [tifffile.imread(path) for path in sorted((tmp_path / "tiff").glob("*.tif"))]
        np.testing.assert_array_equal(np.stack(images), expected)
        volume = zarr.open_group(tmp_path / "zarr", mode="r")["0"][...]
        np.testing.assert_array_equal(volume, expected)
        assert {p.name for p in tmp_path.iterdir()} <= {"scan.h5", "out.h5", "tiff", "zarr"}

    return compare


@pytest.mark.parametrize("part", ["python workers", "executors", "a worker"])
def test_a_run_goes_on_when_parts_are_killed(begin, check, on_cluster, part):
    run = begin()
    if part == "a worker":
        on_cluster.kill_worker(1)
    elif part == "executors":
        assert on_cluster.kill_executors() >= 2
    else:
        assert on_cluster.kill_python_workers() > 0
    assert run.state == "running", "the run has ended too early to be disturbed"
    run.wait(240)
    check()


def test_a_run_whose_process_was_killed_is_gone_on_with_by_another(
    on_cluster, own_runs, scan, tmp_path, check
):
    disconnect()  # the cores are for the other process
    command = [sys.executable, Path(killable.__file__), scan, "formats"]
    journal = None
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as server:
        server.stdin.write(f"{tmp_path / 'out.h5'} {own_runs} spark\n")
        server.stdin.flush()
        driver = psutil.Process(int(server.stdout.readline()))
        try:
            deadline = time.monotonic() + 200
            while not journal or journal[0].read_text().count('"lo"') < 2:
                assert time.monotonic() < deadline
                journal = list(own_runs.glob("*/journal.jsonl"))
                time.sleep(0.01)
        finally:
            below = driver.children(recursive=True)
            driver.kill()
            server.stdin.close()
    _, alive = psutil.wait_procs(below, 30)
    assert alive == [], "its Java has outlived it"
    finished = journal[0].read_text().count('"lo"')
    run = next(iter(killable.open_session(own_runs).runs.values()))
    assert run.state == "interrupted"
    run.resume().wait(120)
    assert f"{finished} finished blocks were reused" in run.log
    check()
