"""Spark on Slurm, Kubernetes and YARN, as far as one machine without them can tell."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from daisy_kernel.configuration import read_configuration
from daisy_kernel.engines.spark_configuration import spark_configuration
from daisy_kernel.engines.spark_processes import processes_of

SPARK = Path(__file__).parents[2] / "deploy/spark"
SCRIPT = SPARK / "daisy-spark-slurm.sh"
KEYS = {
    "master", "secret_file", "python_env", "executor_cores", "executor_memory", "python_memory",
    "executors", "address", "conf",
}  # fmt: skip
SRUN = """#!/bin/bash
for word in "$@"; do
  case $word in
    --ntasks=*) n=${word#*=}; shift;;
    --*) shift;;
    *) break;;
  esac
done
for ((i = 0; i < n; i++)); do "$@" & done
wait
"""
"""Runs every task on this machine."""


def manifests():
    return list(yaml.safe_load_all((SPARK / "kubernetes.yaml").read_text()))


def configurations():
    (inside,) = (m["data"]["config.toml"] for m in manifests() if m["kind"] == "ConfigMap")
    return {"kubernetes": inside, "yarn": (SPARK / "yarn.toml").read_text()}


@pytest.fixture
def slurm(tmp_path, monkeypatch):
    """An allocation of two nodes, both of which are this machine."""
    programs = tmp_path / "bin"
    programs.mkdir()
    daisy = f'#!/bin/bash\nexec {sys.executable} -m daisy_kernel.cli "$@"\n'
    scontrol = "#!/bin/bash\nprintf 'here\\nthere\\n'\n"
    for name, text in (("srun", SRUN), ("daisy", daisy), ("scontrol", scontrol)):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    for name, value in {
        "SLURM_JOB_ID": "17", "SLURM_NNODES": "2", "SLURM_CPUS_ON_NODE": "1",
        "SLURM_JOB_NODELIST": "here,there", "DAISY_SPARK_FOLDER": str(tmp_path / "shared"),
        "DAISY_SPARK_ADDRESS": "127.0.0.1", "DAISY_SPARK_MEMORY": "1GB",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    return tmp_path / "shared/17"


def submit(*words):
    return subprocess.run(
        [str(SCRIPT), *map(str, words)], capture_output=True, text=True, timeout=280
    )


@pytest.mark.spark
@pytest.mark.slow
def test_the_script_for_slurm_has_a_worker_on_every_node_and_leaves_nothing(pyspark, slurm):
    done = submit("cluster", "status", "--folder", slurm, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert [worker["alive"] for worker in told["workers"]] == [True, True]
    written = tomllib.loads((slurm / "daisy.toml").read_text())
    assert written["spark"]["master"] == told["url"]
    assert written["spark"]["secret_file"] == told["secret_file"]
    assert set(written["spark"]) <= KEYS
    assert not processes_of(slurm)
    assert not (slurm / "conf/secret").exists()


def test_the_script_for_slurm_says_why_the_master_does_not_start(slurm, monkeypatch):
    monkeypatch.setenv("DAISY_SPARK_ADDRESS", "192.0.2.7")
    monkeypatch.setenv("DAISY_SPARK_WAIT", "3")
    done = submit("run", "tomography")
    assert done.returncode == 1
    assert "not this machine" in done.stderr


def test_the_script_for_slurm_is_one_that_bash_reads():
    assert os.access(SCRIPT, os.X_OK)
    subprocess.run(["bash", "-n", str(SCRIPT)], check=True, timeout=20)


def test_kubernetes_takes_every_manifest():
    validate = pytest.importorskip("kubernetes_validate", reason="it is not installed")
    for manifest in manifests():
        validate.validate(manifest, validate.latest_version(), strict=True)
    broken = next(m for m in manifests() if m["kind"] == "Service")
    broken["spec"]["clusterIp"] = "None"
    with pytest.raises(validate.ValidationError):
        validate.validate(broken, validate.latest_version(), strict=True)


def test_the_ports_of_the_driver_are_those_of_its_service_and_its_policy():
    kinds = {m["kind"]: m for m in manifests()}
    conf = tomllib.loads(configurations()["kubernetes"])["spark"]["conf"]
    asked = [int(conf["spark.driver.port"]), int(conf["spark.blockManager.port"])]
    assert [p["port"] for p in kinds["Service"]["spec"]["ports"]] == asked
    (ingress,) = kinds["NetworkPolicy"]["spec"]["ingress"]
    assert [p["port"] for p in ingress["ports"]] == asked
    claim = "spark.kubernetes.executor.volumes.persistentVolumeClaim.runs.options.claimName"
    assert conf[claim] == kinds["PersistentVolumeClaim"]["metadata"]["name"]


@pytest.mark.parametrize("name", ["kubernetes", "yarn"])
def test_the_configuration_has_the_keys_that_there_are(name):
    entries = tomllib.loads(configurations()[name])
    assert set(entries["spark"]) <= KEYS
    assert Path(entries["run_directory"]).is_absolute()


@pytest.mark.parametrize("name", ["kubernetes", "yarn"])
def test_daisy_reads_the_configuration(name, tmp_path, monkeypatch):
    path = tmp_path / "config.toml"
    path.write_text(configurations()[name])
    monkeypatch.setenv("DAISY_CONFIG", str(path))
    assert spark_configuration(read_configuration()).executors
