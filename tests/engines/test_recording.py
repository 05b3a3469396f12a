"""What can be known without computing is an error at the line that is wrong."""

from pathlib import Path
from typing import Annotated, Any

import h5py
import numpy as np
import pytest

from daisy_kernel import Algorithm, Input, Output, PyWorkflow, Ref, Spec, registry
from daisy_kernel.errors import (
    AxesClash,
    DaisyError,
    FileProblem,
    InvalidParameter,
    StepFailed,
    UnknownName,
)


@pytest.fixture
def refused(make_engine, run):
    """Run a script that must fail while it is recorded, before anything is planned."""

    def execute(script, error):
        events = []
        with pytest.raises(error) as caught:
            run(make_engine(observers=[events.append]), script)
        assert not any(event.kind == "plan" for event in events)
        return str(caught.value)

    return execute


def load(engine, name="x"):
    engine["load"].execute(input_path="tomo", output_dataobj=name)


def test_an_unknown_algorithm_is_answered_with_the_nearest(refused):
    message = refused(lambda e: e["scael"].execute(), UnknownName)
    assert "'scael'" in message
    assert "'scale'" in message


def test_an_unknown_class_is_answered_with_the_nearest(make_engine):
    with pytest.raises(UnknownName, match="SaveHDF5"):
        make_engine(save={"class_name": "SaveHDF"})


def test_an_unknown_parameter_is_answered_with_the_nearest(refused):
    def script(e):
        load(e)
        e["scale"].execute(input_dataobj="x", output_dataobj="y", facter=2)

    assert "'factor'" in refused(script, UnknownName)


def test_an_unknown_parameter_in_init_paras_is_answered_with_the_nearest(make_engine):
    with pytest.raises(UnknownName, match="factor"):
        make_engine(scale={"class_name": "ToyScale", "init_paras": {"facter": 2}})


def test_a_misspelt_field_of_the_environment_is_not_ignored(make_engine):
    with pytest.raises(UnknownName, match="init_paras"):
        make_engine(scale={"class_name": "ToyScale", "init_params": {"factor": 2}})


def test_parameters_for_an_algorithm_that_is_not_configured_are_refused(engine, environment):
    with pytest.raises(UnknownName, match="scale"):
        engine.initialize(environment, {"scael": {"factor": 2}})


def test_an_unknown_object_is_answered_with_the_nearest(refused):
    def script(e):
        load(e, "projections")
        e["scale"].execute(input_dataobj="projection", output_dataobj="y")

    assert "'projections'" in refused(script, UnknownName)


def test_a_name_that_is_used_before_it_is_made_is_refused(refused):
    def script(e):
        load(e)
        e["scale"].execute(input_dataobj="y", output_dataobj="z")
        e["scale"].execute(input_dataobj="x", output_dataobj="y")

    assert "'y'" in refused(script, UnknownName)


def test_a_missing_parameter_is_named(refused):
    message = refused(lambda e: e["scale"].execute(output_dataobj="y"), InvalidParameter)
    assert "'input_dataobj'" in message


@pytest.mark.parametrize("factor", ["three", "nan", float("inf"), [1], None])
def test_a_value_of_the_wrong_type_is_refused(refused, factor):
    def script(e):
        load(e)
        e["scale"].execute(input_dataobj="x", output_dataobj="y", factor=factor)

    assert "'factor'" in refused(script, InvalidParameter)


def test_numbers_may_come_as_strings_and_as_numpy_scalars(engine, run, stack):
    def script(e):
        load(e)
        e["scale"].execute(input_dataobj="x", output_dataobj="a", factor="0.5")
        e["scale"].execute(input_dataobj="x", output_dataobj="b", factor=np.float64(0.5))
        e["smooth"].execute(input_dataobj="x", output_dataobj="c", size=np.int64(2))

    run(engine, script)
    np.testing.assert_array_equal(engine.data["a"], stack * np.float32(0.5))
    np.testing.assert_array_equal(engine.data["a"], engine.data["b"])


def test_an_array_as_parameter_is_told_where_it_belongs(refused):
    def script(e):
        load(e)
        e["scale"].execute(input_dataobj="x", output_dataobj="y", factor=np.ones(3))

    assert "data store" in refused(script, InvalidParameter)


def test_another_number_of_dimensions_is_an_error_with_the_shape(refused):
    def script(e):
        load(e)
        e["meanframe"].execute(input_dataobj="x", output_dataobj="frame")
        e["scale"].execute(input_dataobj="frame", output_dataobj="y")

    message = refused(script, AxesClash)
    assert "(13, 8)" in message
    assert "angle, row, col" in message


def test_other_axes_are_an_error_with_both(refused):
    def script(e):
        load(e)
        e["slices"].execute(input_dataobj="x", output_dataobj="s")
        e["scale"].execute(input_dataobj="s", output_dataobj="y")

    message = refused(script, AxesClash)
    assert "slice, angle, col" in message
    assert "angle, row, col" in message


def test_flats_of_another_shape_are_an_error_with_both_shapes(refused):
    def script(e):
        load(e)
        e.data["flats"] = np.ones((2, 12, 8))
        e.data["darks"] = np.ones((2, 13, 8))
        e["Normalize"].execute(
            projs_dataobj="x", flats_dataobj="flats", darks_dataobj="darks", output_dataobj="y"
        )

    message = refused(script, AxesClash)
    assert "(2, 12, 8)" in message
    assert "(11, 13, 8)" in message
    assert "'row'" in message


def test_one_object_cannot_have_two_kinds_of_axes_in_one_step(refused):
    def script(e):
        load(e)
        e["Normalize"].execute(
            projs_dataobj="x", flats_dataobj="x", darks_dataobj="x", output_dataobj="y"
        )

    refused(script, AxesClash)


def test_a_refused_step_leaves_no_trace(engine, run, stack):
    def script(e):
        load(e)
        with pytest.raises(DaisyError):
            e["flipslices"].execute(input_dataobj="x", output_dataobj="y", wrong=1)
        e["meanframe"].execute(input_dataobj="x", output_dataobj="frame")
        with pytest.raises(AxesClash):
            e["scale"].execute(input_dataobj="frame", output_dataobj="y")
        with pytest.raises(AxesClash):  # x must not have become (shot, row, col)
            e["Normalize"].execute(
                projs_dataobj="frame", flats_dataobj="x", darks_dataobj="x", output_dataobj="y"
            )
        e["scale"].execute(input_dataobj="x", output_dataobj="z")
        assert "y" not in e.data

    record = run(engine, script)
    assert [s["algorithm"] for s in record.document["steps"]] == ["load", "meanframe", "scale"]
    np.testing.assert_array_equal(engine.data["z"], stack * np.float32(2))


def test_kwargs_are_refused_because_the_signature_is_the_form():
    class Loose(Algorithm):
        def execute(self, *, input_dataobj: Annotated[str, Input("row")], **options: Any) -> None:
            pass

    with pytest.raises(DaisyError, match=r"\*\*kwargs"):
        registry.add(Loose)


def test_a_reference_to_an_unknown_number_is_refused(refused):
    def script(e):
        load(e)
        e["scale"].execute(input_dataobj="x", output_dataobj="y", factor=Ref("centre"))

    assert "'centre'" in refused(script, UnknownName)


def test_a_reference_instead_of_the_name_of_an_object_is_refused(refused):
    def script(e):
        load(e)
        e["scale"].execute(input_dataobj=Ref("x"), output_dataobj="y")

    assert "'input_dataobj'" in refused(script, InvalidParameter)


def test_a_reference_to_an_array_is_an_error_with_its_shape(engine, run):
    def script(e):
        load(e)
        e["meanframe"].execute(input_dataobj="x", output_dataobj="frame")
        e["scale"].execute(input_dataobj="x", output_dataobj="y", factor=Ref("frame"))

    with pytest.raises(DaisyError, match=r"'frame' has shape \(13, 8\)"):
        run(engine, script, outputs=("y",))


def test_a_reference_takes_the_value_that_an_earlier_step_computes(engine, run, toys, stack):
    def script(e):
        load(e)
        e["peek"].execute(input_dataobj="x", output_dataobj="top")
        e["scale"].execute(input_dataobj="x", output_dataobj="y", factor=Ref("top"))

    record = run(engine, script, outputs=("y",))
    assert record.values == {"top": toys.peek(stack)}
    np.testing.assert_array_equal(engine.data["y"], toys.scale(stack, toys.peek(stack)))


@pytest.mark.parametrize(("known", "expected"), [(3.0, 3.0), (np.nan, -1.0)])
def test_a_number_that_the_file_does_not_tell_counts_as_not_given(engine, run, known, expected):
    class ToyOptional(Algorithm):
        def outputs(self, inputs, params):
            return {"output_dataobj": Spec((), np.dtype(float), ())}

        def execute(
            self, *, output_dataobj: Annotated[str, Output()], size: float | None = None
        ) -> None:
            self.data[output_dataobj] = -1 if size is None else size

    registry.add(ToyOptional)
    engine.data["size"] = known
    run(engine, lambda e: e["ToyOptional"].execute(output_dataobj="y", size=Ref("size")),
        outputs=("y",))  # fmt: skip
    assert engine.data["y"] == expected


def test_the_newest_object_wins_and_older_readers_keep_theirs(engine, run, read, output, stack):
    def script(e):
        load(e)
        e["scale"].execute(input_dataobj="x", output_dataobj="y", factor=3)
        e["scale"].execute(input_dataobj="y", output_dataobj="kept", factor=1)
        e["scale"].execute(input_dataobj="x", output_dataobj="y", factor=5)
        e["scale"].execute(input_dataobj="y", output_dataobj="y", factor=2)
        e["save"].execute(input_dataobj="kept", output_path="kept")
        e["save"].execute(input_dataobj="y", output_path="y")

    run(engine, script)
    np.testing.assert_array_equal(read(output, "kept"), stack * np.float32(3))
    np.testing.assert_array_equal(read(output, "y"), stack * np.float32(10))
    np.testing.assert_array_equal(engine.data["y"], stack * np.float32(10))


def test_a_name_that_was_deleted_starts_anew(engine, run, stack):
    def script(e):
        load(e)
        e["scale"].execute(input_dataobj="x", output_dataobj="y", factor=3)
        e["scale"].execute(input_dataobj="y", output_dataobj="z", factor=1)
        del e.data["y"]
        assert "y" not in e.data
        e["scale"].execute(input_dataobj="x", output_dataobj="y", factor=7)

    run(engine, script, outputs=("z", "y"))
    np.testing.assert_array_equal(engine.data["z"], stack * np.float32(3))
    np.testing.assert_array_equal(engine.data["y"], stack * np.float32(7))


def test_deleting_an_unknown_object_is_answered_with_what_there_is(engine):
    engine.data["first"] = 1
    with pytest.raises(UnknownName, match="first"):
        del engine.data["fist"]


@pytest.mark.parametrize("where", ["load", "script", "store"])
def test_only_numbers_are_data(engine, run, scan, where):
    with h5py.File(scan, "r+") as file:
        file["note"] = "text"
    attempts = {
        "load": lambda: run(
            engine, lambda e: e["load"].execute(input_path="note", output_dataobj="x")
        ),
        "script": lambda: run(engine, lambda e: e.data.update(x=np.array(["a"]))),
        "store": lambda: engine.data.update(x=np.array([None])),
    }
    with pytest.raises(DaisyError):
        attempts[where]()
    assert "x" not in engine.data


def test_a_parameter_that_no_document_can_hold_is_refused(refused):
    def script(e):
        load(e)
        e["twice"].execute(input_dataobj="x", factor=object(), output_dataobj="y")

    assert "'factor'" in refused(script, InvalidParameter)


@registry.add
class ToyInner(PyWorkflow):
    """A workflow that is a step of others."""

    workflow_environment = {"double": {"class_name": "ToyScale"}}  # noqa: RUF012
    algorithms_cfg = {"double": {"factor": 2}}  # noqa: RUF012

    def execute(self, source, result, again=1):
        self.engine["double"].execute(input_dataobj=source, output_dataobj=result)
        for _ in range(again):
            self.engine["ToySmooth"].execute(input_dataobj=result, output_dataobj=result)


@registry.add
class ToyOuter(PyWorkflow):
    """Nests one deeper."""

    workflow_environment = {"inner": {"class_name": "ToyInner"}}  # noqa: RUF012

    def execute(self, source, result):
        self.engine["inner"].execute(source=source, result=result, again=2)


@registry.add
class ToyEndless(PyWorkflow):
    """Contains itself."""

    workflow_environment = {"endless": {"class_name": "ToyEndless"}}  # noqa: RUF012

    def execute(self):
        self.engine["endless"].execute()


@registry.add
class ToyEndlessByAnotherName(PyWorkflow):
    """Contains itself, under its class name."""

    def execute(self):
        self.engine["ToyEndlessByAnotherName"].execute()


def test_workflows_nest_and_run_as_one(make_engine, run, toys, stack, read, output):
    engine = make_engine(outer={"class_name": "ToyOuter"})

    def script(e):
        load(e)
        e["outer"].execute(source="x", result="y")
        e["save"].execute(input_dataobj="y", output_path="y")

    record = run(engine, script)
    expected = toys.smooth(toys.smooth(toys.scale(stack, 2)))
    np.testing.assert_array_equal(read(output, "y"), expected)
    names = [step["algorithm"] for step in record.document["steps"]]
    assert names == [
        "load",
        "outer/inner/double",
        "outer/inner/ToySmooth",
        "outer/inner/ToySmooth",
        "save",
    ]
    assert record.document["algorithms"]["outer/inner/double"]["init_paras"] == {"factor": 2}
    assert engine.algorithm_keys()[-1] == "outer"


@pytest.mark.parametrize("name", ["ToyEndless", "ToyEndlessByAnotherName"])
def test_a_workflow_that_contains_itself_is_refused_with_the_circle(refused, name):
    message = refused(lambda e: e[name].execute(), DaisyError)
    assert "contains itself" in message
    assert message.count(">") >= 1


def test_after_a_refused_nested_workflow_the_outer_one_goes_on(make_engine, run, stack):
    engine = make_engine(inner={"class_name": "ToyInner"})

    def script(e):
        load(e)
        with pytest.raises(UnknownName):
            e["inner"].execute(source="nothing", result="y")
        e["scale"].execute(input_dataobj="x", output_dataobj="y")

    run(engine, script, outputs=("y",))
    np.testing.assert_array_equal(engine.data["y"], stack * np.float32(2))


def test_an_error_in_the_data_names_the_recording_line(engine, run):
    def script(e):
        load(e)
        e["slow"].execute(input_dataobj="x", output_dataobj="y", fail=True)  # this line
        e["scale"].execute(input_dataobj="y", output_dataobj="z")

    with pytest.raises(StepFailed) as caught:
        run(engine, script, outputs=("z",))
    message = str(caught.value)
    lines = Path(__file__).read_text().splitlines()
    line = next(n for n, text in enumerate(lines, 1) if text.endswith("# this line"))
    assert f"test_recording.py:{line}" in message
    assert "'slow' (ToySlow)" in message
    assert "told to fail" in message
    assert "(11, " in message


def test_an_error_of_a_loading_step_is_explained(engine, run):
    def script(e):
        e["load"].execute(input_path="tomography", output_dataobj="x")

    with pytest.raises(FileProblem, match="tomo"):
        run(engine, script)


class ToyLiar(Algorithm):
    """Makes something else than it says."""

    lie = "shape"

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("angle", "row", "col")],
        output_dataobj: Annotated[str, Output("angle", "row", "col")],
    ) -> None:
        if self.lie == "shape":
            self.data[output_dataobj] = self.data[input_dataobj][:1]
        elif self.lie == "type":
            self.data[output_dataobj] = self.data[input_dataobj] * 1j
        elif self.lie == "in place":
            self.data[input_dataobj][:] = 0


@pytest.mark.parametrize(
    ("lie", "hint"),
    [("shape", "(1, 13, 8)"), ("type", "complex128"), ("nothing", "did not make"),
     ("in place", "read-only")],
)  # fmt: skip
def test_a_step_that_does_not_make_what_it_declares_is_named(engine, run, lie, hint):
    registry.add(type("ToyLiar", (ToyLiar,), {"lie": lie}))

    def script(e):
        load(e)
        e["ToyLiar"].execute(input_dataobj="x", output_dataobj="y")

    with pytest.raises(StepFailed) as caught:
        run(engine, script, outputs=("y",))
    assert hint in str(caught.value)


def test_outputs_that_contradict_the_signature_are_refused(engine, run):
    class ToyWrong(ToyLiar):
        def outputs(self, inputs, params):
            return {"output_dataobj": Spec((3,), np.dtype(float), ("angle",))}

    class ToyTypo(ToyLiar):
        def outputs(self, inputs, params):
            return {"output": Spec((3,), np.dtype(float), ("angle",))}

    for wrong in (ToyWrong, ToyTypo):
        registry.add(wrong)
        with pytest.raises(DaisyError, match="mend it"):
            run(engine, lambda e, name=wrong.__name__: (
                load(e), e[name].execute(input_dataobj="x", output_dataobj="y")
            ))  # fmt: skip


class ToyAnything(Algorithm):
    """Takes objects of every shape."""

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input()],
        output_dataobj: Annotated[str, Output()],
    ) -> None:
        self.data[output_dataobj] = self.data[input_dataobj] + 1


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 3, 4, 5)])
def test_an_algorithm_without_axes_takes_every_shape(engine, run, shape):
    registry.add(ToyAnything)
    engine.data["x"] = np.zeros(shape)
    run(engine, lambda e: e["ToyAnything"].execute(input_dataobj="x", output_dataobj="y"),
        outputs=("y",))  # fmt: skip
    np.testing.assert_array_equal(engine.data["y"], np.ones(shape, np.float32))
    assert engine.data["y"].shape == shape


def test_an_input_without_axes_is_passed_whole_even_if_others_named_its_axes(engine, run, stack):
    class ToyAgainst(Algorithm):
        along = ("angle",)

        def execute(
            self,
            *,
            input_dataobj: Annotated[str, Input("angle", "row", "col")],
            all_dataobj: Annotated[str, Input()],
            output_dataobj: Annotated[str, Output("angle", "row", "col")],
        ) -> None:
            everything = self.data[all_dataobj]
            self.data[output_dataobj] = self.data[input_dataobj] - np.float32(everything.max())

    registry.add(ToyAgainst)
    engine.data["all"] = stack

    def script(e):
        load(e)
        e["scale"].execute(input_dataobj="all", output_dataobj="unused")  # names the axes of all
        e["ToyAgainst"].execute(input_dataobj="x", all_dataobj="all", output_dataobj="y")

    run(engine, script, outputs=("y",))
    expected = stack.astype(np.float32) - np.float32(stack.max())
    np.testing.assert_array_equal(engine.data["y"], expected)
