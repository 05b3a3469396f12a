"""The table [spark]: what may be set, what is refused, and what Spark is started with."""

import os
import sys
from pathlib import Path

import pytest

from daisy_kernel.configuration import Configuration, read_configuration
from daisy_kernel.engines.spark_configuration import SparkConfiguration, spark_configuration
from daisy_kernel.engines.spark_settings import write_settings
from daisy_kernel.errors import FileProblem, InvalidParameter


def parsed(**table):
    return spark_configuration(Configuration(Path("runs"), spark=table, source="config.toml"))


@pytest.fixture
def secret_file(tmp_path):
    path = tmp_path / "secret"
    path.write_text("abcdefgh\n")
    path.chmod(0o600)
    return path


def test_without_a_table_everything_is_computed_on_this_machine():
    found = parsed()
    assert found == SparkConfiguration()
    assert found.is_local
    assert found.cores == len(os.sched_getaffinity(0))
    assert found.python == sys.executable


def test_a_table_of_a_file_is_read(tmp_path, monkeypatch):
    path = tmp_path / "config.toml"
    path.write_text(
        '[spark]\nmaster = "spark://10.0.0.1:7077"\nexecutors = 3\nexecutor_cores = 4\n'
        'python_memory = "8GB"\n[spark.conf]\n"spark.locality.wait" = "1s"\n'
    )
    monkeypatch.setenv("DAISY_CONFIG", str(path))
    found = spark_configuration(read_configuration())
    assert found.cores == 12
    settings = found.settings()
    assert settings["spark.master"] == "spark://10.0.0.1:7077"
    assert settings["spark.cores.max"] == "12"
    assert settings["spark.executor.pyspark.memory"] == f"{8 * 10**9 // 2**20}m"
    assert settings["spark.locality.wait"] == "1s"


@pytest.mark.parametrize(
    ("master", "cores"), [("local", 1), ("local[3]", 3), ("local[*]", len(os.sched_getaffinity(0)))]
)
def test_a_local_master_repeats_blocks_too(master, cores):
    found = parsed(master=master)
    assert found.cores == cores
    assert found.settings()["spark.master"] == f"local[{cores},4]"


@pytest.mark.parametrize(
    "master", ["localhost", "local[2", "spark://", "mesos://a:1", "http://a", "", "yarn-cluster"]
)
def test_other_masters_are_refused_with_those_there_are(master):
    with pytest.raises(InvalidParameter, match=r"master cannot be .*spark://HOST:PORT"):
        parsed(master=master)


def test_how_many_cores_a_cluster_has_is_not_known_before_it_is_asked():
    assert parsed(master="spark://a:1").cores is None
    assert parsed(master="spark://a:1", executors=2).cores is None


def test_an_entry_that_does_not_exist_is_named_with_those_that_do():
    with pytest.raises(InvalidParameter, match=r"config.toml, \[spark\]: .*'masters'.*master"):
        parsed(masters="local")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("executors", 0),
        ("executors", "2"),
        ("executor_cores", True),
        ("executor_cores", 1.5),
        ("master", 3),
        ("conf", "spark.ui.port=3"),
        ("secret_file", 3),
        ("python_memory", "much"),
    ],
)
def test_a_value_of_another_kind_is_refused(name, value):
    with pytest.raises(InvalidParameter, match=r"cannot be|is not a size"):
        parsed(**{name: value})


@pytest.mark.parametrize(
    "name",
    [
        "spark.driver.extraJavaOptions",
        "spark.executor.extraJavaOptions",
        "spark.executor.defaultJavaOptions",
        "spark.executor.extraClassPath",
        "spark.executor.extraLibraryPath",
        "spark.jars",
        "spark.jars.packages",
        "spark.submit.pyFiles",
        "spark.files",
        "spark.archives",
        "spark.plugins",
        "spark.extraListeners",
        "spark.executorEnv.PYTHONPATH",
        "spark.pyspark.python",
        "spark.pyspark.driver.python",
        "spark.authenticate",
        "spark.authenticate.secret",
        "spark.master",
        "spark.ui.enabled",
        "spark.driver.host",
        "spark.hadoop.fs.defaultFS",
        "spark.kubernetes.driverEnv.secretKeyRef",
        "spark.kubernetes.pyspark.pythonVersion",
        "spark.yarn.jars",
        "spark.yarn.archive",
        "spark.yarn.dist.files",
        "spark.yarn.dist.archives",
        "spark.yarn.am.extraJavaOptions",
        "spark.yarn.appMasterEnv.PYSPARK_PYTHON",
        "spark.yarn.appMasterEnv.LD_PRELOAD",
        "spark.kubernetes.driverEnv.LD_PRELOAD",
        "spark.scheduler.listenerbus.JAR",
        "spark.kubernetes.executor.podTemplateFile",
        "spark.kubernetes.executor.podTemplateContainerName",
        "spark.kubernetes.executor.volumes.hostPath.root.mount.path",
        "spark.kubernetes.driver.volumes.nfs.tools.options.server",
        "anything",
    ],
)
def test_what_would_run_code_as_somebody_else_is_refused(name):
    with pytest.raises(InvalidParameter, match=r"cannot be set in \[spark.conf\]"):
        parsed(conf={name: "x"})


@pytest.mark.parametrize(
    "name",
    [
        "spark.cores.max 2\nspark.driver.extraJavaOptions",
        "spark.cores.max\rspark.jars",
        "spark.yarn.\\u006aars",  # which Java reads as spark.yarn.jars
        "spark.cores.max=2",
        "spark.cores.max ",
    ],
)
def test_a_name_that_java_would_read_as_another_is_refused_in_one_line(name):
    with pytest.raises(InvalidParameter, match=r"cannot be set in \[spark.conf\]") as raised:
        parsed(conf={name: "x"})
    assert str(raised.value).isprintable()


@pytest.mark.parametrize("end", ["\n", "\r", "\x85", "\u2028", "\0"])
@pytest.mark.parametrize(
    "name",
    ["master", "secret_file", "python_env", "executor_memory", "python_memory", "address", "conf"],
)
def test_a_text_that_would_become_two_settings_is_refused(name, end):
    text = f"local[2]{end}spark.driver.extraJavaOptions -javaagent:/x.jar"
    table = {name: {"spark.cores.max": text} if name == "conf" else text}
    with pytest.raises(InvalidParameter, match=r"\[spark\]: .*cannot be .*in one line") as raised:
        parsed(**table)
    assert str(raised.value).isprintable()


def test_the_file_for_java_has_one_line_per_setting_whoever_has_asked(tmp_path):
    given = {"spark.a": r"C:\new\u000a", "spark.b": "end\\", "spark.c": "1"}
    write_settings(tmp_path, given)
    lines = (tmp_path / "spark-defaults.conf").read_text().splitlines()
    assert lines == [r"spark.a C:\\new\\u000a", r"spark.b end\\", "spark.c 1"]
    with pytest.raises(InvalidParameter, match=r"'spark.a' of Spark has a line break") as raised:
        write_settings(tmp_path, {"spark.a": "secret\nspark.jars /x.jar"})
    assert "secret" not in str(raised.value)
    assert (tmp_path / "spark-defaults.conf").read_text().splitlines() == lines


@pytest.mark.parametrize(
    "name",
    [
        "spark.network.timeout",
        "spark.speculation",
        "spark.speculation.multiplier",
        "spark.scheduler.mode",
        "spark.kubernetes.namespace",
        "spark.kubernetes.executor.volumes.persistentVolumeClaim.runs.mount.path",
        "spark.yarn.queue",
        "spark.local.dir",
    ],
)
def test_what_tunes_spark_wins_over_our_own_settings(name):
    assert parsed(conf={name: 7}).settings()[name] == "7"


def test_a_cluster_with_a_secret_is_asked_with_it(secret_file):
    settings = parsed(master="spark://a:1", secret_file=str(secret_file)).settings()
    assert settings["spark.authenticate"] == "true"
    assert settings["spark.authenticate.secret"] == "abcdefgh"


@pytest.mark.parametrize(
    "master", ["local", "local[*]", "local[3]", "yarn", "k8s://https://kubernetes.default.svc"]
)
def test_driver_and_executors_know_each_other_where_spark_makes_the_secret(master):
    settings = parsed(master=master).settings()
    assert settings["spark.authenticate"] == "true"
    assert settings["spark.network.crypto.enabled"] == "true"
    assert "spark.authenticate.secret" not in settings


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_secret_that_others_can_read_is_none(secret_file, mode):
    secret_file.chmod(mode)
    found = parsed(master="spark://a:1", secret_file=str(secret_file))
    with pytest.raises(FileProblem, match="can be read by others: chmod 600"):
        found.settings()


def test_a_secret_that_is_not_there_is_named(tmp_path):
    found = parsed(master="spark://a:1", secret_file=str(tmp_path / "none"))
    with pytest.raises(FileProblem, match=r"none cannot be read: No such file"):
        found.settings()


def test_the_secret_is_not_shown_with_the_configuration(secret_file):
    assert "abcdefgh" not in repr(parsed(secret_file=str(secret_file)))


def test_no_page_of_spark_is_opened_and_threads_do_not_compete():
    settings = SparkConfiguration().settings()
    assert settings["spark.ui.enabled"] == "false"
    assert settings["spark.executorEnv.OMP_NUM_THREADS"] == "1"
    assert settings["spark.driver.bindAddress"] == "127.0.0.1"


def test_an_environment_on_the_machines_of_the_cluster_has_its_python(tmp_path):
    found = parsed(python_env=str(tmp_path / "env"))
    assert found.python == str(tmp_path / "env/bin/python")
    assert found.settings()["spark.pyspark.driver.python"] == sys.executable
