"""The one dispatcher for every operation: nothing but DaisyErrors for nonsense."""

import json
from pathlib import Path

import pytest

from daisy_kernel.errors import DaisyError, InvalidParameter, UnknownName
from daisy_kernel.session import local_session


def test_an_unknown_operation_is_answered_with_the_nearest(service):
    with pytest.raises(UnknownName, match=r"Did you mean 'objects\.list'"):
        service.call("object.list", {})


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("objects.list", {"x": 1}), ("objects.read", {}), ("objects.read", {"name": "x", "y": 1}),
        ("objects.put", {"name": "x", "buffers": [b""]}), ("run.start", {}), ("execute", {}),
        ("run.cancel", {}), ("algorithms.list", {"self": 1}),
    ],
)  # fmt: skip
def test_arguments_that_an_operation_does_not_take_are_refused(service, operation, arguments):
    with pytest.raises(InvalidParameter, match=operation):
        service.call(operation, arguments)


@pytest.mark.parametrize(
    "options",
    [{"gpu": 1}, {"threads": 0}, {"threads": "many"}, {"threads": []}, {"memory": "lots"},
     {"memory": 0}, {"memory": -5}, {"overwrite": "no"}],
)  # fmt: skip
def test_run_options_that_make_no_sense_are_refused(service, slow, options):
    inputs = {"scan": "a", "output": "b"}
    for operation in ("run.start", "workflow.check"):
        with pytest.raises(InvalidParameter):
            service.call(operation, {"workflow": slow, "inputs": inputs, "options": options})


@pytest.mark.parametrize("workflow", [5, None, [], {}, {"daisy": 1}, "nothing", "a/b.daisy.json"])
def test_a_workflow_that_is_none_is_refused(service, workflow):
    with pytest.raises(DaisyError):
        service.call("run.start", {"workflow": workflow})


def test_an_unknown_engine_is_answered_with_what_there_is(service, slow):
    arguments = {"workflow": slow, "inputs": {"scan": "a", "output": "b"}, "engine": "spork"}
    with pytest.raises(UnknownName, match="inprocess"):
        service.call("run.start", arguments)


@pytest.mark.parametrize("operation", ["run.cancel", "run.describe", "run.events", "run.resume"])
def test_an_unknown_run_is_named(service, operation):
    with pytest.raises(UnknownName, match="'20990101'"):
        service.call(operation, {"run": "20990101"})


def test_every_listing_is_json(service, session):
    session["x"] = [1.0, 2.0]
    for operation in ("objects.list", "algorithms.list", "workflows.list", "runs.list"):
        answer, buffers = service.call(operation, {})
        assert not buffers
        json.dumps(answer, allow_nan=False)


def test_algorithms_and_workflows_are_described(session):
    normalize = session.algorithms["Normalize"]
    assert normalize["properties"]["projs_dataobj"]["x-axes"] == ["angle", "row", "col"]
    assert "scan" in session.workflows["tomography"]["inputs"]
    assert "Normalize" in repr(session.algorithms)
    assert "<table>" in session.algorithms._repr_html_()
    with pytest.raises(UnknownName, match="Did you mean 'Normalize'"):
        session.algorithms["Normalise"]


def _nested(depth):
    value = 1
    for _ in range(depth):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ({"workflow": "x" * 10_000_001}, "10000000 bytes"),
        ({"workflow": "toy", "slices": list(range(6_000_000))}, "10000000 bytes"),
        ({"workflow": "toy", "inputs": _nested(50)}, "40 levels"),
        ({"workflow": "toy", "inputs": _nested(50_000)}, "40 levels"),
        ({"workflow": "toy", "engine": "x" * 1001}, "1000 characters"),
        ({"workflow": "toy", "options": {"overwrite": 1}}, "valid boolean"),
        ([], "cannot be"),
    ],
)
def test_what_is_too_large_or_no_message_is_refused_in_one_line(service, arguments, hint):
    with pytest.raises(InvalidParameter, match=hint) as caught:
        service.call("workflow.check", arguments)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 1000
    assert service.call("objects.list", {})[0] == {"objects": []}


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("objects.image", {"name": "x", "index": "3"}),
        ("objects.image", {"name": "x", "axis": 1.0}),
        ("objects.image", {"name": "x", "index": True}),
        ("objects.image", {"name": "x", "bits": 9}),
        ("objects.image", {"name": "x", "low": float("nan")}),
        ("objects.image", {"name": "x", "max_size": 0}),
        ("objects.read", {"name": "x", "selection": [[0]]}),
        ("objects.read", {"name": "x", "selection": [[-1, 1]]}),
        ("objects.read", {"name": "x", "selection": [[0, 1]] * 65}),
        ("objects.read", {"name": ""}), ("run.events", {"run": "x", "limit": 10_001}),
    ],
)  # fmt: skip
def test_values_are_not_bent_until_they_fit(service, operation, arguments):
    with pytest.raises(InvalidParameter, match=operation):
        service.call(operation, arguments)


def test_one_algorithm_and_one_workflow_are_described_by_their_schemas(service):
    found, _ = service.call("algorithms.describe", {"name": "Normalize"})
    assert found["schema"]["properties"]["projs_dataobj"]["x-axes"] == ["angle", "row", "col"]
    found, _ = service.call("workflows.describe", {"name": "tomography"})
    inputs = found["document"]["inputs"]
    assert set(found["schema"]["properties"]) == set(inputs)
    assert found["schema"]["properties"]["scan"]["format"] == "path"
    assert set(found["schema"]["required"]) == {n for n, i in inputs.items() if i.get("required")}
    for operation in ("algorithms.describe", "workflows.describe"):
        with pytest.raises(UnknownName, match="nothing"):
            service.call(operation, {"name": "nothing"})


def test_a_workflow_is_validated_without_its_files(service, slow):
    asked = {"workflow": slow, "inputs": {"scan": "/none/a.h5", "output": "b.h5", "fail": "yes"}}
    valid, _ = service.call("workflow.validate", asked)
    assert valid["inputs"] == {
        "scan": "/none/a.h5", "output": str(Path.cwd() / "b.h5"), "hang": False, "fail": True,
    }  # fmt: skip
    overridden, _ = service.call("workflow.validate", {**asked, "overrides": {"slow.seconds": 0.5}})
    assert "0.5" in json.dumps(overridden["document"])
    for wrong in ({"scan": "a"}, {"scan": "a", "output": "b", "hang": 5}):
        with pytest.raises(DaisyError):
            service.call("workflow.validate", {**asked, "inputs": wrong})


def test_the_latest_runs_are_listed(session, service, slow, scan, tmp_path):
    runs = [session.run(slow, scan=scan, output=tmp_path / f"{i}.h5").wait(20) for i in range(3)]
    for limit, count in ((None, 3), (2, 2), (0, 0)):
        listed = service.call("runs.list", {"limit": limit})[0]["runs"]
        assert len(listed) == count
        assert {r["id"] for r in listed} <= {run.id for run in runs}


def test_a_process_has_one_session():
    assert local_session() is local_session()
