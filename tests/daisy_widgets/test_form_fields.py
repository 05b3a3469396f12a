"""Fields of a form and what is typed into them, without widgets."""

import pytest

from daisy_kernel.errors import DaisyError, InvalidParameter
from daisy_widgets.form_fields import Field, form_fields, inputs_of, missing, parse

SCHEMA = {
    "properties": {
        "scan": {"type": "string", "format": "path", "description": "the file"},
        "center": {"type": "number", "default": None, "x-unit": "pixel"},
        "bits": {"type": "integer", "enum": [32, 16, 8], "default": 32, "x-unit": "bit"},
        "stripes": {"type": "integer", "default": 0},
        "non_negative": {"type": "boolean", "default": False},
        "solid_angle": {"type": "boolean", "default": None},
        "filter": {"type": "string", "enum": ["ramp", "hann"], "default": None},
        "iterations": {"anyOf": [{"minimum": 1, "type": "integer"}, {"type": "null"}]},
        "share": {"type": "number", "exclusiveMinimum": 0, "maximum": 1, "default": 0.5},
        "size": {"type": "integer", "ge": 3, "default": 21},
    },
    "required": ["scan"],
}


@pytest.fixture
def fields():
    return form_fields(SCHEMA)


@pytest.fixture
def by_name(fields):
    return {field.name: field for field in fields}


def test_fields_say_what_the_schema_says(by_name):
    assert by_name["scan"] == Field("scan", help="the file", is_required=True)
    assert by_name["center"] == Field("center", "number", unit="pixel")
    assert by_name["center"].label == "center [pixel]"
    assert by_name["non_negative"].label == "non negative"
    assert (by_name["bits"].kind, by_name["bits"].usual) == ("choice", "32")
    assert by_name["bits"].choices == ("32", "16", "8")
    assert (by_name["non_negative"].kind, by_name["non_negative"].usual) == ("tick", False)
    assert by_name["iterations"].bounds == (("at least", 1),)
    assert by_name["share"].bounds == (("more than", 0), ("at most", 1))
    assert by_name["size"].bounds == (("at least", 3),)


def test_only_what_differs_from_the_usual_is_sent(fields):
    filled = {"scan": " scan.h5 ", "center": "", "bits": "32", "share": "0.5"}
    assert inputs_of(fields, filled) == {"scan": "scan.h5"}
    filled |= {"center": "31.5", "bits": "16", "stripes": "7", "non_negative": True}
    given = inputs_of(fields, filled)
    assert given == {
        "scan": "scan.h5",
        "center": 31.5,
        "bits": 16,
        "stripes": 7,
        "non_negative": True,
    }
    assert [type(given[name]) for name in ("bits", "stripes")] == [int, int]


def test_a_tick_without_default_has_three_answers(fields):
    """Ticked or not would both be an answer, and the kernel's own could never be taken."""
    scan = {"scan": "s"}
    assert inputs_of(fields, scan | {"solid_angle": ""}) == scan
    assert inputs_of(fields, scan | {"solid_angle": "false"}) == scan | {"solid_angle": False}
    assert inputs_of(fields, scan | {"solid_angle": "true"}) == scan | {"solid_angle": True}


def test_what_must_be_filled_is_named(fields):
    assert missing(fields, {"scan": "  "}) == ["scan"]
    with pytest.raises(DaisyError, match=r"^Still needed: scan\.$"):
        inputs_of(fields, {"center": "3"})


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("center", "31,5", "center is '31,5': give a number [pixel]."),
        ("center", "nan", "center is 'nan': give a number [pixel]."),
        ("center", "1e999", "center is '1e999': give a number [pixel]."),
        ("stripes", "2.5", "stripes is '2.5': give a whole number."),
        ("iterations", "0", "iterations is 0: give a whole number, at least 1."),
        ("share", "0", "share is 0: give a number, more than 0."),
        ("share", "1.01", "share is 1.01: give a number, at most 1."),
        ("size", "2", "size is 2: give a whole number, at least 3."),
        ("bits", "12", "bits [bit] cannot be '12': choose 32, 16, 8."),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(by_name, name, typed, said):
    with pytest.raises(InvalidParameter) as caught:
        parse(by_name[name], typed)
    assert str(caught.value) == said


@pytest.mark.parametrize(("typed", "value"), [("1e2", 100), (" 100 ", 100), ("100.0", 100)])
def test_whole_numbers_may_be_written_in_any_way(by_name, typed, value):
    parsed = parse(by_name["iterations"], typed)
    assert (parsed, type(parsed)) == (value, int)


def test_the_bound_itself_is_allowed_where_it_is_meant(by_name):
    assert parse(by_name["share"], "1") == 1
    assert parse(by_name["iterations"], "1") == 1


@pytest.mark.parametrize(
    ("typed", "value"),
    [("2", 2), ("0.5", 0.5), ("true", True), ("[1, 2]", [1, 2]), ("foam", "foam")],
)
def test_a_parameter_without_a_declared_type_gets_what_was_meant(typed, value):
    (field,) = form_fields({"properties": {"again": {"x-kind": "value", "default": 1}}})
    assert inputs_of([field], {"again": typed}) == {"again": value}
    assert inputs_of([field], {"again": "1"}) == {}


def test_every_workflow_and_algorithm_has_a_form_that_sends_nothing_when_left_alone(session):
    """What a form shows as usual must never be sent, and every default must be one that fits."""
    schemas = [
        session.transport.call("workflows.describe", {"name": name})[0]["schema"]
        for name in session.workflows
    ]
    schemas += list(session.algorithms.values())
    assert len(schemas) > 40
    for schema in schemas:
        fields = form_fields(schema)
        assert [f.name for f in fields] == list(schema["properties"])
        free = [f for f in fields if not f.is_required]
        assert inputs_of(free, {f.name: f.usual for f in free}) == {}
        for field in free:
            if field.usual != "":
                assert parse(field, field.usual) == schema["properties"][field.name]["default"]
