"""The signature of `execute` is the schema."""

import json
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pytest
from pydantic import Field

from daisy_kernel import Advanced, Algorithm, Init, Input, Output, Ref, Unit
from daisy_kernel.errors import DaisyError, InvalidParameter, UnknownName
from daisy_kernel.registry import schema_of


class Filter(Enum):
    RAMP = "ramp"
    HANN = "hann"


class Example(Algorithm):
    """First line.

    More.
    """

    along = ("row",)
    file: Annotated[Path, Init("where it lies")] = Path("scan.h5")
    energy: Annotated[float, Init(), Unit("keV"), Field(gt=0)]

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("angle", "row")],
        mask_dataobj: Annotated[str | None, Input("row")] = None,
        output_dataobj: Annotated[str, Output("angle", "row")] = "result",
        size: Annotated[int, Unit("pixel"), Field(ge=1, description="width")] = 3,
        method: Literal["a", "b"] = "a",
        window: Filter = Filter.RAMP,
        weights: tuple[float, ...] = (1.0, 2.0),
        flag: bool = False,
    ) -> None:
        """Nothing."""


@pytest.fixture
def schema():
    return schema_of(Example)


def test_parameters_have_their_kind_axes_unit_and_description(schema):
    parameters = schema.parameters
    assert list(schema.of_kind("init")) == ["file", "energy"]
    assert list(schema.of_kind("input")) == ["input_dataobj", "mask_dataobj"]
    assert list(schema.of_kind("output")) == ["output_dataobj"]
    assert list(schema.of_kind("value")) == ["size", "method", "window", "weights", "flag"]
    assert parameters["input_dataobj"].axes == ("angle", "row")
    assert parameters["energy"].unit == "keV"
    assert parameters["file"].description == "where it lies"
    assert parameters["size"].description == "width"
    assert parameters["energy"].required
    assert not parameters["size"].required
    assert schema.summary == "First line."
    assert schema.declared


def test_the_schema_is_json(schema):
    described = json.loads(json.dumps(schema.json_schema()))
    properties = described["properties"]
    assert described["required"] == ["energy", "input_dataobj"]
    assert properties["size"] == {
        "type": "integer", "minimum": 1, "default": 3, "x-kind": "value", "x-unit": "pixel",
        "description": "width",
    }  # fmt: skip
    assert properties["file"]["default"] == "scan.h5"
    assert properties["window"]["default"] == "ramp"
    assert properties["method"]["enum"] == ["a", "b"]
    assert properties["mask_dataobj"]["default"] is None
    assert properties["input_dataobj"]["x-axes"] == ["angle", "row"]
    assert described["additionalProperties"] is False


@pytest.mark.parametrize(
    ("name", "given", "parsed"),
    [
        ("energy", "12.4", 12.4),
        ("energy", 12, 12.0),
        ("size", "5", 5),
        ("size", 5.0, 5),
        ("flag", "true", True),
        ("window", "hann", Filter.HANN),
        ("weights", [1, "2"], (1.0, 2.0)),
        ("file", "a/b.h5", Path("a/b.h5")),
        ("mask_dataobj", "mask", "mask"),
    ],
)
def test_values_are_parsed(schema, name, given, parsed):
    values = schema.validate({"energy": 1, "input_dataobj": "x", name: given}, "step")
    assert values[name] == parsed
    assert type(values[name]) is type(parsed)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("energy", "much"), ("energy", 0), ("energy", "-1"), ("energy", float("nan")),
        ("energy", "inf"), ("energy", None), ("size", 0), ("size", 2.5), ("size", "2.5"),
        ("method", "c"), ("window", "x"), ("weights", 3), ("input_dataobj", None),
        ("input_dataobj", 5), ("output_dataobj", ["x"]), ("flag", "maybe"),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_refused_with_name_value_and_unit(schema, name, given):
    with pytest.raises(InvalidParameter) as caught:
        schema.validate({"energy": 1, "input_dataobj": "x", name: given}, "mystep")
    message = str(caught.value)
    assert "'mystep' (Example)" in message
    assert repr(given) in message
    assert f"'{name}'" in message
    if name == "energy":
        assert "[keV]" in message


def test_what_is_missing_and_what_is_unknown_is_named(schema):
    with pytest.raises(InvalidParameter, match="'energy'"):
        schema.validate({"input_dataobj": "x"}, "step")
    with pytest.raises(UnknownName, match="Did you mean 'energy'"):
        schema.validate({"enrgy": 1}, "step")


def test_a_number_may_be_a_reference_but_the_name_of_an_object_may_not(schema):
    given = {"energy": Ref("e"), "input_dataobj": "x"}
    assert schema.validate(given, "step")["energy"] == Ref("e")
    with pytest.raises(InvalidParameter, match="names a data object"):
        schema.validate(given | {"output_dataobj": Ref("y")}, "step")


def test_a_class_of_the_paper_has_a_schema_by_its_names():
    class Paper(Algorithm):
        def execute(self, input_dataobj, theta, output_dataobj, center=3):
            return True

    schema = schema_of(Paper)
    assert not schema.declared
    assert [p.kind for p in schema.parameters.values()] == ["input", "value", "output", "value"]
    assert schema.validate({"input_dataobj": "x", "theta": "t", "output_dataobj": "y"}, "s") == {
        "input_dataobj": "x", "theta": "t", "output_dataobj": "y", "center": 3,
    }  # fmt: skip


@pytest.mark.parametrize("annotation", ["Unknown", np.ndarray, "list[Unknown]"])
def test_an_annotation_that_no_form_can_show_is_named(annotation):
    def execute(self, *, strange):
        pass

    execute.__annotations__ = {"strange": annotation, "x": Annotated[str, Input("row")]}
    wrong = type("Strange", (Algorithm,), {"execute": execute})
    with pytest.raises(DaisyError) as caught:
        schema_of(wrong)
    assert "strange" in str(caught.value) or "Strange" in str(caught.value)
    assert "understood" in str(caught.value) or "form" in str(caught.value)


@pytest.mark.parametrize("kind", ["*values", "**options"])
def test_open_ended_signatures_are_refused(kind):
    namespace: dict[str, Any] = {}
    exec(f"def execute(self, {kind}): pass", namespace)
    with pytest.raises(DaisyError, match="name every parameter"):
        schema_of(type("Open", (Algorithm,), {"execute": namespace["execute"]}))


def test_a_parameter_that_hardly_anybody_changes_says_so():
    class Shift(Algorithm):
        def execute(
            self,
            *,
            input_dataobj: Annotated[str, Input("x")],
            output_dataobj: Annotated[str, Output("x")],
            by: int,
            order: Annotated[int, Advanced()] = 3,
        ):
            pass

    properties = schema_of(Shift).json_schema()["properties"]
    assert properties["order"]["x-level"] == "advanced"
    assert "x-level" not in properties["by"]
