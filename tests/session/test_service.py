"""The one dispatcher for every operation: nothing but DaisyErrors for nonsense."""

import json

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


def test_a_process_has_one_session():
    assert local_session() is local_session()
