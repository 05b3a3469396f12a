"""The powder benchmark: what it measures follows its schema, and claims follow from rows."""

import json
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.limits import Limits
from benchmarks.peers.integrator import Integrator
from benchmarks.powder import Plan, powder, powder_claims
from benchmarks.powder.experiment import (
    OFTEN,
    Size,
    experiment_of,
    frames_of,
    largest_deviation,
    powder_stack,
)
from benchmarks.powder.integration import integration_rows
from benchmarks.records import Row

TINY = Plan(
    size=Size(130, 140, 60),
    splittings=("no", "bbox"),
    n_different=20,
    n_in_file=40,
    n_in_memory=(32, 64),
    memory=20_000_000,
    repeats=1,
    budget=0.2,
)


@pytest.fixture(scope="module")
def report():
    return powder(TINY)


def a_row(**changes) -> Row:
    row = Row(
        case="integrate, no splitting",
        who="Daisy",
        seconds=0.001,
        error=1e-7,
        threads=1,
        n=2070,
        bytes=1,
        peak_memory=1,
        share=0.7,
    )
    return replace(row, **changes)


def test_every_case_of_ours_is_measured(report):
    cases = {(row.case, row.n) for row in report.rows if row.who == "Daisy"}
    assert cases == {
        ("integrate, no splitting", 140),
        ("integrate, bbox splitting", 140),
        ("file to patterns", 140),
        ("memory of a run", 32),
        ("memory of a run", 64),
    }


def test_the_methods_of_pyfai_are_there_and_agree_with_each_other(report):
    peers = [row for row in report.rows if row.who.startswith("pyFAI")]
    assert {"pyFAI csc cython", "pyFAI csr cython"} <= {row.who for row in peers}
    assert all(row.error <= 1e-5 for row in peers if "cython" in row.who)


def test_ours_deviates_by_roundings_only(report):
    errors = [row.error for row in report.rows if row.who == "Daisy" and row.error is not None]
    assert len(errors) >= 3
    assert max(errors) <= 1e-5


def test_claims_follow_from_the_rows_of_the_json_alone(report):
    content = json.loads(report.as_json())
    rows = [Row(**row) for row in content["rows"]]
    assert [claim.as_json() for claim in powder_claims(rows)] == content["claims"]
    assert any("h5py" in claim["claim"] for claim in content["claims"])
    assert any("memory" in claim["claim"] for claim in content["claims"])


def test_ours_is_compared_with_the_fastest_of_the_others():
    rows = [a_row(), a_row(who="pyFAI slow", seconds=0.5), a_row(who="pyFAI fast", seconds=0.012)]
    claims = {claim.claim: claim for claim in powder_claims(rows)}
    claim = claims["integrate, no splitting, 1 thread: times faster than pyFAI fast"]
    assert (claim.value, claim.holds) == (pytest.approx(12), True)
    assert not any("slow" in name for name in claims)


def test_memory_that_grows_with_the_frames_is_no_claim_that_holds():
    rows = [
        a_row(case="memory of a run", n=n, peak_memory=peak) for n, peak in ((64, 100), (512, 120))
    ]
    (claim,) = powder_claims(rows)
    assert claim.value == pytest.approx(1.2)
    assert not claim.holds


def test_frames_hold_sentinels_that_the_mask_does_not_know():
    stack = powder_stack(TINY.size, 3)
    frames = frames_of(stack, 2)
    beyond = (frames == stack.sentinel) & (stack.mask == 0)
    assert all(0 < n <= OFTEN for n in beyond.sum(axis=(1, 2)))
    assert not np.array_equal(beyond[0], beyond[1])


def test_one_bin_of_one_frame_is_enough_to_deviate():
    expected = np.ones((3, 50))
    found = expected.copy()
    found[2, 49] = 1.11
    assert largest_deviation(expected, expected) == 0
    assert largest_deviation(found, expected) == pytest.approx(0.1)
    with pytest.raises(ValueError, match="finite"):
        largest_deviation(np.full((3, 50), np.nan), expected)


def test_a_method_whose_patterns_are_wrong_is_left_out():
    stack = powder_stack(TINY.size, 2)
    frames, experiment = frames_of(stack, 1), experiment_of(stack, 60)
    expected = np.ones((2, 60))
    right = Integrator("no", "right", lambda experiment, threads: lambda frames: expected)
    wrong = Integrator("no", "wrong", lambda experiment, threads: lambda frames: 1.1 * expected)
    rows, left_out = integration_rows(
        [right, wrong], "no", experiment, frames, expected, Limits(1, 1.0, 1.0, 1.0),
        repeats=1, budget=1, tell=lambda message: None,
    )  # fmt: skip
    assert {row.who for row in rows} == {"right", "reading alone"}
    assert "wrong, integrate, no splitting" in left_out
