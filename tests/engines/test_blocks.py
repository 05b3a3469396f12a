"""Cutting must not show: neighbours, groups and layouts in memory."""

import itertools
import threading
import time
from typing import Annotated

import numpy as np
import pytest

from daisy_kernel import Algorithm, Input, Output, registry
from daisy_kernel.contracts.engine import BlockWatch
from daisy_kernel.datastore import DataStore
from daisy_kernel.engines.planner import partition
from daisy_kernel.engines.threads import ThreadExecutor


@pytest.mark.parametrize("order", list(itertools.permutations(["smooth", "pairs", "smooth2"])))
@pytest.mark.parametrize("n_row", [13, 14])
def test_neighbours_and_groups_in_one_stage(make_engine, run, toys, order, n_row):
    stack = np.random.default_rng(n_row).normal(size=(3, n_row, 2)).astype(np.float32)
    plain = {
        "smooth": toys.smooth,
        "pairs": toys.pair_rows,
        "smooth2": lambda x: toys.smooth(x, 2),
    }
    expected = stack
    for name in order:
        expected = plain[name](expected)
    store, events = DataStore(), []
    store.put("x", stack)

    def script(e):
        for name in order:
            size = {"size": 2} if name == "smooth2" else {}
            e[name.rstrip("2")].execute(input_dataobj="x", output_dataobj="x", **size)

    whole = 2 * stack.nbytes
    engine = make_engine(2 * whole - 1, threads=2, store=store, observers=[events.append])
    run(engine, script, outputs=("x",))
    np.testing.assert_array_equal(store["x"], expected)
    (item,) = next(e for e in events if e.kind == "plan").data["items"]
    assert item["blocks"] > 1


def test_a_reduction_never_counts_a_neighbour_twice(make_engine, run, toys, stack):
    def script(e):
        e["load"].execute(input_path="tomo", output_dataobj="x")
        e["smooth"].execute(input_dataobj="x", output_dataobj="y", size=3)
        e["pairs"].execute(input_dataobj="y", output_dataobj="y")
        e["total"].execute(input_dataobj="y", output_dataobj="sum")

    expected = toys.total(toys.pair_rows(toys.smooth(stack, 3)))
    found = {
        run(make_engine(memory, threads=threads), script, outputs=("sum",)).values["sum"]
        for memory in (9_000, 12_000, 20_000, 10**9)
        for threads in (1, 2, 3)
    }
    assert len(found) == 1  # the same bits for every block size and number of threads
    assert found.pop() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("order", ["C", "F"])
def test_an_algorithm_always_gets_contiguous_arrays_that_it_cannot_change(make_engine, run, order):
    seen = []

    @registry.add
    class ToyFlags(Algorithm):
        along = ("row",)

        def execute(
            self,
            *,
            input_dataobj: Annotated[str, Input("angle", "row", "col")],
            other_dataobj: Annotated[str, Input("col")],
            output_dataobj: Annotated[str, Output("angle", "row", "col")],
        ) -> None:
            for name in (input_dataobj, other_dataobj):
                flags = self.data[name].flags
                seen.append((flags.c_contiguous, flags.writeable, type(self.data[name])))
            self.data[output_dataobj] = self.data[input_dataobj]

    store = DataStore()
    store.put("x", np.asarray(np.arange(360.0).reshape(5, 12, 6), order=order))
    store.put("v", np.arange(12.0)[::2])
    run(make_engine(3_000, store=store), lambda e: e["ToyFlags"].execute(
        input_dataobj="x", other_dataobj="v", output_dataobj="y"), outputs=("y",))  # fmt: skip
    assert set(seen) == {(True, False, np.ndarray)}
    np.testing.assert_array_equal(store["y"], store["x"])
    assert store["x"].flags.writeable


def test_an_axis_on_which_input_and_output_differ_in_length_is_not_cut(make_engine, run):
    @registry.add
    class ToyBin(Algorithm):
        """Two angles become one; only rows can be cut, whatever the class says."""

        along = ("angle", "row")

        def outputs(self, inputs, params):
            n, *rest = inputs["input_dataobj"].shape
            from daisy_kernel import Spec

            axes = ("angle", "row", "col")
            return {"output_dataobj": Spec((n // 2, *rest), np.dtype(np.float32), axes)}

        def execute(
            self,
            *,
            input_dataobj: Annotated[str, Input("angle", "row", "col")],
            output_dataobj: Annotated[str, Output("angle", "row", "col")],
        ) -> None:
            x = self.data[input_dataobj]
            self.data[output_dataobj] = x[::2] + x[1::2]

    store, events = DataStore(), []
    stack = np.arange(6 * 8 * 3, dtype=np.float32).reshape(6, 8, 3)
    store.put("x", stack)
    engine = make_engine(800, store=store, observers=[events.append])
    run(engine, lambda e: e["ToyBin"].execute(input_dataobj="x", output_dataobj="y"),
        outputs=("y",))  # fmt: skip
    np.testing.assert_array_equal(store["y"], stack[::2] + stack[1::2])
    assert next(e for e in events if e.kind == "plan").data["items"][0]["axis"] == "row"


@pytest.mark.parametrize(("length", "block"), [(0, 3), (1, 3), (7, 3), (9, 3), (9, 100)])
def test_blocks_cover_everything_once(length, block):
    covered = [i for lo, hi in partition(length, block) for i in range(lo, hi)]
    assert covered == list(range(length))


class Work:
    """Computes as it is told, and stores nothing."""

    def __init__(self, compute):
        self.compute = compute

    def store(self, lo, hi, result):
        return result


def test_no_more_blocks_are_in_work_than_allowed_and_done_is_called_one_at_a_time():
    lock, working, most, in_done = threading.Lock(), [0], [0], []

    def compute(lo, hi, log):
        with lock:
            working[0] += 1
            most[0] = max(most[0], working[0])
        time.sleep(0.002)
        with lock:
            working[0] -= 1
        return lo * 10

    def done(lo, hi, result):
        in_done.append(threading.active_count())
        assert result == lo * 10
        assert not entered.locked()
        with entered:
            time.sleep(0.001)

    entered = threading.Lock()
    watch = BlockWatch(done, lambda: None, print)
    ThreadExecutor().run_blocks(Work(compute), partition(20, 1), 3, watch)
    assert len(in_done) == 20
    assert most[0] <= 3


def test_an_error_while_a_block_is_kept_stops_everything():
    def done(lo, hi, result):
        raise OSError("disk is gone")

    computed = []
    work = Work(lambda lo, hi, log: computed.append(lo))
    watch = BlockWatch(done, lambda: None, print)
    with pytest.raises(OSError, match="disk is gone"):
        ThreadExecutor().run_blocks(work, partition(50, 1), 2, watch)
    assert len(computed) <= 4
