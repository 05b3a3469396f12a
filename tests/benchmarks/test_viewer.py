"""The benchmark of the slice viewer: frames that were seen, claims that follow from the rows."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from jupyter_core.paths import jupyter_path

from benchmarks.records import OURS, Row
from benchmarks.report import markdown
from benchmarks.viewer import Plan, viewer, viewer_claims
from benchmarks.viewer.lab import chromium
from benchmarks.viewer.scrubbing import IPYMPL, SEEN_AGAIN, SEEN_FIRST
from benchmarks.viewer.volume import FIRST_ACROSS_X, case_across


def row_of(case, who, **values):
    plain = Row(
        case=case,
        who=who,
        seconds=0.03,
        error=0.5,
        threads=1,
        n=1024,
        bytes=4 << 20,
        peak_memory=0,
        per="frame",
        received=300_000,
    )
    return replace(plain, **values)


def failing(rows):
    return [claim.claim for claim in viewer_claims(rows) if not claim.holds]


def test_each_claim_fails_on_the_row_that_breaks_it():
    fast = [
        row_of(SEEN_FIRST, OURS),
        row_of(SEEN_FIRST, IPYMPL, seconds=0.1),
        row_of(SEEN_AGAIN, OURS),
    ]
    assert len(viewer_claims(fast)) == 4
    assert failing(fast) == []

    slow = [row_of(SEEN_FIRST, OURS, seconds=0.05), *fast[1:]]
    assert failing(slow) == [f"{SEEN_FIRST}, N = 1024, 1 thread: frames/s over ipympl's"]
    slow = [*fast[:2], row_of(SEEN_AGAIN, OURS, seconds=0.051)]
    assert failing(slow) == [f"{SEEN_AGAIN}, N = 1024: frames/s"]
    whole_planes = [row_of(SEEN_FIRST, OURS, received=4 << 20), *fast[1:]]
    assert failing(whole_planes) == [f"{SEEN_FIRST}, N = 1024: bytes per frame"]


def test_a_volume_must_neither_come_whole_nor_stay_in_the_kernel():
    good = [row_of(case_across(axis), OURS, n=2048, peak_memory=1 << 24) for axis in range(3)]
    assert len(viewer_claims(good)) == 6
    assert failing(good) == []

    whole = [*good[:2], replace(good[2], received=2 * 2048**2)]
    assert failing(whole) == ["volume on disk, across x, N = 2048: bytes per frame"]
    kept = [replace(good[0], peak_memory=24 * 2 * 2048**2), *good[1:]]
    assert failing(kept) == [
        "volume on disk, across slice, N = 2048: growth of the kernel in bytes"
    ]


@pytest.mark.browser
@pytest.mark.slow
def test_both_viewers_show_every_plane_in_a_real_jupyterlab():
    pytest.importorskip("playwright.sync_api")
    try:
        chromium()
    except RuntimeError as reason:
        pytest.skip(str(reason))
    folders = [folder for path in jupyter_path("labextensions") for folder in _names(path)]
    if not {"anywidget", "jupyter-matplotlib", "daisy-labextension"} <= set(folders):
        pytest.skip("the lab extensions of anywidget, ipympl and Daisy are not all installed")

    report = viewer(Plan(n_plane=8, sides=(512,), volume_side=320, volume_frames=(6, 5, 4)))

    across = [case_across(axis) for axis in range(3)]
    assert [(row.case, row.who) for row in report.rows] == [
        *((case, who) for case in (SEEN_FIRST, SEEN_AGAIN) for who in (OURS, IPYMPL)),
        *((case, OURS) for case in (*across[:2], FIRST_ACROSS_X, across[2])),
    ]
    assert [row.repeats for row in report.rows] == [7, 7, 7, 7, 6, 5, 1, 4]
    for row in report.rows:
        assert 0 < row.seconds <= row.p95
        # Of 255, where neighbouring planes differ by 36.
        assert row.case == FIRST_ACROSS_X or row.error <= 2
        assert (row.stored is not None) == (row.case not in (SEEN_FIRST, SEEN_AGAIN))
    first, again = (row for row in report.rows[:4] if row.who == OURS)
    assert first.received > 512 * 512  # a preview
    assert again.received < first.received
    told = json.loads(report.as_json())
    assert viewer_claims([Row(**row) for row in told["rows"]]) == report.claims
    assert "frames/s" in markdown(report)


def _names(path):
    return [folder.name for folder in Path(path).glob("*")]
