"""``daisy --remote``: the same commands on a kernel elsewhere say the same."""

import json
import threading
import time

import h5py
import numpy as np
import pytest

from daisy_kernel.cli import main
from daisy_kernel.client.jupyter_server import JupyterServer

pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def kernel(server):
    """Id of a Daisy kernel of the server."""
    started = JupyterServer(server.url, server.token).start_kernel()
    yield started.id
    server.delete(started.id)


@pytest.fixture
def remote(server, kernel):
    return ["--remote", server.url, "--token", server.token, "--kernel", kernel]


@pytest.fixture
def daisy(capfd, monkeypatch, tmp_path):
    """Perform a command; code, standard output and standard error."""
    monkeypatch.chdir(tmp_path)

    def perform(*words):
        capfd.readouterr()
        code = main([str(word) for word in words])
        return code, *capfd.readouterr()

    return perform


@pytest.mark.parametrize(
    "command",
    [
        ["workflows"],
        ["workflows", "tomography"],
        ["workflows", "--json"],
        ["algorithms", "Normalize"],
        ["algorithms", "Reconstruct", "--json"],
        ["runs", "--json"],
        ["run", "tomografy"],
        ["algorithms", "Reconstrut"],
        ["run", "tomography", "--scan", "x.h5"],
        ["cancel", "19990101"],
    ],
    ids=" ".join,
)
def test_it_says_the_same_as_here(daisy, remote, command):
    here, there = daisy(*command), daisy(*remote, *command)
    assert there == here
    assert there[1] or there[2]


def test_a_plan_is_the_same(daisy, remote, scan, tmp_path):
    words = ["check", "tomography", "--scan", scan, "--output", tmp_path / "x.h5"]
    words += ["--center", "31.5", "--memory", "1GB", "--threads", 1]
    assert daisy(*remote, *words) == daisy(*words)
    assert daisy(*remote, *words, "--json") == daisy(*words, "--json")


def test_a_run_gives_the_same(daisy, remote, scan, tmp_path):
    answers, volumes = [], []
    for place in ([], remote):
        output = tmp_path / f"{len(place)}.h5"
        words = ["run", "tomography", "--scan", scan, "--output", output, "--json"]
        code, out, _ = daisy(*place, *words)
        assert code == 0
        answer = json.loads(out.splitlines()[-1])
        assert answer["output"] == str(output)
        answers.append({k: v for k, v in answer.items() if k not in ("run", "seconds", "output")})
        del answers[-1]["parameters"]["output"]
        with h5py.File(output) as file:
            volumes.append(file["entry/data/data"][()])
    assert answers[0] == answers[1]
    np.testing.assert_array_equal(*volumes)
    code, out, _ = daisy(*remote, "objects", "--json")
    listed = {o["name"]: o["shape"] for o in json.loads(out)["objects"]}
    assert (code, listed["reco"]) == (0, [160, 64, 64])
    assert "160 × 64 × 64" in daisy(*remote, "objects")[1]


def test_a_document_of_this_machine_is_sent(daisy, remote, scan, tmp_path):
    content = json.loads(daisy("workflows", "tomography", "--json")[1])["workflows"]["tomography"]
    (tmp_path / "mine.daisy.json").write_text(json.dumps({**content, "name": "mine"}))
    output = tmp_path / "mine.h5"
    code, out, err = daisy(
        *remote, "run", "mine.daisy.json", "--scan", scan, "--output", output, "--center", "31.5"
    )
    assert (code, output.exists()) == (0, True), err
    assert "done in" in out


def test_a_relative_path_begins_in_the_folder_of_the_kernel(daisy, remote, server, scan):
    output = server.log.parent / "relative.h5"
    words = ["run", "tomography", "--scan", scan, "--output", "relative.h5", "--center", "31.5"]
    code, _, err = daisy(*remote, *words)
    assert (code, output.exists()) == (0, True), err


def test_a_run_is_cancelled_and_resumed_from_elsewhere(daisy, remote, scan, tmp_path):
    words = ["run", "tomography", "--scan", scan, "--output", tmp_path / "x.h5", "--center", "31.5"]
    words += ["--algorithm", "sirt", "--iterations", "60", "--memory", "8MB", "--threads", "1"]
    codes = []
    running = threading.Thread(target=lambda: codes.append(main([*map(str, [*remote, *words])])))
    running.start()
    found, deadline = [], time.monotonic() + 30
    while not found and time.monotonic() < deadline:
        listed = json.loads(daisy(*remote, "runs", "--json")[1].splitlines()[-1])["runs"]
        found = [run["id"] for run in listed if run["state"] == "running"]
    code, _, _ = daisy(*remote, "cancel", found[0])
    running.join()
    assert (code, codes) == (0, [1])
    assert not (tmp_path / "x.h5").exists()
    code, _, err = daisy(*remote, "resume", found[0])
    assert (code, (tmp_path / "x.h5").exists()) == (0, True), err


def test_kernels_are_listed(daisy, remote, kernel):
    code, out, _ = daisy(*remote, "kernels")
    assert code == 0
    assert kernel in out
    listed = json.loads(daisy(*remote, "kernels", "--json")[1])["kernels"]
    assert {"daisy"} <= {k["name"] for k in listed if k["id"] == kernel}


def test_the_token_may_be_left_to_the_environment(daisy, server, kernel, monkeypatch):
    words = ["--remote", server.url, "--kernel", kernel, "objects"]
    code, _, err = daisy(*words)
    assert (code, err.count("\n")) == (1, 1)
    assert "the token is missing" in err
    monkeypatch.setenv("DAISY_TOKEN", server.token)
    assert daisy(*words)[0] == 0


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["doctor"], "'doctor' cannot be done elsewhere"),
        (["info", "x.h5"], "'info' cannot be done elsewhere"),
        ([], "'nothing' cannot be done elsewhere"),
    ],
)
def test_what_cannot_be_done_elsewhere_is_refused(daisy, remote, words, hint):
    code, _, err = daisy(*remote, *words)
    assert code == 2
    assert hint in err


def test_objects_without_a_kernel_are_refused(daisy):
    assert daisy("objects")[0] == 2
    assert "--remote" in daisy("kernels")[2]
    assert "--remote" in daisy("--token", "t", "runs")[2]
