"""The chart values: known to the chart and the spawner, and a pod that Kubernetes takes."""

import asyncio
import os
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from daisy_kernel.configuration import parse_size, read_configuration

DEPLOY = Path(__file__).parents[2] / "deploy"
CHART = os.environ.get("DAISY_Z2JH_CHART")


@pytest.fixture
def values():
    return yaml.safe_load((DEPLOY / "zero-to-jupyterhub.yaml").read_text())


def merged(below, above):
    """As Helm merges values: dictionaries deeply, everything else is replaced."""
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    return {**below, **{key: merged(below.get(key), value) for key, value in above.items()}}


@pytest.mark.skipif(CHART is None, reason="$DAISY_Z2JH_CHART names no checkout of the chart")
def test_the_chart_knows_every_value(values):
    jsonschema = pytest.importorskip("jsonschema")
    chart = Path(CHART) / "jupyterhub"
    schema = yaml.safe_load((chart / "values.schema.yaml").read_text())
    defaults = yaml.safe_load((chart / "values.yaml").read_text())
    jsonschema.validate(merged(defaults, values), schema)
    wrong = merged(values, {"singleuser": {"memory": {"limt": "1G"}}})
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(merged(defaults, wrong), schema)


async def pod(values):
    """The pod that the spawner would ask for, as the chart configures it."""
    kubespawner = pytest.importorskip("kubespawner", reason="kubespawner is not installed")
    from kubernetes_asyncio.client import ApiClient

    user = values["singleuser"]
    options = {
        "image": f"{user['image']['name']}:{user['image']['tag']}",
        "cmd": user["cmd"],
        "default_url": user["defaultUrl"],
        "environment": user["extraEnv"],
        "cpu_guarantee": user["cpu"]["guarantee"],
        "cpu_limit": user["cpu"]["limit"],
        "mem_guarantee": user["memory"]["guarantee"],
        "mem_limit": user["memory"]["limit"],
        "volumes": user["storage"]["extraVolumes"],
        "volume_mounts": user["storage"]["extraVolumeMounts"],
    }
    assert set(options) <= set(kubespawner.KubeSpawner.class_trait_names(config=True))
    spawner = kubespawner.KubeSpawner(_mock=True, **options)
    spawner.orm_spawner = SimpleNamespace(name="", server=None)
    manifest = await spawner.get_pod_manifest()
    async with ApiClient() as client:
        return client.sanitize_for_serialization(manifest)


@pytest.fixture
def validated(values, monkeypatch):
    """The pod, which Kubernetes' own schema accepts."""
    validate = pytest.importorskip("kubernetes_validate", reason="it is not installed")
    spawner = pytest.importorskip("kubespawner.spawner", reason="kubespawner is not installed")
    monkeypatch.setattr(spawner, "load_config", lambda **_: None)  # there is no cluster here

    def check(change=lambda manifest: None):
        manifest = asyncio.run(pod(values))
        change(manifest)
        validate.validate(manifest, validate.latest_version(), strict=True)
        return manifest

    return check


def test_kubernetes_takes_the_pod(validated):
    (container,) = validated()["spec"]["containers"]
    assert container["resources"]["limits"] == {"cpu": 16.0, "memory": 64 * 2**30}
    assert {"name": "beamline-data", "mountPath": "/data"} in container["volumeMounts"]


def test_a_planted_fault_is_found(validated):
    import kubernetes_validate

    def plant(manifest):
        manifest["spec"]["containers"][0]["imgae"] = "daisy"

    with pytest.raises(kubernetes_validate.ValidationError):
        validated(plant)


def test_the_configuration_in_the_pod_is_one_that_daisy_reads(values, tmp_path, monkeypatch):
    user = values["singleuser"]
    file = user["extraFiles"]["daisy"]
    assert file["mountPath"] == user["extraEnv"]["DAISY_CONFIG"]
    path = tmp_path / "config.toml"
    path.write_text(file["stringData"])
    monkeypatch.setenv("DAISY_CONFIG", str(path))
    mounts = [mount["mountPath"] for mount in user["storage"]["extraVolumeMounts"]]
    assert Path(mounts[0]) in read_configuration().data_roots
    assert parse_size(user["memory"]["limit"] + "B") > parse_size("16GB")
