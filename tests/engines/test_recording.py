"""What can be known without computing is an error at the line that is wrong."""

from typing import Annotated, Any

import numpy as np
import pytest

from daisy_kernel import Algorithm, Input, Output, Ref, Spec, registry
from daisy_kernel.errors import (
    AxesClash,
    DaisyError,
    InvalidParameter,
    UnknownName,
)


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
