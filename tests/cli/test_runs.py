import pytest


@pytest.fixture
def done(daisy, document, stack):
    """A run that has ended well."""
    said = daisy("run", document(), "--source", stack, "--output", "o.h5", "--json")
    assert said.code == 0, said.err
    return said.json["run"]


def test_without_runs_the_table_says_how_to_make_one(daisy):
    assert "daisy demo" in daisy("runs").out
    assert daisy("runs", "--json").json == {"runs": []}


def test_runs_are_listed_with_state_duration_and_output(daisy, done):
    row = daisy("runs").out.splitlines()[1]
    assert row.split()[:3] == [done, "little", "done"]
    assert row.endswith("o.h5")
    listed = daisy("runs", "--json").json["runs"]
    assert [(r["id"], r["state"]) for r in listed] == [(done, "done")]


def test_a_failed_run_is_listed_with_its_error(daisy, scan):
    daisy("run", "tomography", "--scan", scan, "--output", "o.h5", "--center", "4000")
    row = daisy("runs").out.splitlines()[1]
    assert " failed " in row
    assert "outside of the detector" in row


@pytest.mark.parametrize("command", ["resume", "cancel"])
def test_a_finished_run_is_neither_resumed_nor_cancelled(daisy, done, command):
    said = daisy(command, done)
    assert said.code == 1
    assert f"Run {done} is done" in said.err


@pytest.mark.parametrize("command", ["resume", "cancel"])
def test_an_unknown_run_is_told_those_there_are(daisy, done, command):
    said = daisy(command, "19990101")
    assert said.code == 1
    assert done in said.err


def test_a_failed_run_is_resumed_once_its_cause_is_gone(daisy, document, stack):
    path = document()
    hidden = stack.with_name("hidden.h5")
    stack.rename(hidden)
    failed = daisy("run", path, "--source", stack, "--output", "o.h5")
    assert failed.code == 1
    hidden.rename(stack)
    run = daisy("runs", "--json").json["runs"][0]["id"]
    said = daisy("resume", run, "--json")
    assert said.code == 0, said.err
    assert said.json["state"] == "done"
