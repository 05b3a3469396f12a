"""Golden messages: what is asked is understood, and answered with exactly these words.

The TypeScript tests of the lab extension read the same files. After a change that is meant,
``DAISY_WRITE_GOLDEN=1 pytest tests/protocol`` writes the answers anew: look at what changed.
"""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from pydantic import TypeAdapter

from daisy_kernel.contracts.events import KernelEvent
from daisy_kernel.contracts.protocol import OPERATIONS, Refusal, Reply, Request
from daisy_kernel.contracts.protocol_runs import EVENT_DATA
from daisy_kernel.errors import DaisyError
from daisy_kernel.session.messages import as_json, parse_arguments

HERE = Path(__file__).parent
GOLDEN = {file.stem: json.loads(file.read_text()) for file in sorted(HERE.glob("*.json"))}
EXCHANGES = {name: golden for name, golden in GOLDEN.items() if "request" in golden}
EVENTS = {name: golden["event"] for name, golden in GOLDEN.items() if "event" in golden}
IS_WRITING = "DAISY_WRITE_GOLDEN" in os.environ


def _bytes(buffer):
    return np.array(buffer["values"], buffer["dtype"]).tobytes()


def _is_part(golden, understood):
    """Whether all that was sent was understood; defaults may have been added to it."""
    if isinstance(golden, dict):
        return all(
            key in understood and _is_part(value, understood[key]) for key, value in golden.items()
        )
    if isinstance(golden, list):
        return len(golden) == len(understood) and all(map(_is_part, golden, understood))
    return golden == understood and isinstance(golden, bool) == isinstance(understood, bool)


@pytest.mark.parametrize("name", EXCHANGES)
def test_a_request_is_answered_with_the_golden_reply(fixed_session, name):
    golden = GOLDEN[name]
    fixed_session.prepare(json.dumps(golden["request"]))
    request = fixed_session.real(golden["request"])
    sent = [_bytes(buffer) for buffer in golden.get("request_buffers", ())]
    reply, buffers = fixed_session.reply_to(request, sent)
    told = json.loads(json.dumps(fixed_session.golden(reply), allow_nan=False))
    if IS_WRITING:
        golden["reply"] = told
        (HERE / f"{name}.json").write_text(json.dumps(golden, indent=2) + "\n")
    assert told == golden["reply"]
    expected = [_bytes(buffer) for buffer in golden.get("reply_buffers", ())]
    assert [bytes(buffer) for buffer in buffers] == expected


@pytest.mark.parametrize("name", EXCHANGES)
def test_a_golden_exchange_is_of_the_protocol_to_the_last_field(name):
    request, reply = GOLDEN[name]["request"], GOLDEN[name]["reply"]
    TypeAdapter(Request).validate_python(request)
    if reply["status"] == "error":
        TypeAdapter(Refusal).validate_python(reply)
        return
    TypeAdapter(Reply).validate_python(reply)
    operation, arguments = request["operation"], request["arguments"]
    understood = as_json(parse_arguments(operation, arguments))
    assert _is_part(arguments, understood)
    result = TypeAdapter(OPERATIONS[operation].result).validate_python(reply["result"])
    assert as_json(result) == reply["result"]
    declared = OPERATIONS[operation]
    assert len(GOLDEN[name].get("request_buffers", ())) == declared.buffers_in
    assert len(GOLDEN[name].get("reply_buffers", ())) == declared.buffers_out


def test_every_operation_has_a_golden_exchange_that_succeeds(fixed_session):
    succeeding = {
        golden["request"]["operation"]
        for golden in EXCHANGES.values()
        if golden["reply"]["status"] == "ok"
    }
    described, _ = fixed_session.service.call("kernel.describe", {})
    assert succeeding == set(OPERATIONS) == set(described["operations"])


@pytest.mark.parametrize("name", EVENTS)
def test_a_golden_event_is_of_the_protocol_to_the_last_field(name):
    event = TypeAdapter(KernelEvent).validate_python(EVENTS[name])
    data = TypeAdapter(EVENT_DATA[event.kind]).validate_python(event.data)
    assert _is_part(event.data, as_json(data))
    assert set(EVENTS[name]) == {"run", "n", "time", "kind", "data", "kernel_n"}


def test_the_events_of_a_session_are_the_golden_ones(fixed_session):
    told = []
    fixed_session.service.events.observers.append(told.append)
    fixed_session.prepare("20261125-120000-00000000")
    fixed_session.store["x"] = 1
    del fixed_session.store["x"]
    plain = TypeAdapter(list[KernelEvent]).dump_python(told, mode="json")
    session = fixed_session.golden(plain)
    if IS_WRITING:
        for name in EVENTS:
            kind = name.removeprefix("event-")
            event = next(e for e in session if e["kind"] == kind)
            (HERE / f"{name}.json").write_text(json.dumps({"event": event}, indent=2) + "\n")
    assert {golden["kind"] for golden in EVENTS.values()} == set(EVENT_DATA)
    for golden in EVENTS.values():
        assert golden in session
    assert [e.kernel_n for e in told] == list(range(told[0].kernel_n, told[-1].kernel_n + 1))
    assert [e.data["change"] for e in told[-2:]] in (["added", "removed"], ["changed", "removed"])


REFUSED = {
    "unknown-operation": "UnknownName",
    "missing-argument": "InvalidParameter",
    "surplus-argument": "InvalidParameter",
    "wrong-type": "InvalidParameter",
    "unknown-object": "UnknownName",
    "surplus-buffer": "InvalidParameter",
    "too-many-bytes": "OutOfBudget",
    "finished-run": "RunConflict",
}


def test_what_is_refused_is_refused_by_a_class_that_clients_know():
    kinds = {
        name.removeprefix("refused-"): golden["reply"]["error"]["kind"]
        for name, golden in EXCHANGES.items()
        if golden["reply"]["status"] == "error"
    }
    assert kinds == REFUSED
    assert set(kinds.values()) <= {kind.__name__ for kind in DaisyError.__subclasses__()}
