"""Files that change, vanish, are somebody else's or have no room while a cluster computes."""

import os

import pytest
import zeros  # noqa: F401 - registers ToyZeros
from noted import Rows, wait_until

from daisy_kernel.contracts.run import RunOptions, RunRequest
from daisy_kernel.datastore import DataStore
from daisy_kernel.engines import spark_engine
from daisy_kernel.engines.inprocess import InProcessEngine
from daisy_kernel.engines.run_folder import find_run
from daisy_kernel.errors import DaisyError, DiskFull, RunConflict
from daisy_kernel.session import DirectTransport, Service, Session

pytestmark = [pytest.mark.spark, pytest.mark.slow]
HELD = 4


@pytest.fixture
def rows(tmp_path):
    return Rows(tmp_path)


@pytest.fixture
def session(on_cluster, own_runs):
    return Session(DirectTransport(Service(DataStore(), own_runs)))


@pytest.fixture
def hold(session, rows):
    """Start a run, and wait until rows are held up."""

    def start(*further):
        run = session.run(rows.document(HELD, further), engine="spark", threads=4)
        wait_until(lambda: any(note.row >= HELD for note in rows.notes()), 240)
        return run

    return start


@pytest.fixture
def only_scan(rows, tmp_path):
    """Whether the run has left nothing beside its input."""
    return lambda: sorted(p.name for p in tmp_path.iterdir()) == ["notes", "rows.h5"]


def test_an_input_that_changes_during_the_run_gives_no_output(hold, rows, only_scan):
    run = hold()
    os.utime(rows.scan, ns=(5, 5))
    rows.go()
    with pytest.raises(DaisyError, match=r"rows\.h5"):
        run.wait(60)
    assert only_scan()


def test_an_input_that_vanishes_is_named(hold, rows, tmp_path):
    run = hold()
    rows.scan.rename(tmp_path / "elsewhere.h5")
    rows.go()
    with pytest.raises(DaisyError, match=r"rows\.h5"):
        run.wait(60)
    assert not rows.output.exists()


def test_two_runs_into_one_output_conflict(hold, rows, own_runs):
    run = hold()
    engine = InProcessEngine(DataStore(), RunOptions(10**6, 1), own_runs)
    load, save = {"inputfile_name": rows.scan}, {"outputfile_name": rows.output}
    engine.initialize(
        {
            "load": {"class_name": "LoadHDF5", "init_paras": load},
            "scale": {"class_name": "ToyScale"},
            "save": {"class_name": "SaveHDF5", "init_paras": save},
        },
        {},
    )

    def script():
        engine["load"].execute(input_path="tomo", output_dataobj="x")
        engine["scale"].execute(input_dataobj="x", output_dataobj="y")
        engine["save"].execute(input_dataobj="y", output_path="y")

    with pytest.raises(RunConflict, match=r"out\.h5"):
        engine.run(RunRequest("second", outputs=()), script)
    rows.go()
    run.wait(60)
    rows.check()


def test_what_is_lost_between_two_stages_is_named_and_made_again_by_resuming(
    hold, rows, own_runs, only_scan, monkeypatch
):
    monkeypatch.setattr(spark_engine, "CARRIED_BYTES", 0)
    run = hold("ToyFrames")
    folder = find_run(own_runs, run.record["id"])
    parts = list(folder.parts.iterdir())
    assert parts
    for part in parts:
        part.unlink()
    rows.go()
    with pytest.raises(DaisyError) as caught:
        run.wait(60)
    assert any(part.name in str(caught.value) for part in parts)
    assert "\n" not in str(caught.value)
    assert only_scan()
    run.resume().wait(60)
    rows.check()


def test_a_full_disk_is_noticed_before_anything_is_computed(on_cluster, own_runs, environment):
    engine = spark_engine.SparkEngine(DataStore(), RunOptions(10**9, 2), own_runs)
    engine.initialize(environment, {})

    def script():
        engine["ToyZeros"].execute(output_dataobj="x", shape=(10**11, 3, 1000))
        engine["scale"].execute(input_dataobj="x", output_dataobj="y")
        engine["save"].execute(input_dataobj="y", output_path="y")

    with pytest.raises(DiskFull, match=r"1200000\.0 GB"):
        engine.run(RunRequest("huge", outputs=()), script)
