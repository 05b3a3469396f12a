"""The harness: what it measures follows its schema, and claims follow from rows."""

import json
import time
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.peers.reconstructor import Geometry, Reconstructor
from benchmarks.records import Claim, Row, growth
from benchmarks.report import markdown
from benchmarks.timing import interleaved
from benchmarks.tomography import Plan, tomography, tomography_claims
from benchmarks.tomography.end_to_end import Size
from benchmarks.tomography.reconstruction import trusted
from benchmarks.tomography.residual import relative_residual
from benchmarks.tomography.scan import errors_of, slice_for, strength
from daisy_kernel.numba_kernels import fbp_reconstruct

TINY = Plan(
    fourier=(32, 64),
    fbp=(32, 64),
    sirt=(32,),
    block=(8, 16, 64),
    stripes=(64, 1),
    file=Size(n_angle=32, n_row=16, n=64, memory=100_000_000),
    repeats=1,
    budget=1.0,
)


@pytest.fixture(scope="module")
def report():
    return tomography(TINY, only_ours=True)


def a_row(**changes) -> Row:
    row = Row(
        case="fourier",
        who="Daisy",
        seconds=0.1,
        error=0.01,
        threads=1,
        n=1024,
        bytes=1,
        peak_memory=1,
        error_scaled=0.01,
    )
    return replace(row, **changes)


def test_every_case_of_ours_is_measured(report):
    cases = {(row.case, row.n) for row in report.rows if row.who == "Daisy"}
    assert cases == {
        ("normalise + minus log", 64),
        ("stripes, sorting", 64),
        ("fourier", 32),
        ("fourier", 64),
        ("fbp", 32),
        ("fbp", 64),
        ("sirt", 32),
        ("end to end", 64),
    }


def test_the_json_has_the_agreed_schema(report):
    content = json.loads(report.as_json())
    assert set(content) == {"machine", "rows", "claims"}
    for row in content["rows"]:
        assert isinstance(row["case"], str)
        assert isinstance(row["who"], str)
        assert row["seconds"] > 0
        assert row["error"] is None or row["error"] >= 0
        assert row["threads"] >= 1
        assert row["n"] in (32, 64)
        assert row["bytes"] > 0
        assert row["peak_memory"] >= 0
    assert content["claims"]
    for claim in content["claims"]:
        bound = set(claim) - {"claim", "value"}
        assert bound in ({"at_least"}, {"at_most"})
        assert np.isfinite(claim["value"])


def test_claims_follow_from_the_rows_of_the_json_alone(report):
    content = json.loads(report.as_json())
    rows = [Row(**row) for row in content["rows"]]
    assert [claim.as_json() for claim in tomography_claims(rows)] == content["claims"]


def test_times_and_errors_of_peers_become_claims():
    rows = [a_row(), a_row(who="ducc0 NUFFT", seconds=0.25), a_row(n=2048, error=0.02)]
    claims = {claim.claim: claim for claim in tomography_claims(rows)}
    ratio = claims["Fourier N = 1024, 1 thread: times faster than ducc0 NUFFT"]
    assert (ratio.value, ratio.at_least, ratio.holds) == (2.5, 1.3, True)
    assert claims["Fourier N = 1024: RMSE raw"].holds
    assert not claims["Fourier N = 2048: RMSE raw"].holds


def test_a_claim_about_nothing_does_not_hold():
    assert not Claim("?", float("nan"), at_least=1).holds
    assert not Claim("?", float("nan"), at_most=1).holds


def test_growth_is_the_exponent_of_the_size():
    rows = [a_row(n=512, seconds=1.0), a_row(n=1024, seconds=8.0)]
    assert growth(rows, rows[0]) is None
    assert growth(rows, rows[1]) == pytest.approx(3)


def test_the_table_of_the_readme_names_every_row_and_claim(report):
    text = markdown(report)
    for row in report.rows:
        assert f"| {row.who} |" in text
    for claim in report.claims:
        assert claim.claim in text


@pytest.mark.parametrize(("off", "is_trusted"), [(0.0, True), (0.5, False)])
def test_a_library_whose_centre_is_half_a_pixel_off_is_refused(off, is_trusted):
    def prepare(geometry: Geometry):
        return lambda sinograms: fbp_reconstruct(
            sinograms, geometry.angles_rad, geometry.centre + off
        )

    class Module:
        RECONSTRUCTORS = (Reconstructor("fbp", "a library", prepare),)

    accepted, refused = trusted([Module])
    assert bool(accepted) is is_trusted
    assert ("a library, fbp" in refused) is not is_trusted


def test_the_truth_moves_with_the_axis_of_the_library():
    def moved(n):
        return (n - 1) / 2, (n - 1) / 2 + 1

    plain = slice_for(Reconstructor("fbp", "a", lambda geometry: fbp_reconstruct), 64).truth
    shifted = slice_for(Reconstructor("fbp", "b", lambda geometry: fbp_reconstruct, axis=moved), 64)
    np.testing.assert_allclose(shifted.truth[:, 1:], plain[:, :-1], atol=1e-5)


def test_the_truth_itself_has_no_error_and_explains_its_sinogram():
    known = slice_for(Reconstructor("fbp", "a", lambda geometry: fbp_reconstruct), 128)
    volume = np.array([known.truth * np.float32(strength(k, 4)) for k in range(4)])
    errors = errors_of(volume, known.truth)
    assert errors.raw < 1e-6
    assert errors.correlation > 0.999999
    assert relative_residual(known.truth, known.sinogram, known.geometry) < 0.02
    half = errors_of(volume / 2, known.truth)
    assert half.raw > 0.1
    assert half.scaled < 1e-6


def test_memory_of_a_call_is_seen_and_the_first_call_does_not_count_as_time():
    calls = []

    def work():
        calls.append(1)
        return np.ones(4_000_000, np.float64).sum()

    found = interleaved({"a": work}, repeats=2, budget=60)["a"]
    assert len(calls) == 3
    assert found.repeats == 2
    assert 25e6 < found.peak_memory < 60e6


def test_a_first_call_that_compiles_is_never_the_result():
    waits = iter((0.2, 0.0, 0.0))
    found = interleaved({"a": lambda: time.sleep(next(waits))}, repeats=2, budget=0.1)["a"]
    assert found.seconds < 0.1
    assert found.repeats == 2


def test_who_is_slow_has_one_turn_that_counts():
    found = interleaved({"a": lambda: time.sleep(0.05)}, repeats=9, budget=0.01)["a"]
    assert found.repeats == 1
    assert found.seconds >= 0.05


def test_an_unknown_subject_names_those_that_exist(capsys):
    with pytest.raises(SystemExit) as exit_status:
        main(["tomografy"])
    assert exit_status.value.code == 2
    message = capsys.readouterr().err
    assert "'tomografy'" in message
    assert "tomography" in message
