"""A beamline client reconstructs on a real JupyterHub with the token of a service."""

import time

import h5py
import numpy as np
import pytest

from daisy_kernel.client import connect, list_kernels
from daisy_kernel.errors import AccessRefused, ConnectionLost
from daisy_kernel.session import DirectTransport, Service, Session

pytestmark = [pytest.mark.hub, pytest.mark.slow]


@pytest.fixture(scope="module")
def home(hub):
    """Address of the visitor's server, which does not run yet."""
    return f"{hub.url}/user/visitor/"


def test_a_server_that_does_not_run_is_not_started_unasked(hub, home):
    with pytest.raises(ConnectionLost, match=r"does not run: .*--start"):
        connect(home, token=hub.token)


def test_a_client_starts_a_server_runs_tomography_and_fetches_a_slice(hub, home, scan, tmp_path):
    with connect(home, token=hub.token, start=True) as session:
        output = tmp_path / "reco.h5"
        run = session.run("tomography", scan=scan, output=output, center=31.5).wait(200)
        assert run.state == "done"
        fetched = session["reco"][3]
    own = tmp_path / "own.h5"
    local = Session(DirectTransport(Service()))
    local.run("tomography", scan=scan, output=own, center=31.5).wait(200)
    with h5py.File(own) as here, h5py.File(output) as there:
        expected = here["entry/data/data"][()]
        np.testing.assert_array_equal(there["entry/data/data"][()], expected)
    np.testing.assert_array_equal(fetched, expected[3])
    assert fetched.std() > 0


def test_the_next_client_finds_the_kernel_its_runs_and_results(hub, home):
    with connect(home, token=hub.token, start=True) as session:
        assert [run.state for run in session.runs.values()] == ["done"]
        assert session["reco"].shape == (8, 64, 64)
    assert [kernel.name for kernel in list_kernels(home, token=hub.token)] == ["daisy"]


def test_small_questions_are_not_held_back_on_the_way_through_the_proxy(hub, home):
    with connect(home, token=hub.token) as session:
        seconds = []
        for _ in range(40):
            began = time.perf_counter()
            session.transport.call("objects.list", {})
            seconds.append(time.perf_counter() - began)
    assert np.median(seconds) < 0.03  # 45 ms without the server extension


@pytest.mark.parametrize("start", [False, True])
def test_a_wrong_token_is_refused(hub, home, start):
    with pytest.raises(AccessRefused, match="the token is missing, wrong or not meant"):
        connect(home, token="wrong", start=start)


@pytest.mark.parametrize("start", [False, True])
def test_the_kernel_of_another_user_is_refused(hub, home, start):
    with pytest.raises(AccessRefused, match="not meant for this server"):
        connect(home, token=hub.other_token, start=start)
    with pytest.raises(AccessRefused):
        list_kernels(home, token=hub.other_token)


def test_the_server_of_another_user_cannot_be_started(hub):
    with pytest.raises(AccessRefused, match="not meant for this server"):
        connect(f"{hub.url}/user/stranger/", token=hub.token, start=True)
