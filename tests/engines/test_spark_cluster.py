"""A real cluster on loopback: who can listen in, who can take part, and what survives."""

import ipaddress
import json
import queue
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from daisy_kernel.engines import spark_cluster as clusters
from daisy_kernel.engines.spark_processes import Daemon, processes_of
from daisy_kernel.errors import DaisyError, FileProblem, InvalidParameter, RunConflict

pytestmark = [pytest.mark.spark, pytest.mark.slow]
SUM = "4950"
GB = 10**9
REFUSED = "Exception while bootstrapping client"


class Application:
    """A driver in a process of its own."""

    def __init__(self, url, secret_file, folder):
        self.folder, self.has_begun = folder, False
        script = Path(__file__).with_name("spark_application.py")
        self.log = folder.with_suffix(".log")
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(script), url, str(secret_file), str(folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._lines = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self._lines.put(line.strip())
        self._lines.put(None)

    def answer(self, timeout=120):
        """The next line that it says; None if it has ended or says nothing in time."""
        try:
            return self._lines.get(timeout=timeout)
        except queue.Empty:
            return None

    def compute(self, timeout=120):
        """What a job gives."""
        self.process.stdin.write("again\n")
        self.process.stdin.flush()
        return self.answer(timeout)

    def processes(self):
        process = psutil.Process(self.process.pid)
        return [process, *process.children(recursive=True)]

    def kill(self):
        for process in self.processes():
            process.kill()

    def end(self):
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
            self.process.wait()
        self._reader.join()
        self.process.stdout.close()


@pytest.fixture(scope="module")
def running_application(running_spark_cluster, tmp_path_factory):
    """The driver of all tests here; they take `application`."""
    folder = tmp_path_factory.mktemp("application") / "settings"
    driver = Application(running_spark_cluster.url, running_spark_cluster.secret_file, folder)
    yield driver
    driver.end()


@pytest.fixture
def application(spark_cluster, running_application):
    """A driver that has computed something, on two workers."""
    if not running_application.has_begun:
        assert running_application.answer() == "began", running_application.log.read_text()[-3000:]
        running_application.has_begun = True
    assert running_application.compute() == SUM, running_application.log.read_text()[-3000:]
    return running_application


def applications(cluster):
    """Ids of the applications that the master has admitted, also of those that wait."""
    page = clusters.Folder(cluster.folder).master().page
    with urllib.request.urlopen(f"{page}/json/", timeout=20) as answer:
        return {one["id"] for one in json.load(answer)["activeapps"]}


def listening(processes):
    """Addresses at which processes listen."""
    found = set()
    for process in processes:
        for connection in process.net_connections("inet"):
            if connection.status == psutil.CONN_LISTEN:
                address = ipaddress.ip_address(connection.laddr.ip)
                found.add(str(getattr(address, "ipv4_mapped", None) or address))
    return found


def test_nothing_listens_beyond_the_addresses_asked_for(spark_cluster, application):
    processes = spark_cluster.processes()
    commands = [" ".join(process.cmdline()) for process in processes]
    for part in ("master.Master", "worker.Worker", "ExecutorBackend", "pyspark.daemon"):
        assert any(part in command for command in commands), part
    assert listening(processes) == {"127.0.0.1", "127.0.0.2"}
    assert listening(application.processes()) <= {"127.0.0.1"}


def test_the_secret_can_be_read_by_its_owner_only(spark_cluster, application):
    secret = spark_cluster.secret_file.read_text().strip()
    assert len(secret) == 64
    seen = 0
    for process in [*spark_cluster.processes(), *application.processes()]:
        with suppress(psutil.Error):  # a worker's Python may end at any time
            assert secret not in " ".join(process.cmdline())
            seen += 1
    assert seen > 3
    for folder in (spark_cluster.folder, application.folder):
        assert folder.stat().st_mode & 0o777 == 0o700
        for path in folder.rglob("*"):
            if path.is_file() and secret in path.read_text(errors="replace"):
                assert path.stat().st_mode & 0o777 == 0o600, path
                assert path.parent.stat().st_mode & 0o777 == 0o700, path
    state = spark_cluster.folder / "cluster.json"
    assert state.stat().st_mode & 0o777 == 0o600
    assert secret not in state.read_text()


def test_no_page_shows_the_secret_or_ends_anything(spark_cluster, application):
    secret = spark_cluster.secret_file.read_text().strip()
    page = clusters.Folder(spark_cluster.folder).master().page
    shown = 0
    for path in ("/", "/json/", "/environment/", "/logPage/?self&logType=out"):
        try:
            with urllib.request.urlopen(page + path, timeout=20) as answer:
                text = answer.read().decode()
        except OSError:
            continue
        shown += 1
        assert secret not in text, path
        assert "/kill" not in text, path
    assert shown >= 2
    asked = urllib.request.Request(f"{page}/workers/kill/?host=127.0.0.1", method="POST")
    with pytest.raises(OSError, match="405"):
        urllib.request.urlopen(asked, timeout=20)


def test_a_driver_with_a_wrong_secret_gets_nothing(spark_cluster, application, tmp_path):
    admitted = applications(spark_cluster)
    assert len(admitted) == 1
    wrong = tmp_path / "wrong"
    wrong.write_text("0" * 64)
    driver = Application(spark_cluster.url, wrong, tmp_path / "settings")
    try:
        driver.process.stdin.write("again\n")
        driver.process.stdin.flush()
        # Spark itself tries again for a minute, or says that all is well.
        said, deadline = set(), time.monotonic() + 60
        while REFUSED not in driver.log.read_text() and time.monotonic() < deadline:
            said.add(driver.answer(0.5))
        assert REFUSED in driver.log.read_text()
        said |= {driver.answer(3), driver.answer(3)}
        assert SUM not in said
        assert applications(spark_cluster) == admitted
    finally:
        driver.kill()
        driver.end()


def test_jobs_outlive_killed_parts(spark_cluster, application):
    assert spark_cluster.kill_python_workers()
    assert application.compute() == SUM
    assert spark_cluster.kill_executors()
    assert application.compute() == SUM
    spark_cluster.kill_worker(1)
    assert [worker.address for worker in spark_cluster.workers()] == ["127.0.0.1"]
    assert application.compute() == SUM
    spark_cluster.add_worker(2)
    assert [w.address for w in spark_cluster.workers()] == ["127.0.0.1", "127.0.0.3"]
    assert application.compute() == SUM


def test_a_killed_worker_is_told_from_the_one_that_took_its_place(spark_cluster):
    before = spark_cluster.workers()
    spark_cluster.kill_worker(1)
    spark_cluster.add_worker(1)
    states = clusters.status(spark_cluster.folder).workers
    assert {s.worker.name: s.is_alive for s in states}[before[1].name] is False
    assert len(spark_cluster.workers()) == len(before)


def test_a_second_cluster_with_the_same_folder_is_refused(spark_cluster):
    with pytest.raises(RunConflict, match=r"runs in .* already"):
        clusters.start(spark_cluster.folder, [], 1, GB)
    assert len(spark_cluster.workers()) >= 2


def test_a_worker_with_a_wrong_secret_does_not_register_and_is_not_left(spark_cluster, tmp_path):
    folder = tmp_path / "copy"
    folder.mkdir(mode=0o700)
    shutil.copy(spark_cluster.folder / "cluster.json", folder)
    shutil.copytree(spark_cluster.folder / "conf", folder / "conf")
    settings = folder / "conf/spark-defaults.conf"
    secret = spark_cluster.secret_file.read_text().strip()
    settings.write_text(settings.read_text().replace(secret, "0" * 64))
    for timeout_s in (15, 60, 180):  # a slow machine needs long to start it
        with pytest.raises(DaisyError, match=r"did not register in time: .*log"):
            clusters.join(folder, "127.0.0.3", 1, GB, timeout_s=timeout_s)
        assert not processes_of(folder)
        assert not list(folder.glob("workers/*"))
        if any(REFUSED in log.read_text() for log in folder.glob("logs/worker-*.log")):
            return
    raise AssertionError("the worker has not got as far as to be refused")


def test_a_port_that_is_taken_is_named_and_nothing_is_left(spark_cluster, tmp_path):
    port = int(spark_cluster.url.rpartition(":")[2])
    with pytest.raises(InvalidParameter, match=f"Port {port} at 127.0.0.1 is taken"):
        clusters.start(tmp_path / "other", [], 1, GB, port=port)
    assert not processes_of(tmp_path / "other")
    assert not (tmp_path / "other/conf/secret").exists()


def test_stopping_leaves_no_process_and_no_secret(tmp_path):
    folder = tmp_path / "short"
    state = clusters.start(folder, ["127.0.0.1"], 1, GB, timeout_s=240)
    assert state.is_running
    assert len(processes_of(folder)) == 2
    assert clusters.stop(folder) == 2
    assert not processes_of(folder)
    assert not state.secret_file.exists()
    assert clusters.stop(folder) == 0
    with pytest.raises(DaisyError, match="No cluster runs"):
        clusters.status(folder)


@pytest.mark.parametrize(("host", "message"), [
    ("192.0.2.7", r"is not this machine: .* 'daisy cluster join --folder .* --host 192\.0\.2\.7'"),
    ("0.0.0.0", "every address"),
    ("no-such-machine.invalid", "no address"),
])  # fmt: skip
def test_an_address_that_is_not_of_this_machine_is_refused(host, message, tmp_path):
    with pytest.raises(InvalidParameter, match=message):
        clusters.start(tmp_path / "new", ["127.0.0.1", host], 1, GB)
    assert not (tmp_path / "new").exists()


def test_a_folder_that_others_may_write_to_is_refused(tmp_path):
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(FileProblem, match="Others may write"):
        clusters.start(folder, [], 1, GB)
    assert not list(folder.iterdir())


def test_a_process_that_got_the_number_of_a_dead_one_is_left_alone(tmp_path):
    bystander = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        home = clusters.Folder(tmp_path)
        daemon = Daemon(socket.gethostname(), bystander.pid, 1.0, "")
        home.write_master(clusters.Master("spark://127.0.0.1:1", "", "127.0.0.1", daemon))
        assert clusters.stop(tmp_path) == 0
        assert bystander.poll() is None
    finally:
        bystander.communicate()
