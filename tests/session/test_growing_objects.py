"""Objects whose files somebody still writes."""

import threading

import h5py
import numpy as np
import pytest

from daisy_kernel.errors import FileProblem, UnknownName
from daisy_kernel.jupyter.requests import is_immediate


@pytest.fixture
def growing(tmp_path):
    """An open SWMR writer of a dataset with two frames of (3, 4)."""
    with h5py.File(tmp_path / "live.h5", "w", libver="latest") as file:
        file.create_dataset(
            "frames", data=np.zeros((2, 3, 4), "u2"), chunks=(1, 3, 4), maxshape=(None, 3, 4)
        )
        file.flush()
        file.swmr_mode = True
        yield file["frames"]


def append(frames, value):
    """Write one more frame, as a detector does."""
    frames.resize(frames.shape[0] + 1, axis=0)
    frames[-1] = value
    frames.flush()


def test_a_dataset_that_grows_while_it_is_written_is_seen_with_its_new_frames(
    session, growing, tmp_path
):
    [handle] = session.open(f"{tmp_path / 'live.h5'}:/frames", name="live")
    assert handle.shape == (2, 3, 4)
    append(growing, 7)

    assert session["live"].shape == (2, 3, 4)  # nobody has looked into the file
    now = handle.refreshed()

    assert now.shape == session["live"].shape == (3, 3, 4)
    np.testing.assert_array_equal(now[2], np.full((3, 4), 7))
    append(growing, 9)
    assert now.refreshed()[3].max() == 9


def test_growth_is_told_to_all_and_only_once(session, service, growing, tmp_path):
    session.open(f"{tmp_path / 'live.h5'}:/frames", name="live")
    told = []
    service.events.observers.append(told.append)
    for _ in range(3):
        session["live"].refreshed()
    assert told == []
    append(growing, 7)
    for _ in range(3):
        session["live"].refreshed()

    [event] = told
    assert (event.kind, event.data["change"], event.data["name"]) == ("object", "changed", "live")
    assert event.data["object"]["shape"] == [3, 3, 4]


def test_an_array_is_what_it_is_by_now(session):
    session["x"] = np.zeros((2, 3))
    old = session["x"]
    session["x"] = np.zeros((4, 5))

    assert old.refreshed().shape == (4, 5)


def test_a_file_that_is_gone_leaves_the_object_as_it_was(session, scan):
    [handle] = session.open(f"{scan}:/tomo", name="scan")
    scan.unlink()

    with pytest.raises(FileProblem, match=r"scan\.h5"):
        handle.refreshed()
    assert session["scan"].shape == handle.shape
    del session["scan"]
    with pytest.raises(UnknownName):
        handle.refreshed()


def test_what_somebody_puts_while_the_file_is_read_stays(session, store, scan, monkeypatch):
    session.open(f"{scan}:/tomo", name="scan")
    held = store.object("scan").value
    reading, may_go_on = threading.Event(), threading.Event()

    def renewed():
        reading.set()
        assert may_go_on.wait(10)
        return type(held)(held.path, held.dataset)

    monkeypatch.setattr(held, "renewed", renewed)
    thread = threading.Thread(target=session["scan"].refreshed)
    thread.start()
    assert reading.wait(10)
    store.put("scan", np.ones((2, 2)))
    may_go_on.set()
    thread.join(10)

    assert session["scan"].shape == (2, 2)


def test_looking_into_a_file_is_not_done_on_the_thread_of_control_messages():
    assert not is_immediate({"operation": "objects.refresh"})
    assert is_immediate({"operation": "objects.describe"})
