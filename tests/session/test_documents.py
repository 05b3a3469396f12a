"""Documents that somebody edits: opened as they are, saved carefully, diagnosed step by step."""

import json
from pathlib import Path

import pytest

from daisy_kernel.errors import DaisyError, InvalidDocument, OutOfReach, OutputExists
from daisy_kernel.formats import only_within

TEXT = '{ "daisy": 1,\r\n  "name": "mine", "note": "größer" }'
PREDEFINED = Path(__file__).parents[2] / "daisy_kernel" / "workflow" / "predefined"


@pytest.fixture
def ask(service):
    return lambda operation, **arguments: service.call(operation, arguments)[0]


@pytest.fixture
def diagnosed(ask):
    """(step, parameter, class of the error) of all problems."""

    def told(document, **inputs):
        answer = ask("workflow.diagnose", workflow=document, inputs=inputs)
        return [(p["step"], p["parameter"], p["kind"]) for p in answer["problems"]]

    return told


def test_a_document_is_opened_to_the_last_byte_even_if_it_is_not_valid(ask, tmp_path):
    path = tmp_path / "mine.daisy.json"
    path.write_bytes(TEXT.encode())
    opened = ask("documents.open", path=str(path))
    assert (opened["text"], opened["path"]) == (TEXT, str(path))


@pytest.mark.parametrize("content", [b"", b"[1]", b"{", b"\xff\xfe", b'{"a": 1, "a": 2}'])
def test_what_is_no_json_object_is_not_opened(ask, tmp_path, content):
    (tmp_path / "x.daisy.json").write_bytes(content)
    with pytest.raises(InvalidDocument, match=r"x\.daisy\.json"):
        ask("documents.open", path=str(tmp_path / "x.daisy.json"))


def test_a_save_replaces_only_what_it_knows(ask, tmp_path):
    path = tmp_path / "mine.daisy.json"
    saved = ask("documents.save", path=str(path), text=TEXT)
    assert path.read_bytes() == TEXT.encode()
    with pytest.raises(OutputExists, match="already there and is kept"):
        ask("documents.save", path=str(path), text="{}")
    again = ask("documents.save", path=str(path), text="{}", replaces=saved["digest"])
    path.write_text('{"by": "somebody else"}')
    with pytest.raises(OutputExists, match="has changed since it was opened"):
        ask("documents.save", path=str(path), text=TEXT, replaces=again["digest"])
    assert path.read_text() == '{"by": "somebody else"}'
    assert [p.name for p in tmp_path.glob("*.json")] == ["mine.daisy.json"]


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.json", "{}"), (".daisy.json", "{}"), ("a.daisy.json", "[]"), ("a.daisy.json", "{NaN}")],
)
def test_what_is_no_document_is_not_saved(ask, tmp_path, name, text):
    with pytest.raises(InvalidDocument):
        ask("documents.save", path=str(tmp_path / name), text=text)
    assert not (tmp_path / name).exists()


def test_a_save_whose_file_was_removed_meanwhile_writes_it_again(ask, tmp_path):
    path = tmp_path / "mine.daisy.json"
    saved = ask("documents.save", path=str(path), text=TEXT)
    path.unlink()
    ask("documents.save", path=str(path), text="{}", replaces=saved["digest"])
    assert path.read_text() == "{}"


def test_callers_from_outside_open_and_save_within_their_folders_only(ask, tmp_path):
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (outside / "x.daisy.json").write_text("{}")
    (inside / "link.daisy.json").symlink_to(outside / "x.daisy.json")
    with only_within([inside]):
        ask("documents.save", path=str(inside / "x.daisy.json"), text="{}")
        for path in (outside / "x.daisy.json", inside / "link.daisy.json"):
            with pytest.raises(OutOfReach):
                ask("documents.open", path=str(path))
            with pytest.raises(OutOfReach):
                ask("documents.save", path=str(path), text=TEXT, replaces="0" * 64)
    assert (outside / "x.daisy.json").read_text() == "{}"


@pytest.mark.parametrize("path", sorted(PREDEFINED.glob("*.json")), ids=lambda p: p.name)
def test_nothing_is_wrong_with_the_predefined_workflows(ask, path):
    document = json.loads(path.read_text())
    answer = ask("workflow.diagnose", workflow=document)
    required = [n for n, declared in document["inputs"].items() if declared.get("required")]
    assert answer == {"problems": [], "missing": required, "is_planned": False}


def test_every_problem_is_told_at_its_step_and_parameter(diagnosed, slow):
    slow["steps"][0]["params"]["input_path"] = 5
    slow["steps"][1]["params"] |= {"input_dataobj": "nowhere", "colour": "red"}
    slow["algorithms"]["slow"]["init_paras"]["seconds"] = "long"
    slow["algorithms"]["save"]["class"] = "SaveHDF6"
    slow["outputs"] = ["z"]
    assert diagnosed(slow, hang="perhaps", scam="a.h5") == [
        (None, "scam", "UnknownName"),
        (None, "hang", "InvalidParameter"),
        (0, "input_path", "InvalidParameter"),
        (1, "colour", "UnknownName"),
        (1, "input_dataobj", "UnknownName"),
        (1, "seconds", "InvalidParameter"),
        (2, "", "UnknownName"),
        (None, "", "UnknownName"),
    ]


def test_an_object_of_the_store_may_be_read(ask, diagnosed, session, stack):
    document = {
        "daisy": 1,
        "name": "x",
        "algorithms": {"axes": {"class": "Angles"}},
        "steps": [
            {"algorithm": "axes", "params": {"input_dataobj": "stack", "output_dataobj": "theta"}}
        ],
        "outputs": ["theta"],
    }
    assert diagnosed(document) == [
        (0, "input_dataobj", "UnknownName"),
    ]
    session["stack"] = stack
    assert ask("workflow.diagnose", workflow=document)["is_planned"]


def test_a_document_that_does_not_hold_together_is_told_at_the_step_that_breaks_it(diagnosed, slow):
    slow["steps"][1]["params"]["input_dataobj"] = {"input": "elsewhere"}
    assert diagnosed(slow) == [(1, "", "InvalidDocument")]
    slow["steps"].insert(0, {"algorithm": "nobody"})
    assert diagnosed(slow) == [(0, "", "InvalidDocument")]
    assert diagnosed({**slow, "steps": [], "size": 3}) == [(None, "", "InvalidDocument")]
    assert diagnosed({"steps": 5}) == [(None, "", "InvalidDocument")]


def test_with_all_inputs_the_files_are_looked_at_too(ask, slow, scan, tmp_path):
    inputs = {"scan": str(scan), "output": str(tmp_path / "out.h5")}

    def told(**changed):
        return ask("workflow.diagnose", workflow=slow, inputs={**inputs, **changed})

    assert told() == {"problems": [], "missing": [], "is_planned": True}
    absent = told(scan=str(tmp_path / "absent.h5"))
    assert [(p["step"], p["kind"]) for p in absent["problems"]] == [(0, "FileProblem")]
    slow["steps"][0]["params"]["input_path"] = "nothing"
    wrong = told()
    assert wrong["problems"][0]["step"] == 0
    assert "nothing" in wrong["problems"][0]["message"]
    assert list(tmp_path.glob("out*")) == []


def test_a_problem_within_a_sub_workflow_is_told_at_its_step(ask, slow, scan, tmp_path):
    inner = tmp_path / "inner.daisy.json"
    inner.write_text(json.dumps({**slow, "name": "inner"}))
    given = {"scan": str(scan), "output": {"input": "output"}}
    document = {
        "daisy": 1,
        "name": "outer",
        "inputs": {"output": {"type": "path", "required": True}},
        "algorithms": {"again": {"class": "ToySlow"}},
        "steps": [
            {"workflow": str(inner), "params": given},
            {
                "algorithm": "again",
                "params": {"input_dataobj": "y", "output_dataobj": "w"},
            },
            {"workflow": str(inner), "params": {**given, "scan": str(tmp_path / "absent.h5")}},
        ],
    }
    told = ask("workflow.diagnose", workflow=document, inputs={"output": str(tmp_path / "o.h5")})
    assert [(p["step"], p["kind"]) for p in told["problems"]] == [(2, "FileProblem")]
    document["steps"][2]["params"]["speed"] = 3
    told = ask("workflow.diagnose", workflow=document)
    assert [(p["step"], p["kind"]) for p in told["problems"]] == [(2, "UnknownName")]


def test_the_words_are_those_of_the_run(ask, service, slow):
    slow["steps"][1]["params"]["input_dataobj"] = "nowhere"
    slow["steps"] = slow["steps"][1:]
    told = ask("workflow.diagnose", workflow=slow)["problems"][0]["message"]
    inputs = {"scan": "/absent", "output": "/absent/x.h5"}
    with pytest.raises(DaisyError) as refused:
        service.call("workflow.check", {"workflow": slow, "inputs": inputs})
    assert str(refused.value) == told
