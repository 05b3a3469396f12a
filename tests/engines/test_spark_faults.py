"""Parts of the cluster are killed while a run computes: it ends with the same bits."""

import time

import h5py
import killable
import numpy as np
import pytest
import tifffile
import zarr

from daisy_kernel.datastore import DataStore
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
        deadline = time.monotonic() + 120
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
        assert on_cluster.kill_executors() == 2
    else:
        assert on_cluster.kill_python_workers() > 0
    assert run.state == "running", "the run has ended too early to be disturbed"
    run.wait(240)
    check()
