"""What every test shares: where runs are recorded, where real data lies, what may be skipped."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

NO_DATA = "no real data"
REQUIRED = ("browser", "hub", "kernel", "spark")


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
    """Where $DAISY_REQUIRE_ALL is set, a skipped browser, hub, kernel or Spark test has failed.

    What it lacks can be installed, but for the real data, which are no part of the project.
    """
    report = yield
    marked = any(item.get_closest_marker(name) for name in REQUIRED)
    is_excused = NO_DATA in str(report.longrepr)
    if report.skipped and marked and not is_excused and os.environ.get("DAISY_REQUIRE_ALL"):
        report.outcome = "failed"
        report.longrepr = f"skipped, but $DAISY_REQUIRE_ALL is set: {report.longrepr}"
    return report


class SparkCluster:
    """A real cluster on loopback, whose parts can be killed.

    Worker number i listens at 127.0.0.(i+1) and has one core.
    """

    MEMORY = 2 * 10**9

    def __init__(self, folder: Path):
        from daisy_kernel.engines import spark_cluster

        self._cluster, self.folder = spark_cluster, folder.resolve()
        hosts = ["127.0.0.1", "127.0.0.2"]
        state = spark_cluster.start(self.folder, hosts, 1, self.MEMORY, timeout_s=240)
        self.url, self.secret_file = state.url, state.secret_file

    def workers(self) -> list[Any]:
        """The workers on which the master counts, in order of their addresses."""
        alive = [s.worker for s in self._cluster.status(self.folder).workers if s.is_alive]
        return sorted(alive, key=lambda worker: worker.address)

    def processes(self, word: str = "") -> list[psutil.Process]:
        """Processes with `word` in their command line, wherever in the cluster they are."""
        from daisy_kernel.engines.spark_processes import processes_of

        found = []
        for process in processes_of(self.folder):
            with suppress(psutil.Error):
                if word in " ".join(process.cmdline()):
                    found.append(process)
        return found

    def kill_worker(self, number: int) -> None:
        """Kill a worker and its executors, and wait until the master knows."""
        (worker,) = (w for w in self.workers() if w.address == f"127.0.0.{number + 1}")
        process = worker.daemon.process()
        self._kill([process, *process.children(recursive=True)])
        self._wait(lambda: worker.name not in [w.name for w in self.workers()])

    def add_worker(self, number: int) -> None:
        """Start a worker where one was killed, or a further one."""
        self._cluster.join(self.folder, f"127.0.0.{number + 1}", 1, self.MEMORY, timeout_s=240)

    def kill_master(self) -> None:
        """Kill the master; its workers and their executors go on."""
        (master,) = self.processes("deploy.master.Master")
        self._master = master.cmdline(), master.environ()
        self._kill([master])

    def start_master(self) -> None:
        """Start a master where one was killed, with the same secret, and wait for its workers."""
        from daisy_kernel.engines.spark_processes import start_daemon
        from daisy_kernel.engines.spark_state import Folder

        home, log = Folder(self.folder), self.folder / "logs/master-again.log"
        home.write_master(replace(home.master(), daemon=start_daemon(*self._master, log)))
        self._wait(lambda: len(self.workers()) == len(self.processes("worker.Worker")), 120)

    def kill_executors(self) -> int:
        """Kill the Java processes that run tasks; the workers start others. How many there were."""
        return self._kill(self.processes("CoarseGrainedExecutorBackend"))

    def kill_python_workers(self) -> int:
        """Kill the Python processes that compute. How many there were."""
        return self._kill(self.processes("pyspark.daemon"))

    def restore(self) -> None:
        """A master and its two workers again, whatever a test has killed or added."""
        if not self.processes("deploy.master.Master"):
            self.start_master()
        expected = {f"127.0.0.{number + 1}": number for number in range(2)}
        there = {worker.address for worker in self.workers()}
        for address in there - expected.keys():
            self.kill_worker(int(address.rpartition(".")[2]) - 1)
        for address in expected.keys() - there:
            self.add_worker(expected[address])

    def stop(self) -> None:
        """End everything."""
        self._cluster.stop(self.folder)

    def _kill(self, processes: list[psutil.Process]) -> int:
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._wait(lambda: not any(_lives(process) for process in processes))
        return len(processes)

    def _wait(self, is_so: Callable[[], bool], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < deadline, "the cluster does not come to rest"
            time.sleep(0.1)


def _lives(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture(scope="session")
def pyspark() -> Any:
    """The package; skips the test where it is absent."""
    reason = "pyspark is not installed: pip install '.[spark]'"
    return pytest.importorskip("pyspark", reason=reason)


@pytest.fixture(scope="session")
def running_spark_cluster(
    pyspark: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SparkCluster]:
    """The cluster of all tests; they take `spark_cluster`."""
    cluster = SparkCluster(tmp_path_factory.mktemp("spark") / "cluster")
    yield cluster
    cluster.stop()


@pytest.fixture
def spark_cluster(running_spark_cluster: SparkCluster) -> SparkCluster:
    """A cluster of two workers, which a test may kill."""
    running_spark_cluster.restore()
    return running_spark_cluster


@pytest.fixture(scope="module")
def _spark_of_module() -> Iterator[None]:
    """Spark ends with a module of tests, so that the next one has the cores of the cluster."""
    from daisy_kernel.engines.spark_context import disconnect

    disconnect()
    yield
    disconnect()


@pytest.fixture
def on_cluster(
    spark_cluster: SparkCluster, _spark_of_module: None, monkeypatch: pytest.MonkeyPatch
) -> SparkCluster:
    """The Spark engine computes on the cluster."""
    path = spark_cluster.folder.with_name("config.toml")
    path.write_text(
        f'[spark]\nmaster = "{spark_cluster.url}"\nsecret_file = "{spark_cluster.secret_file}"\n'
    )
    monkeypatch.setenv("DAISY_CONFIG", str(path))
    return spark_cluster
