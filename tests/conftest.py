"""What every test shares: where runs are recorded, where real data lies, what may be skipped."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

NO_DATA = "no real data"
REQUIRED = ("browser", "hub", "kernel")


def real_data(path: str) -> Path:
    """A file of the real data beside the project; skips the test where it is absent."""
    default = Path(__file__).parents[2] / "shared" / "data"
    file = Path(os.environ.get("DAISY_TEST_DATA", default)) / path
    if not file.exists():
        pytest.skip(f"{NO_DATA}: {path} is not in $DAISY_TEST_DATA")
    return file


@pytest.fixture(name="real_data", scope="session")
def real_data_fixture():
    return real_data


@pytest.fixture(autouse=True)
def own_runs(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Runs of a test are never recorded among those of the user."""
    folder = tmp_path_factory.mktemp("runs")
    monkeypatch.setenv("DAISY_RUNS", str(folder))
    monkeypatch.delenv("DAISY_CONFIG", raising=False)
    return folder


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    without_data = sum(NO_DATA in reason for reason in skipped)
    if without_data:
        terminalreporter.write_line(f"{without_data} tests were skipped for lack of real data")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Where $DAISY_REQUIRE_ALL is set, a skipped browser, hub or kernel test has failed.

    What it lacks can be installed, but for the real data, which are no part of the project.
    """
    report = yield
    marked = any(item.get_closest_marker(name) for name in REQUIRED)
    is_excused = NO_DATA in str(report.longrepr)
    if report.skipped and marked and not is_excused and os.environ.get("DAISY_REQUIRE_ALL"):
        report.outcome = "failed"
        report.longrepr = f"skipped, but $DAISY_REQUIRE_ALL is set: {report.longrepr}"
    return report
