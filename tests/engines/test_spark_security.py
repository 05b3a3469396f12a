"""Who may use the cluster, what listens where, and what a caller from elsewhere can ask for."""

import os
import sys
import time
from contextlib import suppress

import psutil
import pytest

from daisy_kernel.datastore import DataStore
from daisy_kernel.engines.spark_context import disconnect
from daisy_kernel.errors import DaisyError
from daisy_kernel.session import DirectTransport, Service, Session

DOCUMENT = {
    "daisy": 1,
    "name": "double",
    "inputs": {},
    "algorithms": {"scale": {"class": "ToyScale"}},
    "steps": [
        {"algorithm": "scale", "params": {"input_dataobj": "x", "output_dataobj": "y"}},
    ],
    "outputs": ["y"],
}


@pytest.fixture
def session(own_runs, stack):
    store = DataStore()
    store.put("x", stack, ("angle", "row", "col"))
    return Session(DirectTransport(Service(store, own_runs)))


@pytest.mark.spark
@pytest.mark.slow
def test_a_wrong_secret_is_refused_in_one_sentence(spark_cluster, session, tmp_path, monkeypatch):
    disconnect()
    secret = tmp_path / "secret"
    secret.touch(mode=0o600)
    secret.write_text("0" * 64)
    config = tmp_path / "config.toml"
    config.write_text(f'[spark]\nmaster = "{spark_cluster.url}"\nsecret_file = "{secret}"\n')
    monkeypatch.setenv("DAISY_CONFIG", str(config))
    began = time.monotonic()
    run = session.run(DOCUMENT, engine="spark")
    with pytest.raises(DaisyError) as caught:
        run.wait(120)
    assert time.monotonic() - began < 100  # Spark asks the master three times, 20 s each
    assert "secret_file" in str(caught.value)
    assert "\n" not in str(caught.value)
    disconnect()


@pytest.mark.spark
@pytest.mark.slow
def test_everything_listens_at_the_address_asked_for(on_cluster, session):
    session.run(DOCUMENT, engine="spark").wait(240)
    processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
    seen, secret = [], on_cluster.secret_file.read_text().strip()
    for process in [*processes, *on_cluster.processes()]:
        try:
            assert secret not in " ".join(process.cmdline())
            listening = process.net_connections(kind="inet")
        except psutil.Error:  # a worker's Python may end at any time
            continue
        seen += [c.laddr.ip for c in listening if c.status == psutil.CONN_LISTEN]
    assert len(seen) > 4
    # Java writes an IPv4 address in the form of the other protocol.
    assert {ip.removeprefix("::ffff:") for ip in seen} <= {"127.0.0.1", "127.0.0.2", "::1"}
    settings = {"SPARK_CONF_DIR", "SPARK_HOME", "SPARK_LOCAL_IP", "PYSPARK_PYTHON"}
    assert not settings & set(os.environ), "what Spark was started with is no business of others"


@pytest.mark.spark
@pytest.mark.slow
def test_the_secret_is_in_the_environment_of_executors_only(on_cluster, session):
    """An executor gets it there from Spark; whoever reads that is its owner, or root."""
    session.run(DOCUMENT, engine="spark").wait(240)
    secret = on_cluster.secret_file.read_text().strip()
    here = [psutil.Process(), *psutil.Process().children(recursive=True)]
    found = set()
    for process in {*here, *on_cluster.processes()}:
        with suppress(psutil.Error):
            if secret in " ".join(process.environ().values()):
                words = " ".join(process.cmdline())
                found.add("executor" if "ExecutorBackend" in words else words)
    assert "executor" in found
    assert not [words for words in found if words != "executor" and "pyspark.daemon" not in words]


@pytest.mark.spark
@pytest.mark.slow
def test_a_python_with_another_daisy_is_refused_with_a_table(
    pyspark, session, tmp_path, monkeypatch
):
    disconnect()
    metadata = tmp_path / "site/daisy_xray-99.1.dist-info/METADATA"
    metadata.parent.mkdir(parents=True)
    metadata.write_text("Metadata-Version: 2.1\nName: daisy-xray\nVersion: 99.1\n")
    python = tmp_path / "env/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(
        f'#!/bin/sh\nPYTHONPATH="{tmp_path}/site:$PYTHONPATH" exec "{sys.executable}" "$@"\n'
    )
    python.chmod(0o700)
    config = tmp_path / "config.toml"
    config.write_text(f'[spark]\nmaster = "local[1]"\npython_env = "{tmp_path}/env"\n')
    monkeypatch.setenv("DAISY_CONFIG", str(config))
    run = session.run(DOCUMENT, engine="spark")
    with pytest.raises(DaisyError, match="python_env") as caught:
        run.wait(120)
    words = str(caught.value).split()  # the record of a run has the table in one line
    assert words[words.index("daisy-xray") + 2] == "99.1"
    assert words[words.index("daisy-xray") + 1] != "99.1"
    assert "numpy" not in words
    disconnect()


@pytest.mark.parametrize(
    "further",
    [
        {"conf": {"spark.driver.extraJavaOptions": "-javaagent:/elsewhere/x.jar"}},
        {"spark": {"spark.jars": "/elsewhere/x.jar"}},
        {"options": {"spark.pyspark.python": "/elsewhere/python"}},
        {"options": {"master": "spark://elsewhere:7077"}},
        {"engine": "daisy_kernel.engines.spark_engine:SparkEngine"},
        {"engine": {"spark.jars": "/elsewhere/x.jar"}},
        {"workflow": {**DOCUMENT, "spark": {"master": "spark://elsewhere:7077"}}},
        {"workflow": {**DOCUMENT, "engine": "spark"}},
    ],
)
def test_a_caller_from_elsewhere_cannot_say_how_spark_is_started(session, further):
    asked = {"workflow": DOCUMENT, "engine": "spark", **further}
    with pytest.raises(DaisyError):
        session.transport.call("run.start", asked, [])
    assert not list(session.runs)
