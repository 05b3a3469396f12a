"""Blocks that are computed elsewhere: lost, repeated, failed, killed; without Java."""

import errno
import importlib
import threading
import time
from pathlib import Path
from types import ModuleType
from typing import Annotated

import cloudpickle
import numpy as np
import pytest
from elsewhere import Elsewhere

from daisy_kernel import Algorithm, Input, Output, registry
from daisy_kernel.contracts.engine import BlockWatch
from daisy_kernel.datastore import DataStore
from daisy_kernel.engines import spark_executor
from daisy_kernel.engines.spark_executor import packed
from daisy_kernel.errors import Cancelled, DaisyError, StepFailed

InStack = Annotated[str, Input("angle", "row", "col")]
OutStack = Annotated[str, Output("angle", "row", "col")]


def _count(folder):
    return len(list(Path(folder).iterdir()))


@registry.add
class ToyMoody(Algorithm):
    """Of a module that workers do not have; may fail, and counts its blocks in a folder."""

    along = ("row",)

    def execute(
        self,
        *,
        input_dataobj: InStack,
        output_dataobj: OutStack,
        folder: str = "",
        fail: str = "",
    ) -> None:
        x = self.data[input_dataobj]
        self.LogInfo("computes")
        if folder:
            (Path(folder) / str(_count(folder))).touch(exist_ok=False)
        if fail == "data":
            raise ZeroDivisionError("the beam was off")
        if fail == "machine" and _count(folder) < 3:
            raise OSError(errno.EIO, "Input/output error")
        if fail == "always":
            raise OSError(errno.EIO, "Input/output error")
        self.data[output_dataobj] = x * np.float32(2)


def chain(e):
    e["load"].execute(input_path="tomo", output_dataobj="x")
    e["smooth"].execute(input_dataobj="x", output_dataobj="y", size=2)
    e["total"].execute(input_dataobj="y", output_dataobj="n")
    e["phase"].execute(input_dataobj="y", output_dataobj="y")
    e["whole"].execute(input_dataobj="y", output_dataobj="z")
    e["twice"].execute(input_dataobj="z", factor=3, output_dataobj="z")
    e["slices"].execute(input_dataobj="z", output_dataobj="s")
    e["save"].execute(input_dataobj="s", output_path="s")
    e["save"].execute(input_dataobj="y", output_path="y")


def moody(**params):
    def script(e):
        e["load"].execute(input_path="tomo", output_dataobj="x")
        e["ToyMoody"].execute(input_dataobj="x", output_dataobj="y", **params)
        e["save"].execute(input_dataobj="y", output_path="y")

    return script


@pytest.fixture
def options():
    return {}


@pytest.fixture
def context(options):
    """What the executor takes for Spark."""
    return Elsewhere(**options)


@pytest.fixture
def engine_class(engine_elsewhere, context):
    return engine_elsewhere(context)


def check(toys, stack, read, output):
    y = toys.phase(toys.smooth(stack, 2))
    np.testing.assert_array_equal(read(output, "y"), y)
    np.testing.assert_array_equal(read(output, "s"), toys.slices(toys.whole(y) * 3))


@pytest.mark.parametrize("options", [{"seed": 3, "losses": 0.7}])
def test_blocks_that_are_lost_or_come_twice_change_nothing(
    make_engine, run, toys, stack, read, output, context
):
    events = []
    record = run(make_engine(4 * 10**4, observers=[events.append]), chain, outputs=("n",))
    check(toys, stack, read, output)
    assert record.values["n"] == pytest.approx(toys.total(toys.smooth(stack, 2)), rel=1e-9)
    assert min(context.counts.values()) > 0
    progress = [e.data for e in events if e.kind == "progress"]
    assert all(p["done"] <= p["blocks"] for p in progress)


@pytest.mark.parametrize("options", [{"seed": 1, "child": True}])
def test_another_process_knows_the_algorithms_of_no_package(
    make_engine, run, toys, stack, read, output
):
    def script(e):
        chain(e)
        e["ToyMoody"].execute(input_dataobj="y", output_dataobj="m")
        e["save"].execute(input_dataobj="m", output_path="m")

    run(make_engine(6 * 10**4), script)
    check(toys, stack, read, output)
    np.testing.assert_array_equal(read(output, "m"), 2 * read(output, "y"))


@pytest.mark.parametrize("options", [{"child": True}])
def test_a_class_of_a_notebook_goes_with_the_work(make_engine, run, stack, read, output):
    main = ModuleType("__main__")
    exec(
        "from typing import Annotated\n"
        "from daisy_kernel import Algorithm, Input, Output, registry\n"
        "OFFSET = 3\n"
        "@registry.add\n"
        "class ToyOfNotebook(Algorithm):\n"
        "    along = ('row',)\n"
        "    def execute(self, *, input_dataobj: Annotated[str, Input('angle', 'row', 'col')],\n"
        "                output_dataobj: Annotated[str, Output('angle', 'row', 'col')]) -> None:\n"
        "        self.data[output_dataobj] = self.data[input_dataobj] + OFFSET\n",
        vars(main),
    )

    def script(e):
        e["load"].execute(input_path="tomo", output_dataobj="x")
        e["ToyOfNotebook"].execute(input_dataobj="x", output_dataobj="y")
        e["save"].execute(input_dataobj="y", output_path="y")

    run(make_engine(), script)
    np.testing.assert_array_equal(read(output, "y"), stack + 3)


@pytest.mark.parametrize("options", [{"child": True}])
def test_modules_beside_a_script_go_along_with_those_that_they_import(
    make_engine, run, stack, read, output, tmp_path, monkeypatch
):
    (tmp_path / "my_numbers.py").write_text("OFFSET = 3\ndef offset():\n    return OFFSET\n")
    (tmp_path / "my_names.py").write_text("def factor():\n    return 2\n")
    (tmp_path / "my_filters.py").write_text(
        "from typing import Annotated\n"
        "import my_names\n"
        "from my_numbers import offset\n"
        "from daisy_kernel import Algorithm, Input, Output, registry\n"
        "@registry.add\n"
        "class ToyOfScript(Algorithm):\n"
        "    along = ('row',)\n"
        "    def execute(self, *, input_dataobj: Annotated[str, Input('angle', 'row', 'col')],\n"
        "                output_dataobj: Annotated[str, Output('angle', 'row', 'col')]) -> None:\n"
        "        x = self.data[input_dataobj]\n"
        "        self.data[output_dataobj] = x * my_names.factor() + offset()\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    importlib.import_module("my_filters")

    def script(e):
        e["load"].execute(input_path="tomo", output_dataobj="x")
        e["ToyOfScript"].execute(input_dataobj="x", output_dataobj="y")
        e["save"].execute(input_dataobj="y", output_path="y")

    run(make_engine(), script)
    np.testing.assert_array_equal(read(output, "y"), stack * 2 + 3)


@pytest.mark.parametrize("options", [{"seed": seed, "losses": 0.9} for seed in range(5)])
def test_an_error_arrives_even_if_what_told_it_was_lost(make_engine, run):
    with pytest.raises(StepFailed, match="the beam was off"):
        run(make_engine(), moody(fail="data"))


@pytest.mark.parametrize("options", [{"seed": 2, "losses": 0.7}])
def test_each_line_of_the_log_comes_once_per_block(make_engine, run, context):
    events = []
    run(make_engine(observers=[events.append]), moody())
    lines = [e.data["message"] for e in events if e.kind == "log"]
    (blocks,) = {e.data["blocks"] for e in events if e.kind == "progress"}
    assert lines == ["ToyMoody: computes"] * blocks
    assert context.counts["twice"] + context.counts["lost after"] > 0


@pytest.mark.parametrize("options", [{"losses": 0}, {"losses": 0, "child": True}])
def test_an_error_of_the_data_arrives_at_once_and_leaves_nothing(
    make_engine, run, tmp_path, left_over
):
    folder = tmp_path / "blocks"
    folder.mkdir()
    with pytest.raises(StepFailed, match=r"'ToyMoody'.*the beam was off") as raised:
        run(make_engine(), moody(folder=str(folder), fail="data"))
    (note,) = raised.value.__notes__
    assert note.startswith("On a worker, block ")
    assert ", in execute\nZeroDivisionError: the beam was off" in note
    assert len(list(folder.iterdir())) == 1, "the other blocks are left alone"
    assert left_over() == ["blocks"]


@pytest.mark.parametrize("options", [{"losses": 0}])
def test_an_error_of_the_machine_is_repeated(make_engine, run, stack, read, output, tmp_path):
    folder = tmp_path / "blocks"
    folder.mkdir()
    run(make_engine(), moody(folder=str(folder), fail="machine"))
    np.testing.assert_array_equal(read(output, "y"), np.float32(2) * stack)


@pytest.mark.parametrize("options", [{"losses": 0}])
def test_what_fails_on_every_attempt_fails_the_run(make_engine, run, left_over):
    with pytest.raises(StepFailed, match=r"on every attempt: .*Input/output error"):
        run(make_engine(), moody(fail="always"))
    assert left_over() == []


@pytest.mark.parametrize("options", [{"losses": 0, "child": True}])
def test_another_process_with_other_versions_ends_the_run_at_once(
    make_engine, run, left_over, monkeypatch
):
    """As a machine that came after the test of the workers."""
    monkeypatch.setattr(spark_executor, "installed_versions", lambda: {"numpy": "1.26.0"})
    with pytest.raises(DaisyError, match=r"(?s)python_env.*\nnumpy +1\.26\.0"):
        run(make_engine(), moody())
    assert left_over() == []


def test_no_file_that_stops_a_job_is_left(make_engine, run, own_runs):
    run(make_engine(), moody())
    with pytest.raises(StepFailed):
        run(make_engine(overwrite=True), moody(fail="data"))
    assert list(own_runs.glob(".stop-*")) == []


def test_what_is_large_is_not_sent(make_engine, run, context):
    store = DataStore()
    store.put("x", np.zeros((50, 60, 70), np.float32), ("angle", "row", "col"))

    def script(e):
        e["scale"].execute(input_dataobj="x", output_dataobj="y", offset=2)
        e["whole"].execute(input_dataobj="y", output_dataobj="z")

    run(make_engine(store=store), script, outputs=("z",))
    assert len(context.packages) == 2
    assert max(context.packages) < 50_000


def test_what_cannot_be_sent_is_named():
    class Work:
        def __init__(self):
            self.lock = threading.Lock()

    with pytest.raises(StepFailed, match=r"cannot be sent to the workers \(.*lock"):
        packed(Work())


def test_packing_leaves_the_pickling_of_others_as_it_was():
    before = cloudpickle.list_registry_pickle_by_value()
    packed(1)
    assert cloudpickle.list_registry_pickle_by_value() == before


class Slow:
    """Takes a while over every block."""

    def compute(self, lo, hi, log):
        time.sleep(0.005)
        return lo

    def store(self, lo, hi, result):
        return result


def test_a_run_that_is_cancelled_raises_and_hears_of_no_more_blocks(engine_class, own_runs):
    heard, before = [], threading.enumerate()

    def poll():
        if heard:
            raise Cancelled("The run was cancelled.")

    watch = BlockWatch(lambda lo, hi, told: heard.append(lo), poll, lambda level, line: None)
    executor = engine_class(DataStore(), runs=own_runs)._executor
    with pytest.raises(Cancelled):
        executor.run_blocks(Slow(), [(i, i + 1) for i in range(500)], 2, watch)
    assert 0 < len(heard) < 500
    assert set(threading.enumerate()) <= set(before), "the thread of the job has ended"
