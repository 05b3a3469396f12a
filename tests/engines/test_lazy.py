"""Nothing is read that nobody asks for."""

from typing import Annotated

import numpy as np
import pytest

from daisy_kernel import Algorithm, Output, Ref, registry
from daisy_kernel.contracts.declaration import Init
from daisy_kernel.datastore import DataStore


class CountingReference:
    """An array that says how many of its elements were read."""

    def __init__(self, array):
        self.array, self.n_read = array, 0
        self.shape, self.dtype = array.shape, array.dtype

    def read(self, selection):
        part = self.array[selection]
        self.n_read += part.size
        return part.copy()

    def identity(self):
        return {"file": "nowhere"}

    def dear_axes(self):
        return ()


@pytest.fixture
def counted(toys):
    """A scan in the store that counts what is read of it."""
    store = DataStore()
    reference = CountingReference(np.random.default_rng(1).normal(size=(10, 30, 6)))
    store.put("x", reference)
    return store, reference


def test_a_search_on_one_row_reads_one_row(make_engine, run, counted, toys):
    store, reference = counted

    def script(e):
        e["scale"].execute(input_dataobj="x", output_dataobj="y")
        e["peek"].execute(input_dataobj="y", output_dataobj="top")

    record = run(make_engine(store=store), script, outputs=("top",))
    assert reference.n_read == 10 * 1 * 6
    assert record.values["top"] == toys.peek(toys.scale(reference.array))


def test_a_search_behind_a_filter_reads_the_neighbours_too(make_engine, run, counted, toys):
    store, reference = counted

    def script(e):
        e["smooth"].execute(input_dataobj="x", output_dataobj="y", size=2)
        e["pairs"].execute(input_dataobj="y", output_dataobj="y")
        e["peek"].execute(input_dataobj="y", output_dataobj="top")

    record = run(make_engine(store=store), script, outputs=("top",))
    assert reference.n_read == 10 * 4 * 6  # a pair of rows and two neighbours
    expected = toys.peek(toys.pair_rows(toys.smooth(reference.array, 2)))
    assert record.values["top"] == expected


def test_a_search_does_not_force_what_it_searches_into_memory_or_onto_the_disk(
    make_engine, run, counted, toys
):
    store, reference = counted
    events = []

    def script(e):
        e["scale"].execute(input_dataobj="x", output_dataobj="y")
        e["peek"].execute(input_dataobj="y", output_dataobj="top")
        e["scale"].execute(input_dataobj="y", output_dataobj="z", offset=Ref("top"))
        e["save"].execute(input_dataobj="z", output_path="z")

    run(make_engine(store=store, observers=[events.append]), script)
    plan = next(e for e in events if e.kind == "plan").data["items"]
    assert [item["steps"] for item in plan] == [["peek"], ["scale", "scale"]]
    assert reference.n_read == 10 * 1 * 6 + reference.array.size


def test_angles_read_nothing(make_engine, run, counted):
    store, reference = counted

    def script(e):
        e["scale"].execute(input_dataobj="x", output_dataobj="y")
        e["Angles"].execute(input_dataobj="y", output_dataobj="theta")

    run(make_engine(store=store), script, outputs=("theta",))
    assert reference.n_read == 0
    np.testing.assert_allclose(store["theta"], np.arange(10) * np.pi / 10)


def test_loading_reads_nothing(make_engine, run, counted):
    _, reference = counted

    class ToyLoad(Algorithm):
        persistence = "load"
        where: Annotated[str, Init("place")] = "here"

        def execute(self, *, output_dataobj: Annotated[str, Output()]) -> None:
            self.data[output_dataobj] = reference

    registry.add(ToyLoad)
    store = DataStore()
    run(make_engine(store=store), lambda e: e["ToyLoad"].execute(output_dataobj="y"))
    assert store.object("y").kind == "reference"
    assert reference.n_read == 0


@pytest.mark.parametrize("n_row", [1, 5])
def test_what_is_read_lazily_may_be_an_array_or_a_single_row(make_engine, run, toys, n_row):
    stack = np.random.default_rng(2).normal(size=(4, n_row, 3))
    store = DataStore()
    store.put("x", stack)

    def script(e):
        e["scale"].execute(input_dataobj="x", output_dataobj="y")
        e["peek"].execute(input_dataobj="x", output_dataobj="of_array")
        e["peek"].execute(input_dataobj="y", output_dataobj="of_recipe")

    record = run(make_engine(store=store), script, outputs=("of_array", "of_recipe"))
    assert record.values["of_array"] == toys.peek(stack)
    assert record.values["of_recipe"] == toys.peek(toys.scale(stack))


def test_what_cannot_be_had_in_pieces_is_made_first(make_engine, run, toys, counted):
    store, reference = counted

    def script(e):
        e["phase"].execute(input_dataobj="x", output_dataobj="y")  # whole frames only
        e["peek"].execute(input_dataobj="y", output_dataobj="top")

    record = run(make_engine(store=store), script, outputs=("top",))
    assert record.values["top"] == toys.peek(toys.phase(reference.array))


def test_steps_that_nobody_needs_do_not_run(make_engine, run, counted):
    store, reference = counted

    def script(e):
        e["slow"].execute(input_dataobj="x", output_dataobj="y", fail=True)
        e["scale"].execute(input_dataobj="x", output_dataobj="z")

    run(make_engine(store=store), script, outputs=("z",))
    assert store.object("y").kind == "recipe"
    assert reference.n_read == reference.array.size
