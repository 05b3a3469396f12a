"""What nobody saved stays a recipe: it is listed, and computed when it is read."""

import os
import shutil

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daisy_kernel.datastore import DataStore
from daisy_kernel.errors import FileProblem

N_ANGLE, N_ROW, N_COL = 11, 13, 8


@pytest.fixture
def store():
    return DataStore()


def _recipes(e):
    e["load"].execute(input_path="tomo", output_dataobj="x")
    e["scale"].execute(input_dataobj="x", output_dataobj="scaled")
    e["smooth"].execute(input_dataobj="scaled", output_dataobj="smoothed", size=2)
    e["phase"].execute(input_dataobj="smoothed", output_dataobj="phased")
    e["pairs"].execute(input_dataobj="phased", output_dataobj="paired")
    e["total"].execute(input_dataobj="scaled", output_dataobj="total")
    e["slices"].execute(input_dataobj="smoothed", output_dataobj="slices")


@pytest.fixture
def expected(toys, stack):
    scaled = toys.scale(stack)
    smoothed = toys.smooth(scaled, 2)
    phased = toys.phase(smoothed)
    return {
        "x": stack,
        "scaled": scaled,
        "smoothed": smoothed,
        "phased": phased,
        "paired": toys.pair_rows(phased),
        "total": toys.total(scaled),
        "slices": toys.slices(smoothed),
    }


@pytest.mark.parametrize("memory", [12_000, 10**9])
@pytest.mark.parametrize("name", ["scaled", "smoothed", "phased", "paired", "total", "slices"])
def test_a_recipe_read_whole_is_what_plain_numpy_gives(
    make_engine, run, store, expected, name, memory, own_runs
):
    run(make_engine(memory, store=store), _recipes)
    assert store.object(name).kind == "recipe"
    np.testing.assert_array_equal(store[name], expected[name])
    assert not list(own_runs.glob(".reading*"))


@settings(deadline=None, max_examples=40,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(data=st.data())
def test_any_slice_of_a_recipe_is_the_slice_of_the_whole(make_engine, run, expected, data):
    store = DataStore()
    run(make_engine(20_000, store=store), _recipes)
    name = data.draw(st.sampled_from(["scaled", "smoothed", "phased", "paired", "slices"]))
    bounds = [sorted(data.draw(st.tuples(st.integers(0, n), st.integers(0, n))))
              for n in expected[name].shape]  # fmt: skip
    selection = tuple(slice(lo, hi) for lo, hi in bounds)
    found = store.object(name).read(selection)
    np.testing.assert_array_equal(found, expected[name][selection])
    assert found.dtype == np.float32


def test_a_recipe_outlives_later_runs_and_the_end_of_its_workflow(
    make_engine, run, store, toys, stack, scan
):
    engine = make_engine(store=store)
    run(engine, _recipes)
    old = store.object("scaled")
    with h5py.File(scan, "r+") as file:
        file["other"] = stack[::-1].copy()
    run(engine, _recipes_of_other)  # the same names, other data
    engine.finalize()
    with pytest.raises(FileProblem, match="changed"):
        old.read()
    np.testing.assert_array_equal(store["scaled"], toys.scale(stack[::-1], 5))


def _recipes_of_other(e):
    e["load"].execute(input_path="other", output_dataobj="x")
    e["scale"].execute(input_dataobj="x", output_dataobj="scaled", factor=5)


def test_recipes_of_two_runs_do_not_mix(make_engine, run, store, toys, stack, tmp_path, scan):
    copy = tmp_path / "copy.h5"
    shutil.copy(scan, copy)
    engine = make_engine(store=store)
    run(engine, _recipes)
    first = store.object("smoothed")
    other = make_engine(
        store=store,
        load={"class_name": "LoadHDF5", "init_paras": {"inputfile_name": copy}},
        scale={"class_name": "ToyScale", "init_paras": {"factor": 7}},
    )
    run(other, _recipes)
    run(engine, _recipes)
    np.testing.assert_array_equal(first.read(), toys.smooth(toys.scale(stack), 2))
    np.testing.assert_array_equal(store["smoothed"], toys.smooth(toys.scale(stack), 2))


def test_a_recipe_over_a_file_that_has_changed_is_an_error_not_other_numbers(
    make_engine, run, store, scan
):
    run(make_engine(store=store), _recipes)
    with h5py.File(scan, "r+") as file:
        file["tomo"][0] = 0
    os.utime(scan, ns=(1, 1))
    for read in (lambda: store["scaled"], lambda: store.object("scaled").read(_first_row())):
        with pytest.raises(FileProblem, match=r"scan\.h5 changed"):
            read()


def _first_row():
    return (slice(0, N_ANGLE), slice(0, 1), slice(0, N_COL))


@pytest.mark.parametrize("name", ["scaled", "paired", "slices"])
def test_a_recipe_can_be_saved_and_worked_on_by_a_later_run(
    make_engine, run, store, expected, read, output, name
):
    run(make_engine(store=store), _recipes)
    engine = make_engine(30_000, store=store)

    def script(e):
        e["save"].execute(input_dataobj=name, output_path=name)
        if name != "slices":
            e["total"].execute(input_dataobj=name, output_dataobj="sum")
            e["save"].execute(input_dataobj="sum", output_path="sum")

    run(engine, script)
    np.testing.assert_array_equal(read(output, name), expected[name])
    if name != "slices":
        total = expected[name].sum(dtype=float)
        assert read(output, "sum") == pytest.approx(total, rel=1e-9, abs=1e-6)


def test_a_saved_result_is_read_from_its_file(make_engine, run, store, expected, output):
    def script(e):
        _recipes(e)
        e["save"].execute(input_dataobj="paired", output_path="p")

    run(make_engine(12_000, store=store), script)
    held = store.object("paired")
    assert held.kind == "reference"
    assert held.value.identity()["file"] == str(output)
    assert held.axes == ("angle", "row", "col")
    np.testing.assert_array_equal(held.read(), expected["paired"])


def test_what_a_run_keeps_between_its_stages_is_gone_at_its_end(
    make_engine, run, store, expected, own_runs
):
    events = []

    def script(e):
        _recipes(e)
        e["save"].execute(input_dataobj="paired", output_path="p")

    run(make_engine(12_000, store=store, observers=[events.append]), script)
    plan = next(e for e in events if e.kind == "plan").data["items"]
    assert any("phased in a part file" in item["text"] for item in plan)
    assert not [p for p in own_runs.rglob("*") if "part" in p.name]
    assert store.object("phased").kind == "recipe"
    np.testing.assert_array_equal(store["phased"], expected["phased"])


def test_an_output_that_is_too_large_for_the_memory_is_kept_in_a_file_of_the_run(
    make_engine, run, store, expected
):
    engine = make_engine(12_000, store=store)
    run(engine, _recipes, outputs=("smoothed",))
    assert store.object("smoothed").kind == "reference"
    np.testing.assert_array_equal(store["smoothed"], expected["smoothed"])


def test_a_script_that_reads_a_value_computes_it_there(make_engine, run, store, expected):
    seen = {}

    def script(e):
        _recipes(e)
        seen["total"] = e.data["total"]
        e["scale"].execute(input_dataobj="x", output_dataobj="y", factor=float(seen["total"]) / 1e6)

    events = []
    record = run(make_engine(store=store, observers=[events.append]), script)
    assert seen["total"] == expected["total"]
    warnings = [e.data["message"] for e in events
                if e.kind == "log" and e.data["level"] == "warning"]  # fmt: skip
    assert len(warnings) == 1
    assert "total" in warnings[0]
    assert record.document["steps"][-1]["params"]["factor"] == float(expected["total"]) / 1e6


def test_reading_a_value_on_the_way_and_slicing_dear_sources_go_together(
    make_engine, run, store, scan, toys, read, output
):
    stack = np.random.default_rng(3).integers(0, 99, (60, 70, 80)).astype(np.uint16)
    with h5py.File(scan, "w") as file:
        file.create_dataset("tomo", data=stack, chunks=stack.shape, compression="gzip")
    values = []

    def script(e):
        e["load"].execute(input_path="tomo", output_dataobj="x")
        e["scale"].execute(input_dataobj="x", output_dataobj="y")
        e["total"].execute(input_dataobj="y", output_dataobj="total")
        values.append(float(e.data["total"]))
        e["pairs"].execute(input_dataobj="y", output_dataobj="z")
        e["save"].execute(input_dataobj="z", output_path="z")

    events = []
    run(make_engine(200_000, store=store, observers=[events.append]), script)
    copies = [e for e in events if e.kind == "log" and "copied" in e.data["message"]]
    assert copies
    assert values == [pytest.approx(toys.total(toys.scale(stack)))]
    np.testing.assert_array_equal(read(output, "z"), toys.pair_rows(toys.scale(stack)))


def test_a_store_object_that_was_replaced_between_two_runs_is_seen(make_engine, run, store, stack):
    engine = make_engine(store=store)

    def script(e):
        e["total"].execute(input_dataobj="numbers", output_dataobj="sum")

    store.put("numbers", stack)
    run(engine, script, outputs=("sum",))
    store.put("numbers", stack * 2)
    run(engine, script, outputs=("sum",))
    assert store["sum"] == stack.sum() * 2


def test_a_step_outside_of_a_run_runs_at_once(make_engine, store, stack, toys):
    engine = make_engine(store=store)
    engine["load"].execute(input_path="tomo", output_dataobj="x")
    engine["scale"].execute(input_dataobj="x", output_dataobj="y")
    assert store.object("y").kind == "array"
    np.testing.assert_array_equal(engine.data["y"], toys.scale(stack))
    engine["smooth"].execute(input_dataobj="y", output_dataobj="y")
    np.testing.assert_array_equal(store["y"], toys.smooth(toys.scale(stack)))


def test_what_is_set_outside_of_a_run_is_in_the_store_even_if_the_next_run_fails(
    make_engine, run, store
):
    engine = make_engine(store=store)
    engine.data["mask"] = np.ones((3, 4))
    with pytest.raises(KeyError):
        run(engine, lambda e: e["nothing"].execute())
    assert store["mask"].shape == (3, 4)
    assert list(engine.data) == ["mask"]
