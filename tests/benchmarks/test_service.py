"""The benchmark of the kernel as a service: rows of every door, answers compared, claims."""

import json
import os
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.records import Row
from benchmarks.report import markdown
from benchmarks.service import Plan, service, service_claims
from benchmarks.service.loads import LOADS
from benchmarks.service.questions import Question, rows_of

DOORS = ("Daisy, ZMQ control", "Daisy, ZMQ comm", "Daisy, WebSocket with extension")
CASES = ("round trip", "read 1 MB", "read 4 MB")


@pytest.fixture(scope="module")
def report():
    return service(Plan(repeats=2, budget=20.0), loads=("idle", "Python loop in a cell"))


@pytest.mark.kernel
def test_every_door_answers_every_question_whatever_the_kernel_does(report):
    found = {(row.case, row.who) for row in report.rows}
    loads = ("idle", "Python loop in a cell")
    expected = {(f"{c}, {load}", who) for c in CASES for load in loads for who in DOORS}
    expected |= {(f"{c}, idle", "Daisy, WebSocket without extension") for c in CASES}
    assert found == expected
    for row in report.rows:
        assert 0 < row.seconds <= row.p95
        assert row.n == row.repeats == 2
    sizes = {row.case.split(",")[0]: row.bytes for row in report.rows}
    assert sizes == {"round trip": 0, "read 1 MB": 2**20, "read 4 MB": 2**22}


@pytest.mark.kernel
def test_claims_follow_from_the_rows_of_the_json_alone(report):
    content = json.loads(report.as_json())
    rows = [Row(**row) for row in content["rows"]]
    assert [claim.as_json() for claim in service_claims(rows)] == content["claims"]
    assert len(content["claims"]) == 7
    for claim in report.claims:
        assert claim.claim in markdown(report)


def a_row(**changes) -> Row:
    row = Row(
        case="round trip, idle",
        who="Daisy, ZMQ control",
        seconds=0.004,
        error=0.0,
        threads=1,
        n=10,
        bytes=0,
        peak_memory=0,
        p95=0.006,
    )
    return replace(row, **changes)


@pytest.mark.parametrize(
    ("changes", "limit_ms"),
    [
        ({}, 5),
        ({"who": "Daisy, ZMQ comm", "case": "round trip, our run"}, 15),
        ({"case": "round trip, Python loop in a cell"}, 60),
        ({"case": "read 4 MB, idle"}, 15),
        ({"who": "Daisy, WebSocket with extension"}, 5),
    ],
)
def test_a_claim_holds_up_to_its_limit(changes, limit_ms):
    for milliseconds, holds in ((limit_ms - 0.1, True), (limit_ms + 0.1, False)):
        (claim,) = service_claims([a_row(**changes, seconds=milliseconds / 1e3)])
        assert claim.value == pytest.approx(milliseconds)
        assert claim.holds is holds


@pytest.mark.parametrize("case", ["read 1 MB, idle", "read 4 MB, our run"])
def test_what_nobody_promised_is_no_claim(case):
    assert service_claims([a_row(case=case)]) == []


def test_every_load_is_one_that_claims_know():
    for load in LOADS:
        assert service_claims([a_row(case=f"round trip, {load}")])


class FakeDoor:
    name = "fake"

    def __init__(self, wrong=False):
        self.wrong, self.asked = wrong, []

    def ask(self, operation, arguments):
        self.asked.append(operation)
        if operation == "kernel.events":
            return {"events": []}, ()
        content = bytearray(Question("read", 1).array.tobytes())
        content[-1] ^= self.wrong
        return {}, (bytes(content),)


def test_doors_take_turns_and_an_answer_with_one_wrong_bit_ends_the_benchmark():
    questions = (Question("round trip"), Question("read 1 MB", 1))
    sound = FakeDoor()
    rows = rows_of([sound, FakeDoor()], questions, "idle", os.getpid(), repeats=3, budget=5.0)
    assert [(row.case, row.bytes, row.n) for row in rows[::2]] == [
        ("round trip, idle", 0, 3),
        ("read 1 MB, idle", 2**20, 3),
    ]
    assert sound.asked[:4] == ["kernel.events", "objects.read"] * 2
    assert np.isfinite([row.p95 for row in rows]).all()
    with pytest.raises(ValueError, match="not those of the object"):
        rows_of([FakeDoor(wrong=True)], questions, "idle", os.getpid(), repeats=1, budget=5.0)
