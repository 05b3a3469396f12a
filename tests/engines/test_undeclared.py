"""Classes in the style of the paper: no declaration, whole arrays, run where they are recorded."""

import numpy as np
import pytest

from daisy_kernel import Algorithm, Ref, registry
from daisy_kernel.datastore import DataStore
from daisy_kernel.errors import StepFailed, UnknownName


def test_a_class_of_the_paper_runs_unchanged_among_declared_ones(
    make_engine, run, toys, stack, read, output
):
    events = []

    def script(e):
        e["load"].execute(input_path="tomo", output_dataobj="x")
        e["scale"].execute(input_dataobj="x", output_dataobj="a")
        e["twice"].execute(input_dataobj="a", factor=2, output_dataobj="b")
        e["smooth"].execute(input_dataobj="b", output_dataobj="c")
        e["save"].execute(input_dataobj="c", output_path="c")
        e["save"].execute(input_dataobj="b", output_path="b")

    record = run(make_engine(observers=[events.append]), script)
    np.testing.assert_array_equal(read(output, "b"), toys.scale(stack, 4))
    np.testing.assert_array_equal(read(output, "c"), toys.smooth(toys.scale(stack, 4)))
    assert record.document["steps"][2]["params"]["factor"] == 2
    log = [e.data["message"] for e in events if e.kind == "log"]
    assert log == ["twice: initialized", "twice: finalized"]


def test_it_may_work_in_place_without_harm_to_others(make_engine, run):
    store = DataStore()
    store.put("x", np.ones((3, 2)))

    def script(e):
        e["twice"].execute(input_dataobj="x", factor=3, output_dataobj="y")
        e["twice"].execute(input_dataobj="y", factor=5, output_dataobj="z")

    run(make_engine(store=store), script)
    assert [store[name][0, 0] for name in "xyz"] == [1, 3, 15]


def test_it_sees_the_store_as_a_mapping(engine, run, stack):
    seen = {}

    @registry.add
    class ToyLooker(Algorithm):
        def execute(self, name):
            seen["there"] = name in self.data
            seen["missing"] = self.data.get("nothing")
            seen["names"] = sorted(self.data.keys())
            seen["sum"] = self.data[name].sum()
            self.data.update(one=1, two=[1, 2])

    engine.data["other"] = 5
    run(engine, lambda e: (
        e["load"].execute(input_path="tomo", output_dataobj="x"),
        e["ToyLooker"].execute(name="x"),
    ))  # fmt: skip
    assert seen == {
        "there": True, "missing": None, "names": ["other", "x"], "sum": stack.sum(),
    }  # fmt: skip
    np.testing.assert_array_equal(engine.data["two"], [1, 2])


@pytest.mark.parametrize("result", [True, False, None, 7])
def test_what_execute_returns_does_not_matter(engine, run, result):
    @registry.add
    class ToyReturns(Algorithm):
        def execute(self, output_dataobj):
            self.data[output_dataobj] = 1
            return result

    run(engine, lambda e: e["ToyReturns"].execute(output_dataobj="y"))
    assert engine.data["y"] == 1


def test_an_error_in_it_names_step_class_and_line(engine, run):
    @registry.add
    class ToyBreaks(Algorithm):
        def execute(self, input_dataobj):
            raise ArithmeticError("no idea")

    engine.data["x"] = 1
    with pytest.raises(StepFailed) as caught:
        run(engine, lambda e: e["ToyBreaks"].execute(input_dataobj="x"))
    for hint in ("'ToyBreaks' (ToyBreaks)", "ArithmeticError: no idea", "test_undeclared.py:"):
        assert hint in str(caught.value)


def test_an_unknown_input_is_found_before_it_runs(engine, run):
    engine.data["known"] = 1
    with pytest.raises(UnknownName, match="known"):
        run(engine, lambda e: e["twice"].execute(
            input_dataobj="knwon", factor=1, output_dataobj="y"
        ))  # fmt: skip


def test_an_input_that_is_not_given_is_left_to_the_class(engine, run):
    @registry.add
    class ToyOptionalInput(Algorithm):
        def execute(self, output_dataobj, mask_dataobj=None):
            self.data[output_dataobj] = 0 if mask_dataobj is None else 1

    run(engine, lambda e: e["ToyOptionalInput"].execute(output_dataobj="y"))
    assert engine.data["y"] == 0


def test_a_reference_gives_it_the_number(engine, run, stack, toys):
    def script(e):
        e["load"].execute(input_path="tomo", output_dataobj="x")
        e["peek"].execute(input_dataobj="x", output_dataobj="top")
        e["scale"].execute(input_dataobj="x", output_dataobj="a", factor=1)
        e["twice"].execute(input_dataobj="a", factor=Ref("top"), output_dataobj="b")

    record = run(engine, script)
    np.testing.assert_array_equal(engine.data["b"], toys.scale(stack, toys.peek(stack)))
    assert record.document["steps"][-1]["params"]["factor"] == {"ref": "top"}


def test_an_unknown_service_is_answered_with_what_there_is(engine, run):
    @registry.add
    class ToyAsks(Algorithm):
        def initialize(self):
            self.get("Database")

        def execute(self):
            pass

    with pytest.raises(UnknownName, match="Datastore"):
        run(engine, lambda e: e["ToyAsks"].execute())


def test_an_algorithm_outside_of_an_engine_says_so():
    with pytest.raises(RuntimeError, match="not initialised"):
        Algorithm("lonely").LogInfo("hello")
