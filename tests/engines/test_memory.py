"""Blocks respect the budget; what cannot is refused with both numbers before anything runs."""

import tracemalloc
from typing import Annotated

import h5py
import numpy as np
import pytest

from daisy_kernel import Algorithm, Input, Output, Ref, registry
from daisy_kernel.contracts.run import RunRequest
from daisy_kernel.datastore import DataStore
from daisy_kernel.engines.memory import human
from daisy_kernel.errors import DaisyError, OutOfBudget, UnknownName

N_ANGLE, N_ROW, N_COL = 64, 80, 100
PLANE = 4 * N_ANGLE * N_COL
"""One row of float32 [bytes]."""


@pytest.fixture
def planned(make_engine):
    """The plan of a script on a stack that is never read."""

    def plan(script, memory, threads=2):
        store = DataStore()
        store.put("x", np.broadcast_to(np.float32(1), (N_ANGLE, N_ROW, N_COL)))
        engine = make_engine(memory, threads, store=store)
        return engine.plan(RunRequest("test"), lambda: script(engine))

    return plan


def _by_row(e):
    e["pairs"].execute(input_dataobj="x", output_dataobj="y")
    e["scale"].execute(input_dataobj="y", output_dataobj="z")
    e["save"].execute(input_dataobj="z", output_path="z")


def test_without_need_there_are_four_blocks_per_worker(planned):
    (item,) = planned(_by_row, 10**9)["items"]
    assert (item["axis"], item["blocks"], item["block"], item["workers"]) == ("row", 8, 10, 2)
    # one block of input and one of output are held at a time, by each worker
    assert item["memory"] == 2 * 2 * 10 * PLANE


@pytest.mark.parametrize("rows", [2, 4, 8])
def test_blocks_are_as_large_as_the_memory_allows(planned, rows):
    exactly = 2 * 2 * rows * PLANE
    (item,) = planned(_by_row, exactly)["items"]
    assert (item["block"], item["memory"]) == (rows, exactly)
    (item,) = planned(_by_row, exactly - 1)["items"]
    assert item["memory"] < exactly


def test_the_last_resort_is_one_worker(planned):
    (item,) = planned(_by_row, 2 * 2 * PLANE)["items"]
    assert (item["block"], item["workers"]) == (2, 1)
    with pytest.raises(OutOfBudget) as caught:
        planned(_by_row, 2 * 2 * PLANE - 1)
    assert human(2 * 2 * PLANE) in str(caught.value)
    assert "2 of 80 along row" in str(caught.value)
    assert "pairs > scale" in str(caught.value)


def test_neighbours_count(planned):
    def script(e):
        e["slices"].execute(input_dataobj="x", output_dataobj="unused")
        e["smooth"].execute(input_dataobj="x", output_dataobj="y", size=3)
        e["slices"].execute(input_dataobj="y", output_dataobj="z")
        e["save"].execute(input_dataobj="z", output_path="z")

    (item,) = planned(script, 10**9)["items"]
    assert item["halo"] == 3
    assert item["memory"] == 2 * 2 * (item["block"] + 6) * PLANE


def test_scratch_memory_counts_and_may_depend_on_init_parameters(planned):
    from daisy_kernel import Init

    class ToyScratch(Algorithm):
        along = ("row",)
        copies: Annotated[int, Init("copies")] = 1

        def scratch_bytes(self, inputs, params):
            return self.copies * inputs["input_dataobj"].nbytes

        def execute(
            self,
            *,
            input_dataobj: Annotated[str, Input("angle", "row", "col")],
            output_dataobj: Annotated[str, Output("angle", "row", "col")],
        ) -> None:
            raise AssertionError("this is a plan only")

    registry.add(ToyScratch)

    def script(e):
        e["ToyScratch"].execute(input_dataobj="x", output_dataobj="y", copies=3)
        e["save"].execute(input_dataobj="y", output_path="y")

    (item,) = planned(script, 10**9)["items"]
    assert item["memory"] == 2 * 5 * item["block"] * PLANE


def test_a_whole_step_beyond_the_memory_is_refused_with_both_numbers(planned):
    def script(e):
        e["whole"].execute(input_dataobj="x", output_dataobj="y")
        e["save"].execute(input_dataobj="y", output_path="y")

    needed = 2 * N_ROW * PLANE
    (item,) = planned(script, needed)["items"]
    assert item["memory"] == needed
    with pytest.raises(OutOfBudget) as caught:
        planned(script, needed - 1)
    assert human(needed) in str(caught.value)
    assert "'whole'" in str(caught.value)
    assert "along" in str(caught.value)


def test_a_whole_step_counts_what_is_kept_besides(planned):
    def script(e):
        e["whole"].execute(input_dataobj="x", output_dataobj="y")
        e["whole"].execute(input_dataobj="x", output_dataobj="z")
        e["save"].execute(input_dataobj="y", output_path="y")
        e["save"].execute(input_dataobj="z", output_path="z")

    assert planned(script, 3 * N_ROW * PLANE)["memory"] == 3 * N_ROW * PLANE
    with pytest.raises(OutOfBudget):
        planned(script, 3 * N_ROW * PLANE - 1)


def test_what_is_read_lazily_must_fit_in_pieces(planned):
    def script(e):
        e["pairs"].execute(input_dataobj="x", output_dataobj="y")
        e["peek"].execute(input_dataobj="y", output_dataobj="top")
        e["scale"].execute(input_dataobj="x", output_dataobj="z", offset=Ref("top"))
        e["save"].execute(input_dataobj="z", output_path="z")

    least = 2 * 2 * PLANE + 8
    assert planned(script, least)["items"][0]["steps"] == ["peek"]
    with pytest.raises(OutOfBudget):
        planned(script, least - 1)


def test_results_between_stages_stay_in_memory_if_they_are_small(planned):
    def script(e):
        e["phase"].execute(input_dataobj="x", output_dataobj="p")
        e["pairs"].execute(input_dataobj="p", output_dataobj="y")
        e["save"].execute(input_dataobj="y", output_path="y")

    nbytes = N_ROW * PLANE
    roomy, tight = planned(script, 4 * nbytes), planned(script, 4 * nbytes - 1)
    assert "p in memory" in roomy["items"][0]["text"]
    assert "p in a part file" in tight["items"][0]["text"]
    assert roomy["disk"] == nbytes
    assert tight["disk"] == 2 * nbytes
    assert roomy["outputs"][0]["shape"] == [N_ANGLE, N_ROW, N_COL]


def test_of_two_axes_the_one_that_takes_more_steps_is_cut(planned):
    def script(e):
        e["scale"].execute(input_dataobj="x", output_dataobj="a")
        e["smooth"].execute(input_dataobj="a", output_dataobj="b")
        e["pairs"].execute(input_dataobj="b", output_dataobj="c")
        e["slices"].execute(input_dataobj="c", output_dataobj="d")
        e["flipslices"].execute(input_dataobj="d", output_dataobj="e")
        e["save"].execute(input_dataobj="e", output_path="e")

    (item,) = planned(script, 10**9)["items"]
    assert item["axis"] == "row"
    assert item["steps"] == ["scale", "smooth", "pairs", "slices", "flipslices"]


def test_of_two_axes_the_one_that_is_cheap_to_slice_is_cut(make_engine, scan):
    shape = (64, 64, 64)
    with h5py.File(scan, "w") as file:
        file.create_dataset("tomo", shape, "f4", chunks=(64, 1, 64), compression="gzip")[:] = 1.0
    engine = make_engine(500_000)

    def script():
        engine["load"].execute(input_path="tomo", output_dataobj="x")
        engine["scale"].execute(input_dataobj="x", output_dataobj="y")
        engine["save"].execute(input_dataobj="y", output_path="y")

    (item,) = engine.plan(RunRequest("test"), script)["items"]
    assert item["axis"] == "row"
    assert "copied" not in item["text"]


def test_a_plan_runs_nothing_and_leaves_nothing(planned, make_engine, left_over, toys, own_runs):
    toys.ToySlow.started.clear()

    def script(e):
        e["slow"].execute(input_dataobj="x", output_dataobj="y")
        e["save"].execute(input_dataobj="y", output_path="y")

    assert planned(script, 10**9)["memory"] > 0
    assert not toys.ToySlow.started.is_set()
    assert left_over() == []
    assert list(own_runs.iterdir()) == []


def test_a_plan_can_be_made_twice_with_one_engine(make_engine):
    engine = make_engine()

    def script():
        engine["load"].execute(input_path="tomo", output_dataobj="x")
        engine["scale"].execute(input_dataobj="x", output_dataobj="y")
        engine["save"].execute(input_dataobj="y", output_path="y")

    first = engine.plan(RunRequest("test"), script)
    assert engine.plan(RunRequest("test"), script) == first
    assert list(engine.data) == []


def test_a_step_that_declares_nothing_cannot_be_planned(planned):
    with pytest.raises(DaisyError, match="'twice' declares no axes"):
        planned(
            lambda e: e["twice"].execute(input_dataobj="x", factor=2, output_dataobj="y"), 10**9
        )


def test_an_output_that_nobody_makes_is_refused(engine, run):
    with pytest.raises(UnknownName, match="reco"):
        run(engine, lambda e: e["load"].execute(input_path="tomo", output_dataobj="x"),
            outputs=("reco",))  # fmt: skip


@pytest.mark.parametrize("size", [0, 2])
def test_a_run_really_stays_within_its_memory(make_engine, run, scan, size):
    shape = (64, 200, 100)
    with h5py.File(scan, "w") as file:
        file["tomo"] = np.random.default_rng(0).random(shape, np.float32)

    class ToyFrugal(Algorithm):
        """Uses exactly what it says."""

        along = ("row",)
        halo = {"row": size}  # noqa: RUF012

        def scratch_bytes(self, inputs, params):
            return inputs["input_dataobj"].nbytes

        def execute(
            self,
            *,
            input_dataobj: Annotated[str, Input("angle", "row", "col")],
            output_dataobj: Annotated[str, Output("angle", "row", "col")],
        ) -> None:
            scratch = np.full_like(self.data[input_dataobj], 2)
            self.data[output_dataobj] = self.data[input_dataobj] * scratch

    registry.add(ToyFrugal)

    def script(e):
        e["load"].execute(input_path="tomo", output_dataobj="x")
        for a, b in ("xa", "ab", "by"):
            e["ToyFrugal"].execute(input_dataobj=a, output_dataobj=b)
        e["save"].execute(input_dataobj="y", output_path="y")

    budget = 1_500_000
    engine = make_engine(budget)
    run(make_engine(budget, overwrite=True), script)  # so that nothing is imported below
    engine = make_engine(budget, overwrite=True)
    tracemalloc.start()
    try:
        run(engine, script)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1.15 * budget
    assert peak > 0.4 * budget
