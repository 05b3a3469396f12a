import json

import pytest

from daisy_kernel.cli.jupyter_checks import EXTENSION, lab_extension
from daisy_kernel.engines import spark_java
from daisy_kernel.formats import bitshuffle_library


@pytest.mark.kernel
def test_the_doctor_looks_at_everything(daisy):
    said = daisy("doctor", "--json")
    checks = {c["name"]: c for c in said.json["checks"]}
    assert set(checks) >= {
        "Python", "libraries", "configuration", "run directory", "memory and threads", "numba",
        "compressed files", "workflows", "kernelspec", "kernel", "lab extension",
        "example notebooks", "Java", "TomoPy", "ASTRA", "Spark", "pyFAI",
    }  # fmt: skip
    broken = [name for name, check in checks.items() if check["state"] == "broken"]
    assert said.json["ok"] is not bool(broken)
    assert said.code == int(bool(broken))
    assert checks["numba"]["state"] == "ok"
    assert checks["memory and threads"]["state"] == "ok"
    assert all(c["advice"] for c in checks.values() if c["state"] != "ok")


@pytest.mark.kernel
def test_the_doctor_says_when_compressed_files_are_read_slowly(daisy, monkeypatch):
    monkeypatch.setattr(bitshuffle_library, "decoders", dict)
    checks = {c["name"]: c for c in daisy("doctor", "--json").json["checks"]}
    assert checks["compressed files"]["state"] == "warning"
    assert "hdf5plugin" in checks["compressed files"]["advice"]


@pytest.mark.kernel
def test_a_broken_configuration_makes_the_doctor_fail(daisy, tmp_path, monkeypatch):
    config = tmp_path / "wrong.toml"
    config.write_text("memori = '4GB'")
    monkeypatch.setenv("DAISY_CONFIG", str(config))
    said = daisy("doctor")
    assert said.code == 1
    assert "memori" in said.out
    assert "broken: configuration" in said.err


@pytest.mark.kernel
def test_a_run_directory_that_cannot_be_written_is_broken(daisy, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("DAISY_RUNS", str(tmp_path / "file"))
    said = daisy("doctor", "--json")
    assert said.code == 1
    check = next(c for c in said.json["checks"] if c["name"] == "run directory")
    assert check["state"] == "broken"
    assert "DAISY_RUNS" in check["advice"]


def test_a_lab_extension_that_is_switched_off_is_noticed(tmp_path, monkeypatch):
    data, config = tmp_path / "share", tmp_path / "etc"
    monkeypatch.setenv("JUPYTER_PATH", str(data))
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(config))
    package = data / "labextensions" / EXTENSION / "package.json"
    package.parent.mkdir(parents=True)
    package.write_text(json.dumps({"name": EXTENSION, "version": "1.2.3"}))
    found = lab_extension()
    assert (found.state, found.found.split(",")[0]) == ("ok", "1.2.3")
    page = config / "labconfig" / "page_config.json"
    page.parent.mkdir(parents=True)
    page.write_text(json.dumps({"disabledExtensions": {EXTENSION: True}}))
    found = lab_extension()
    assert found.state == "warning"
    assert "enable" in found.advice


@pytest.mark.kernel
def test_without_java_the_doctor_says_what_brings_one(daisy, monkeypatch):
    monkeypatch.setattr(spark_java, "_candidates", lambda: iter(()))
    spark_java.java_home.cache_clear()
    try:
        checks = {c["name"]: c for c in daisy("doctor", "--json").json["checks"]}
    finally:
        spark_java.java_home.cache_clear()
    assert checks["Java"]["state"] == "absent"
    assert "daisy-xray[spark]" in checks["Java"]["advice"]
