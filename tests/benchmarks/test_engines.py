"""The benchmark of the engines: both compute the same, and claims follow from the rows."""

import json
from dataclasses import replace

import h5py
import numpy as np
import pytest

from benchmarks.engines import Plan, engines, engines_claims, largest_difference
from benchmarks.engines.claims import DAY_BYTES, ON_SPARK, RECONSTRUCT
from benchmarks.records import OURS, Row
from benchmarks.tomography.end_to_end import Size
from daisy_kernel.engines.spark_context import disconnect

ROW = Row(
    case=RECONSTRUCT,
    who=OURS,
    seconds=10.0,
    error=0.0,
    threads=2,
    n=64,
    bytes=1000,
    peak_memory=0,
    per="file",
)


@pytest.mark.spark
@pytest.mark.slow
def test_both_engines_compute_the_same_and_a_day_is_foreseen(pyspark):
    disconnect()
    size = Size(n_angle=31, n_row=48, n=64, memory=200_000_000)
    report = engines(Plan(size, repeats=1, budget=60.0))
    content = json.loads(report.as_json())
    rows = [Row(**row) for row in content["rows"]]
    assert [claim.as_json() for claim in engines_claims(rows)] == content["claims"]
    same = next(c for c in report.claims if "difference" in c.claim)
    assert same.holds
    day = [row for row in rows if row.bytes == DAY_BYTES]
    assert {row.who for row in day} == {OURS, ON_SPARK}
    assert all(row.threads > 0 for row in day)


def test_what_takes_a_quarter_longer_still_holds():
    for seconds, holds in ((12.4, True), (12.6, False)):
        slower, _ = engines_claims([ROW, replace(ROW, who=ON_SPARK, seconds=seconds)])
        assert slower.holds is holds


@pytest.mark.parametrize(("changed", "expected"), [(0.5, 0.5), (np.nan, np.inf)])
def test_one_wrong_element_is_seen(tmp_path, changed, expected):
    volume = np.ones((40, 3, 3), np.float32)
    paths = [tmp_path / "a.h5", tmp_path / "b.h5"]
    for path in paths:
        with h5py.File(path, "w") as file:
            file["entry/data/data"] = volume
        volume[33, 1, 1] = 1 + changed
    assert largest_difference(paths[0], paths[0]) == 0
    assert largest_difference(*paths) == expected
