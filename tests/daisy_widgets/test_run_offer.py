"""A panel that is shown anew takes up the run that nobody watches, or the one that was cut off."""

import json
import time

import pytest

from daisy_kernel.session import DirectTransport, Service, Session
from daisy_widgets import panel


@pytest.fixture
def session(tmp_path):
    return Session(DirectTransport(Service(runs=tmp_path / "runs")))


@pytest.fixture
def shown(session):
    """`shown()` is one more panel for the workflow, which has looked for runs."""
    made = []

    def show():
        made.append(panel("tomography", session=session))
        assert made[-1].jobs.wait(60)
        return made[-1]

    yield show
    for each in made:
        each.jobs.wait(60)
        each.close()


@pytest.fixture
def long(session, scan, tmp_path):
    """A run that goes on until it is cancelled."""
    run = session.run(
        "tomography", scan=scan, output=tmp_path / "long.h5", center=23.5, algorithm="sirt",
        iterations=10_000,
    )  # fmt: skip
    while run.state == "queued":
        time.sleep(0.02)
    yield run
    if run.state == "running":
        run.cancel()


def test_nothing_is_offered_where_no_run_needs_it(session, shown, scan, tmp_path):
    assert shown().offer.widget.layout.display == "none"
    session.run("tomography", scan=scan, output=tmp_path / "reco.h5", center=23.5).wait(120)
    assert shown().offer.text == ""


def test_a_run_that_goes_on_is_followed_and_cancelled_from_a_new_panel(shown, long):
    made = shown()
    assert made.offer.text.startswith("tomography is running since 20")
    assert made.offer.button.description == "Follow it"
    assert made.notice.text == ""
    made.offer.button.click()
    deadline = time.monotonic() + 30
    while not made.notice.text.startswith("running:"):
        assert time.monotonic() < deadline, made.notice.text
        time.sleep(0.02)
    assert made.run.id == long.id
    assert made.offer.widget.layout.display == "none"
    assert made.progress.widget.layout.display == ""
    made.progress.cancel.click()
    assert made.jobs.wait(60)
    assert made.notice.text.startswith("The run was cancelled")


def test_a_run_whose_kernel_has_died_is_resumed_from_a_new_panel(session, shown, scan, tmp_path):
    run = session.run("tomography", scan=scan, output=tmp_path / "reco.h5", center=23.5).wait(120)
    record = tmp_path / "runs" / run.id / "run.json"
    told = json.loads(record.read_text())
    record.write_text(json.dumps({**told, "state": "running", "pid": 2**22 + 1, "finished": None}))
    (tmp_path / "reco.h5").unlink()
    made = shown()
    assert made.offer.text.startswith("tomography was interrupted; it was asked for at 20")
    made.offer.button.click()
    assert made.offer.button.disabled  # no second run by a second click
    assert made.jobs.wait(120)
    assert made.notice.text.startswith("Done in"), made.notice.text
    assert (tmp_path / "reco.h5").exists()
    assert made.offer.text == ""


def test_runs_of_other_workflows_are_not_offered(session, long):
    made = panel("center", session=session)
    assert made.jobs.wait(60)
    assert made.offer.text == ""
    made.close()
