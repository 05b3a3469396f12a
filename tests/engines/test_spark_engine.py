"""The engine on Spark, two processes on this machine: the same bits, logs, errors and commands."""

import json
import sys
import time
from types import ModuleType
from typing import Annotated

import h5py
import killable
import numpy as np
import pytest

import daisy_kernel as Daisy
from daisy_kernel import Algorithm, Input, Output, Ref, registry
from daisy_kernel.cli import main
from daisy_kernel.datastore import DataStore, process_store
from daisy_kernel.engines import spark_engine
from daisy_kernel.engines.inprocess import InProcessEngine
from daisy_kernel.engines.spark_context import disconnect
from daisy_kernel.errors import DaisyError, OutOfBudget, StepFailed
from daisy_kernel.session import DirectTransport, Service, Session

pytestmark = [pytest.mark.spark, pytest.mark.slow]


@registry.add
class ToyOfAModule(Algorithm):
    """Of a module that only this process has; says what it does, and fails if told to."""

    along = ("row",)

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("angle", "row", "col")],
        output_dataobj: Annotated[str, Output("angle", "row", "col")],
        fail: bool = False,
    ) -> None:
        x = self.data[input_dataobj]
        self.LogInfo(f"{x.shape[1]} rows")
        if fail:
            raise ZeroDivisionError("the beam was off")
        self.data[output_dataobj] = x * np.float32(2)


@pytest.fixture(scope="module")
def configured(pyspark, tmp_path_factory):
    """A configuration for two processes on this machine, which end with the module."""
    path = tmp_path_factory.mktemp("config") / "config.toml"
    path.write_text('[spark]\nmaster = "local[2]"\n')
    disconnect()
    yield path
    disconnect()


@pytest.fixture
def spark(configured, own_runs, monkeypatch):
    monkeypatch.setenv("DAISY_CONFIG", str(configured))


@pytest.fixture
def session(spark, own_runs):
    return Session(DirectTransport(Service(DataStore(), own_runs)))


@pytest.fixture
def engine_class(spark):
    return spark_engine.SparkEngine


@pytest.fixture
def all_in_files(monkeypatch):
    """Nothing is small enough to be sent."""
    monkeypatch.setattr(spark_engine, "CARRIED_BYTES", 0)


@pytest.fixture
def both(make_engine, own_runs, environment, run):
    """Run a script here and on Spark; the two stores, and what was emitted on Spark."""

    def perform(script, outputs, memory=60_000, put=None):
        stores, events = [], []
        for engine_class in (InProcessEngine, None):
            store = DataStore()
            for name, value in (put or {}).items():
                store.put(name, value, ("angle", "row", "col"))
            options = {"memory": memory, "store": store, "overwrite": True}
            if engine_class is None:
                engine = make_engine(**options, observers=[events.append])
            else:
                engine = InProcessEngine(
                    store, Daisy.RunOptions(memory, 2, overwrite=True), own_runs
                )
                engine.initialize(environment, {})
            run(engine, script, outputs=outputs)
            stores.append(store)
        here, there = stores
        for name in outputs:
            assert here[name].dtype == there[name].dtype
            np.testing.assert_array_equal(here[name], there[name], err_msg=name)
        return there, events

    return perform


def log_of(events):
    return [event.data["message"] for event in events if event.kind == "log"]


def test_a_chain_gives_the_same_bits_in_memory_and_in_files(both, all_in_files, output, read):
    def script(e):
        e["load"].execute(input_path="tomo", output_dataobj="x")
        e["smooth"].execute(input_dataobj="x", output_dataobj="y", size=2)
        e["total"].execute(input_dataobj="y", output_dataobj="n")
        e["meanframe"].execute(input_dataobj="y", output_dataobj="m")
        e["scale"].execute(input_dataobj="y", output_dataobj="y", factor=1e-3, offset=Ref("n"))
        e["phase"].execute(input_dataobj="y", output_dataobj="z")
        e["pairs"].execute(input_dataobj="z", output_dataobj="z")
        e["peek"].execute(input_dataobj="z", output_dataobj="top")
        e["whole"].execute(input_dataobj="z", output_dataobj="w")
        e["slices"].execute(input_dataobj="w", output_dataobj="s")
        e["save"].execute(input_dataobj="s", output_path="s")
        e["save"].execute(input_dataobj="m", output_path="m")

    store, events = both(script, ("n", "m", "y", "z", "top", "w", "s"))
    np.testing.assert_array_equal(read(output, "s"), store["s"])
    np.testing.assert_array_equal(read(output, "m"), store["m"])
    (plan,) = (event.data["items"] for event in events if event.kind == "plan")
    assert sum(item["blocks"] > 3 for item in plan) >= 2


def test_a_class_without_declarations_runs_here(both):
    def script(e):
        e["load"].execute(input_path="tomo", output_dataobj="x")
        e["scale"].execute(input_dataobj="x", output_dataobj="y")
        e["twice"].execute(input_dataobj="y", factor=2, output_dataobj="z")
        e["smooth"].execute(input_dataobj="z", output_dataobj="z")

    _, events = both(script, ("z",))
    assert "twice: initialized" in log_of(events)


def test_an_object_that_is_too_large_to_be_sent_goes_through_a_file(both):
    large = np.random.default_rng(0).normal(size=(60, 50, 1000)).astype(np.float32)
    assert large.nbytes > spark_engine.CARRIED_BYTES

    def script(e):
        e["smooth"].execute(input_dataobj="big", output_dataobj="y", size=1)
        e["whole"].execute(input_dataobj="y", output_dataobj="z")
        e["pairs"].execute(input_dataobj="z", output_dataobj="z")

    _, events = both(script, ("z",), 10**8, {"big": large})
    (plan,) = (event.data["items"] for event in events if event.kind == "plan")
    assert "copied first" in plan[0]["text"]


def test_an_algorithm_of_a_module_and_one_of_the_notebook_go_along(both, stack):
    exec(
        "from typing import Annotated\n"
        "from daisy_kernel import Algorithm, Input, Output, registry\n"
        "OFFSET = 3\n"
        "@registry.add\n"
        "class ToyOfTheNotebook(Algorithm):\n"
        "    along = ('row',)\n"
        "    def execute(self, *, input_dataobj: Annotated[str, Input('angle', 'row', 'col')],\n"
        "                output_dataobj: Annotated[str, Output('angle', 'row', 'col')]) -> None:\n"
        "        self.data[output_dataobj] = self.data[input_dataobj] + OFFSET\n",
        vars(ModuleType("__main__")),
    )

    def script(e):
        e["load"].execute(input_path="tomo", output_dataobj="x")
        e["ToyOfTheNotebook"].execute(input_dataobj="x", output_dataobj="y")
        e["ToyOfAModule"].execute(input_dataobj="y", output_dataobj="z")

    store, events = both(script, ("z",))
    np.testing.assert_array_equal(store["z"], (stack + 3) * np.float32(2))
    lines = log_of(events)
    assert "computes on local[2]" in lines
    rows = [int(line.split()[1]) for line in lines if line.startswith("ToyOfAModule: ")]
    assert sum(rows) == stack.shape[1]


def test_an_error_comes_with_its_block_and_leaves_nothing(make_engine, run, left_over):
    def script(e):
        e["load"].execute(input_path="tomo", output_dataobj="x")
        e["ToyOfAModule"].execute(input_dataobj="x", output_dataobj="y", fail=True)
        e["save"].execute(input_dataobj="y", output_path="y")

    with pytest.raises(StepFailed, match=r"'ToyOfAModule'.*the beam was off") as raised:
        run(make_engine(), script)
    assert "\n" not in str(raised.value)
    (note,) = raised.value.__notes__
    assert note.startswith("On a worker, block ")
    assert ", in execute\nZeroDivisionError: the beam was off" in note
    assert left_over() == []


@registry.add
class ToyIsolatedOnSpark(Algorithm):
    """Computes in a process of its own, wherever its block is."""

    along = ("row",)
    isolated = True

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("angle", "row", "col")],
        output_dataobj: Annotated[str, Output("angle", "row", "col")],
    ) -> None:
        self.data[output_dataobj] = self.data[input_dataobj] + np.float32(1)


def test_an_isolated_algorithm_has_a_process_beside_each_worker(both, stack):
    def script(e):
        e["load"].execute(input_path="tomo", output_dataobj="x")
        e["ToyIsolatedOnSpark"].execute(input_dataobj="x", output_dataobj="y")

    store, _ = both(script, ("y",))
    np.testing.assert_array_equal(store["y"], stack + np.float32(1))


def test_a_cancelled_run_leaves_nothing_of_any_format(session, scan, tmp_path, left_over):
    document = killable.in_folder(killable.FORMATS, tmp_path)
    document["algorithms"]["slow"]["init_paras"]["seconds"] = 0.3
    run = session.run(document, engine="spark", scan=scan, output=tmp_path / "out.h5", memory=10**6)
    deadline = time.monotonic() + 200
    while not any(event["kind"] == "progress" and event["data"]["done"] for event in run.events()):
        assert time.monotonic() < deadline
        assert run.state in ("queued", "running")
        time.sleep(0.05)
    run.cancel()
    with pytest.raises(DaisyError, match="cancelled"):
        run.wait(60)
    assert run.state == "cancelled"
    assert left_over() == []
    from pyspark import SparkContext

    tracker = SparkContext._active_spark_context.statusTracker()
    deadline = time.monotonic() + 60
    while tracker.getActiveStageIds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert left_over() == []


def test_too_little_memory_is_said_before_anything_runs(make_engine, run):
    def script(e):
        e["load"].execute(input_path="tomo", output_dataobj="x")
        e["whole"].execute(input_dataobj="x", output_dataobj="y")

    with pytest.raises(OutOfBudget, match="needs whole arrays"):
        run(make_engine(1000), script, outputs=("y",))


@pytest.fixture
def document(environment):
    """A chain as a document: load, smooth, slices, save."""
    return {
        "daisy": 1,
        "name": "toys",
        "inputs": {
            "scan": {"type": "path"},
            "output": {"type": "path"},
            "size": {"type": "integer"},
        },
        "algorithms": {
            "load": {"class": "LoadHDF5", "init_paras": {"inputfile_name": {"input": "scan"}}},
            "smooth": {"class": "ToySmooth"},
            "volume": {"class": "ToyVolume"},
            "save": {"class": "SaveHDF5", "init_paras": {"outputfile_name": {"input": "output"}}},
        },
        "steps": [
            {"algorithm": "load", "params": {"input_path": "tomo", "output_dataobj": "x"}},
            {
                "algorithm": "smooth",
                "params": {"input_dataobj": "x", "output_dataobj": "y", "size": {"input": "size"}},
            },
            {"algorithm": "volume", "params": {"input_dataobj": "y", "output_dataobj": "v"}},
            {"algorithm": "save", "params": {"input_dataobj": "v", "output_path": "v"}},
        ],
    }


def test_a_session_runs_a_document_on_spark(
    session, document, scan, output, read, toys, stack, own_runs
):
    run = session.run(document, engine="spark", scan=scan, output=output, size=2).wait(120)
    np.testing.assert_array_equal(read(output, "v"), toys.slices(toys.smooth(stack, 2)))
    assert run.record["engine"] == "spark"
    assert run.record["options"]["threads"] == 2


def test_a_workflow_of_the_paper_asks_for_spark_by_its_name(spark, scan, toys, stack):
    sums = []

    class Paper(Daisy.PyWorkflow):
        def execute(self):
            self.engine["load"].execute(input_path="tomo", output_dataobj="x")
            self.engine["smooth"].execute(input_dataobj="x", output_dataobj="y")
            sums.append(self.engine.data["y"].sum())

    workflow = Paper("Paper")
    workflow.initialize(
        workflow_engine="sparkworkflowEngine",
        workflow_environment={
            "load": {"class_name": "LoadHDF5", "init_paras": {"inputfile_name": str(scan)}},
            "smooth": {"class_name": "ToySmooth"},
        },
    )
    try:
        workflow.execute()
        assert sums == [toys.smooth(stack).sum()]
        np.testing.assert_array_equal(workflow.engine.data["y"], toys.smooth(stack))
    finally:
        process_store().clear()


def test_a_command_runs_on_spark(spark, document, scan, output, read, tmp_path, toys, stack):
    path = tmp_path / "toys.daisy.json"
    path.write_text(json.dumps(document))
    words = ["--scan", str(scan), "--output", str(output), "--size", "1"]
    assert main(["run", str(path), "--engine", "spark", *words]) == 0
    np.testing.assert_array_equal(read(output, "v"), toys.slices(toys.smooth(stack, 1)))


def test_a_check_starts_no_spark(spark, document, scan, output, tmp_path, monkeypatch, capsys):
    def connect(*given):
        raise AssertionError("Spark is started")

    monkeypatch.setattr(spark_engine, "connect", connect)
    path = tmp_path / "toys.daisy.json"
    path.write_text(json.dumps(document))
    words = ["--scan", str(scan), "--output", str(output), "--size", "1", "--json"]
    assert main(["check", str(path), "--engine", "spark", *words]) == 0
    plan = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert plan["items"][0]["workers"] == 2


def test_a_sweep_picks_its_slices_here(session, document, scan, tmp_path, toys, stack):
    document["steps"][-1]["algorithm"] = "volume_file"
    document["algorithms"]["volume_file"] = {
        "class": "SaveVolume",
        "init_paras": {"outputfile_name": {"input": "output"}},
    }
    document["steps"][-1]["params"] = {"input_dataobj": "v"}
    swept = tmp_path / "sweep.h5"
    session.sweep(
        document, engine="spark", scan=scan, output=swept, sweep={"size": [1, 2]}, slices=[3, 9]
    ).wait(120)
    with h5py.File(swept) as file:
        found = file["/entry/data/data"][()]
    for i, size in enumerate((1, 2)):
        expected = toys.slices(toys.smooth(stack, size))[[3, 9]]
        np.testing.assert_array_equal(found[i], expected)


def test_other_settings_ask_for_another_kernel(spark, tmp_path, monkeypatch):
    path = tmp_path / "other.toml"
    path.write_text('[spark]\nmaster = "local[1]"\n')
    monkeypatch.setenv("DAISY_CONFIG", str(path))
    engine = spark_engine.SparkEngine(DataStore(), runs=tmp_path / "runs")
    with pytest.raises(DaisyError, match=r"computes on local\[2\] already: restart"):
        engine.initialize({}, {})


def test_spark_that_has_ended_is_started_again(both):
    from pyspark import SparkContext

    SparkContext._active_spark_context.stop()

    def script(e):
        e["load"].execute(input_path="tomo", output_dataobj="x")
        e["smooth"].execute(input_dataobj="x", output_dataobj="y")

    both(script, ("y",))
    assert "pyspark" in sys.modules
