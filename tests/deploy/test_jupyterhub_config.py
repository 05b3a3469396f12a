"""The configuration for one machine: options that JupyterHub and its spawner have."""

from pathlib import Path

import pytest
from traitlets.config import Config, PyFileConfigLoader

CONFIG = Path(__file__).parents[2] / "deploy/jupyterhub_config.py"


@pytest.fixture
def load(monkeypatch):
    def read(token=None) -> Config:
        monkeypatch.delenv("DAISY_BEAMLINE_TOKEN", raising=False)
        monkeypatch.setenv("DAISY_BEAMLINE_USERS", "maria,otto")
        if token:
            monkeypatch.setenv("DAISY_BEAMLINE_TOKEN", token)
        return PyFileConfigLoader(CONFIG.name, path=str(CONFIG.parent)).load_config()

    return read


def test_every_option_exists(load):
    app = pytest.importorskip("jupyterhub.app", reason="jupyterhub is not installed")
    from jupyterhub.spawner import Spawner

    config = load(token="a" * 32)
    for name, known in (("JupyterHub", app.JupyterHub), ("Spawner", Spawner)):
        assert set(config[name]) <= set(known.class_trait_names(config=True))


def test_every_option_of_the_single_user_server_exists(load):
    from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager

    options = [word.removeprefix("--").split("=")[0] for word in load().Spawner.args]
    traits = AsyncMappingKernelManager.class_trait_names(config=True)
    assert len(options) == 3
    assert all(option.split(".")[1] in traits for option in options)


def test_the_beamline_may_only_touch_its_users_and_only_with_a_token(load):
    assert "services" not in load().JupyterHub
    (role,) = load(token="a" * 32).JupyterHub.load_roles
    assert {scope.rpartition("!user=")[2] for scope in role["scopes"]} == {"maria", "otto"}
    assert {scope.rpartition("!user=")[0] for scope in role["scopes"]} == {
        "read:users", "servers", "access:servers",
    }  # fmt: skip
