"""A workflow document is data: it is checked to the last value and can do no harm."""

import json

import pytest

from daisy_kernel.errors import InvalidDocument, InvalidParameter, UnknownName
from daisy_kernel.workflow import DocumentWorkflow, parse_document, read_document
from daisy_kernel.workflow.document import MAX_BYTES, load_json


def test_a_document_reads_back_what_was_written(document, tmp_path):
    path = tmp_path / "toy.daisy.json"
    path.write_text(json.dumps(document))
    read = read_document(path)
    assert read.name == "toy"
    assert parse_document(read.as_json()) == read
    assert json.loads(json.dumps(read.as_json())) == read.as_json()


@pytest.mark.parametrize(
    ("version", "hint"),
    [(2, "update Daisy"), (0, "begins with"), ("1", "begins with"), (None, "begins with")],
)
def test_an_unknown_version_is_refused_with_what_to_do(document, version, hint):
    with pytest.raises(InvalidDocument, match=hint):
        parse_document(document | {"daisy": version})


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ('{"daisy": 1, "name": "a", "name": "b"}', "'name' twice"),
        ('{"daisy": 1, "name": "a", "steps": [{"params": {"x": 1, "x": 2}}]}', "'x' twice"),
        ('{"daisy": 1, "name": "a", "x": NaN}', "NaN"),
        ('{"daisy": 1, "name": "a", "x": -Infinity}', "Infinity"),
        ("[1, 2]", "expected a JSON object"),
        ("{", "not valid JSON"),
        ("", "not valid JSON"),
        ("[" * 100_000 + "]" * 100_000, "not valid JSON"),
    ],
)
def test_text_that_is_no_good_json_is_refused(text, hint):
    with pytest.raises(InvalidDocument, match=hint):
        load_json(text, "this text")


def test_a_document_that_is_nested_too_deeply_is_refused_however_it_comes(document):
    deep = value = {}
    for _ in range(40):
        value["x"] = value = {}
    document["algorithms"]["scale"]["init_paras"] = {"factor": deep}
    with pytest.raises(InvalidDocument, match="nested"):
        parse_document(document)
    with pytest.raises(InvalidDocument, match="nested"):
        parse_document(json.loads(json.dumps(document)))


def test_a_document_that_is_too_large_is_not_even_read(tmp_path):
    path = tmp_path / "large.daisy.json"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(InvalidDocument, match="bytes"):
        read_document(path)


@pytest.mark.parametrize("content", [None, 5, [], "text"])
def test_what_is_no_object_is_refused(content):
    with pytest.raises(InvalidDocument, match="JSON object"):
        parse_document(content)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InvalidDocument, match=r"none\.daisy\.json"):
        read_document(tmp_path / "none.daisy.json")


def test_a_file_that_is_no_text_is_named(tmp_path):
    (tmp_path / "x.daisy.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidDocument, match=r"x\.daisy\.json"):
        read_document(tmp_path / "x.daisy.json")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}, b"x", {"a": 1j}])
def test_a_value_that_is_not_json_is_refused(document, value):
    document["algorithms"]["scale"]["init_paras"]["factor"] = value
    with pytest.raises(InvalidDocument):
        parse_document(document)


@pytest.mark.parametrize(
    ("where", "value", "hint"),
    [
        (("stepz",), [], "stepz"),
        (("name",), None, "name"),
        (("steps", 0, "algorithm"), "laod", "'laod'"),
        (("steps", 0, "workflow"), "other", "either"),
        (("steps", 0), {}, "either"),
        (("steps", 0, "params"), [1], "steps.0.params"),
        (("steps", 0, "code"), "import os", "code"),
        (("algorithms", "load", "module"), "os", "module"),
        (("algorithms", "load", "class"), 7, "class"),
        (("inputs", "scan", "type"), "file", "type"),
        (("steps", 2, "params", "offset"), {"input": "offset"}, "'offset'"),
        (("algorithms", "load", "init_paras", "inputfile_name"), {"input": "scna"}, "'scna'"),
    ],
)
def test_a_mistake_is_named_with_its_place(document, where, value, hint):
    place = document
    for key in where[:-1]:
        place = place[key]
    if value is None:
        del place[where[-1]]
    else:
        place[where[-1]] = value
    with pytest.raises(InvalidDocument) as caught:
        parse_document(document, "mine.daisy.json")
    assert hint in str(caught.value)
    assert "mine.daisy.json" in str(caught.value)


@pytest.mark.parametrize("name", ["os.system", "__import__", "builtins.eval", "../../evil", ""])
def test_a_class_is_looked_up_among_the_registered_ones_and_nowhere_else(document, name, scan):
    document["algorithms"]["peek"]["class"] = name
    with pytest.raises(UnknownName, match="algorithm"):
        DocumentWorkflow(parse_document(document), {"scan": "a", "output": "b"})


def test_an_unknown_parameter_is_refused_before_anything_starts(document, session):
    document["steps"][2]["params"]["offfset"] = 3
    with pytest.raises(UnknownName, match="Did you mean 'offset'"):
        session.run(document, scan="a", output="b")
    assert len(session.runs) == 0


@pytest.mark.parametrize(
    ("inputs", "error", "hint"),
    [
        ({"scan": "a"}, InvalidParameter, "'output'"),
        ({"output": "b"}, InvalidParameter, "HDF5 file"),
        ({"scna": "a"}, UnknownName, "'scan'"),
        ({"scan": "a", "output": "b", "factor": "much"}, InvalidParameter, r"'factor' \[1\]"),
        ({"scan": "a", "output": "b", "factor": "nan"}, InvalidParameter, "'factor'"),
        ({"scan": "a", "output": "b", "size": 2.5}, InvalidParameter, "'size'"),
        ({"scan": "a", "output": "b", "size": 4}, InvalidParameter, "choose one of 1, 2, 3"),
        ({"scan": 5, "output": "b"}, InvalidParameter, "'scan'"),
    ],
)
def test_inputs_are_checked_with_names_units_and_choices(document, inputs, error, hint):
    with pytest.raises(error, match=hint):
        DocumentWorkflow(parse_document(document), inputs)


@pytest.mark.parametrize(
    ("overrides", "hint"),
    [({"scael.factor": 1}, "'scale'"), ({"scale.facter": 1}, "'factor'"), ({"factor": 1}, "step")],
)
def test_an_override_of_what_is_not_there_is_answered_with_what_is(document, overrides, hint):
    with pytest.raises(UnknownName, match=hint):
        DocumentWorkflow(parse_document(document), {"scan": "a", "output": "b"}, overrides)


def test_another_version_of_an_algorithm_is_a_warning(document):
    document["algorithms"]["scale"]["version"] = "0.9"
    with pytest.warns(UserWarning, match=r"version 0\.9 of ToyScale"):
        DocumentWorkflow(parse_document(document), {"scan": "a", "output": "b"})
