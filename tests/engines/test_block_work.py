"""What there is to do for a block can be sent: it takes along what it needs, and no more."""

from dataclasses import replace
from typing import Annotated

import h5py
import numpy as np
import pytest

from daisy_kernel import Algorithm, Input, Output, registry
from daisy_kernel.datastore import DataStore
from daisy_kernel.engines.spark_executor import packed
from daisy_kernel.engines.spark_task import unpacked
from daisy_kernel.engines.threads import ThreadExecutor


class Observed(ThreadExecutor):
    """Keeps the work before and after its blocks were computed."""

    def __init__(self):
        self.works, self.before, self.after, self.told = [], [], [], []

    def run_blocks(self, work, blocks, workers, watch):
        self.works.append((work, blocks))
        self.before.append(packed(work))

        def done(lo, hi, stored):
            self.told.append(stored)
            watch.done(lo, hi, stored)

        super().run_blocks(work, blocks, workers, replace(watch, done=done))
        self.after.append(packed(work))


@registry.add
class ToyDivide(Algorithm):
    """By an image that all blocks need."""

    along = ("angle",)

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("angle", "row", "col")],
        image_dataobj: Annotated[str, Input("row", "col")],
        output_dataobj: Annotated[str, Output("angle", "row", "col")],
    ) -> None:
        self.data[output_dataobj] = self.data[input_dataobj] / self.data[image_dataobj]


class Counting:
    """An image in a file that counts how often it is read."""

    shape, dtype = (6, 7), np.dtype(np.float32)

    def __init__(self):
        self.reads = 0

    def read(self, selection):
        self.reads += 1
        return np.full(self.shape, 2, self.dtype)[selection]

    def identity(self):
        return {"file": "nowhere"}

    def dear_axes(self):
        return ()


@pytest.fixture
def store():
    store = DataStore()
    store.put("x", np.arange(8 * 6 * 7, dtype=np.float32).reshape(8, 6, 7), ("angle", "row", "col"))
    store.put("image", Counting(), ("row", "col"))
    store.put("other", np.zeros((40, 60, 70)), ("angle", "row", "col"))
    return store


@pytest.fixture
def observe(make_engine, run, store):
    """The executor that has run a script."""

    def perform(script, outputs):
        engine = make_engine(store=store)
        engine._executor = Observed()
        run(engine, script, outputs=outputs)
        return engine._executor

    return perform


def divide(e):
    e["ToyDivide"].execute(input_dataobj="x", image_dataobj="image", output_dataobj="y")


def test_a_copy_of_the_work_gives_the_same(observe, store):
    seen = observe(divide, ("y",))
    ((_, blocks),), (sent,) = seen.works, seen.before
    assert len(blocks) > 1
    copy, lines = unpacked(sent), []
    for lo, hi in blocks:
        result = copy.compute(lo, hi, lambda level, line: lines.append(line))
        told = copy.store(lo, hi, result)
        np.testing.assert_array_equal(told.kept["y@0"], store["y"][lo:hi])
        assert told.checksums == {}


def test_what_all_blocks_need_is_read_once_and_does_not_travel(observe, store):
    seen = observe(divide, ("y",))
    ((_, blocks),) = seen.works
    assert store.object("image").value.reads == 1
    assert len(seen.after[0]) == len(seen.before[0])
    copy = unpacked(seen.after[0])
    for block in blocks:
        copy.compute(*block, lambda level, line: None)
    (image,) = (v for v in copy._values.values() if isinstance(v, Counting))
    assert image.reads == 2, "once there, once here before it was sent"


def test_objects_of_other_steps_stay_here(observe, store):
    seen = observe(divide, ("y",))
    assert len(seen.before[0]) < store["x"].nbytes + 10_000 < store["other"].nbytes


def test_a_whole_step_reads_lazily_what_it_declares(observe, store, scan):
    def script(e):
        e["load"].execute(input_path="tomo", output_dataobj="t")
        e["peek"].execute(input_dataobj="t", output_dataobj="top")
        e["whole"].execute(input_dataobj="t", output_dataobj="w")

    seen = observe(script, ("top", "w"))
    assert len(seen.before) == 2
    assert max(map(len, seen.before)) < 10_000, "files are read where the step runs"
    results = {}
    for sent in seen.before:
        results |= unpacked(sent).compute(0, 1, lambda level, line: None)
    with h5py.File(scan) as file:
        stack = file["tomo"][()]
    assert results["top@0"] == stack[:, 0].max()
    np.testing.assert_array_equal(results["w@0"], stack.astype(np.float32) - stack.max())


def test_a_block_is_written_at_its_place_and_told_by_its_checksum(observe, store, output):
    def script(e):
        divide(e)
        e["save"].execute(input_dataobj="y", output_path="y")

    seen = observe(script, ())
    assert len(seen.told) > 1
    assert all(set(told.checksums) == {"y@0#0"} for told in seen.told)
    assert len({told.checksums["y@0#0"] for told in seen.told}) == len(seen.told)
    assert all(told.kept == {} for told in seen.told)
    with h5py.File(output) as file:
        np.testing.assert_array_equal(file["y"][()], store["x"] / 2)
